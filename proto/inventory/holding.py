"""What the inventory is asked of holds, before there is an order."""

from __future__ import annotations

from proto import Answer, Moment, Part, Request, SeatId, rpc

__all__ = [
    "Extend",
    "Extended",
    "GetHold",
    "HeldSeat",
    "HoldFacts",
    "ListHolds",
    "Open",
    "Opened",
    "OwnHold",
    "OwnHolds",
    "Take",
]


class Opened(Answer, frozen=True, kw_only=True):
    """The showtime's seats are in Redis now."""

    showtime_id: str


@rpc("rpc.inventory.open")
class Open(Request[Opened], frozen=True, kw_only=True):
    """See to it that a showtime's seats are in Redis: whoever reads them there found none."""

    showtime_id: str


class HeldSeat(Part, frozen=True, kw_only=True):
    """A seat as it is written on a ticket, and the tier that prices it. A standing place has no row and no number."""

    seat_id: SeatId
    tier: str
    section: str
    row: str = ""
    number: str = ""


class HoldFacts(Answer, frozen=True, kw_only=True):
    """A live hold, or one that is claimed; its prices are those of the moment at which it was made."""

    hold_id: str
    user_id: str
    showtime_id: str
    seats: list[HeldSeat]
    held_at: Moment
    expires_at: Moment


@rpc("rpc.inventory.hold")
class GetHold(Request[HoldFacts], frozen=True, kw_only=True):
    """What does this user hold? Another's hold is refused; one that is over is gone."""

    hold_id: str
    user_id: str


class OwnHold(Part, frozen=True, kw_only=True):
    """A live hold of the user who asks, not claimed for an order."""

    hold_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    expires_at: Moment


class OwnHolds(Answer, frozen=True, kw_only=True):
    """What a user holds."""

    holds: list[OwnHold]


@rpc("rpc.inventory.holds")
class ListHolds(Request[OwnHolds], frozen=True, kw_only=True):
    """What does this user hold in these showtimes? One that is not open holds nothing."""

    user_id: str
    showtime_ids: list[str]


@rpc("rpc.inventory.take")
class Take(Request[HoldFacts], frozen=True, kw_only=True):
    """Hold these seats for a user, as over HTTP. The same request id makes one hold, whose answer comes again.

    A user who has exactly these seats by a hold of their own is told of that one.
    """

    request_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]


class Extended(Answer, frozen=True, kw_only=True):
    """Until when the hold lives now, should its claim be released."""

    expires_at: Moment


@rpc("rpc.inventory.extend")
class Extend(Request[Extended], frozen=True, kw_only=True):
    """The buyer is at the bank's page: the claimed hold lives on until then at least, for another card to be tried."""

    hold_id: str
    order_id: str
    until: Moment
