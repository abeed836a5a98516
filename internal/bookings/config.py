"""What the operator may choose about bookings: `AISLE_BOOKINGS_...`."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["Config"]


class Config(Settings, frozen=True, kw_only=True):
    """Times are in seconds."""

    prefix: ClassVar[str] = "AISLE_BOOKINGS_"

    batch: int = 50  # of one showtime under one lease: at 2 ms for a hold others wait 0.1 s for their turn
    ask_within: float = 2.0  # for inventory and checkout to answer; both write to Postgres once or twice
    # Above `batch` holds that each take as long as they may, cut short by `stop_after`; a dead worker's showtime waits.
    lease: float = 8.0
    stop_after: float = 4.0  # no new hold is begun under a lease that is older
    stuck_after: float = 5.0  # until a booking without an answer is set aside: two tries that time out
    again_after: float = 0.5  # between tries
    give_up_after: float = 900.0  # above an outage that somebody repairs, below what a buyer waits for
    look_every: float = 1.0  # for work whose message was lost, and how checkouts stand whose end was not heard
