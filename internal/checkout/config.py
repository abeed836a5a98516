"""What the operator may choose about checkouts: `AISLE_CHECKOUT_...`."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["Config"]


class Config(Settings, frozen=True, kw_only=True):
    """Times are in seconds."""

    prefix: ClassVar[str] = "AISLE_CHECKOUT_"

    answer_within: float = 2.0  # a buyer waits so long for an answer at once; after that they are told where to look
    begin_within: float = 60.0  # for the order and for the claim: a restart of either service, not an outage
    # For the whole payment, the bank's page included: the longest that banks give their own customers is 10 minutes.
    pay_within: float = 900.0
    hold_after: float = 120.0  # what a hold keeps beyond that, for another card
    look_every: float = 2.0  # at a payment under way, and longer each time; its events wake the saga sooner
    look_at_least_every: float = 60.0  # a refund may be pending for days
    # For one question that goes on to a provider, whose own API answers in one or two: longer than the bus' usual 2,
    # because a lost answer costs a look.
    provider_within: float = 5.0
    sold_within: float = 3.0  # until the sale is asked for instead of waited for

    def pause(self, looks: int) -> timedelta:
        """Until the next look, after so many."""
        return timedelta(seconds=min(self.look_every * max(looks, 1), self.look_at_least_every))
