"""What the operator may choose about payments: `AISLE_PAYMENTS_...`."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["Config"]


class Config(Settings, frozen=True, kw_only=True):
    """Times are in seconds."""

    prefix: ClassVar[str] = "AISLE_PAYMENTS_"

    webhook_url: str = ""  # where providers reach `/webhooks/...`; this process's own front if it is not said
    # Between looks for what is due, in each of many processes: commands and webhooks do not wait for it. What does is a
    # payment whose answer was lost, and that waits for two seconds anyway.
    look_every: float = 1.0
    look_batch: int = 20  # payments asked about at once: a provider allows about 100 calls a second
    # Until somebody else asks the provider instead: three calls of 4 seconds each (look, authorise, capture), and some
    # for Postgres.
    lease: float = 18.0
    webhook_lease: float = 30.0  # until a webhook is looked into again whose process was killed meanwhile
    # Until a payment that the provider never heard of counts as never begun: above every timeout on the way to it, and
    # long enough for the saga, whose tries lie ever further apart, to ask once more with the card.
    never_begun_after: float = 60.0
    given_up_after: float = 3_600.0  # a buyer who has not come back from the bank; the saga's deadline is far shorter
    reconcile_every: float = 60.0
    books_every: float = 600.0  # a whole day of them is read each time
