"""What the inventory tells and is asked: holds, claims and seats of a showtime.

A message names at most a few thousand seats: a whole cancelled hall is told in several, so that none outgrows NATS.
"""

from __future__ import annotations

from typing import Literal

from proto import Answer, Event, Moment, Part, Request, SeatId, event, rpc

__all__ = [
    "BlockedSeat",
    "BlockedSeats",
    "Claim",
    "ClaimCreated",
    "ClaimFacts",
    "ClaimReleased",
    "Claimed",
    "Extend",
    "Extended",
    "GetClaim",
    "GetHold",
    "HeldSeat",
    "HoldCreated",
    "HoldExpired",
    "HoldFacts",
    "HoldRefreshed",
    "HoldReleased",
    "ListBlocked",
    "ListHolds",
    "ListSold",
    "Open",
    "Opened",
    "OwnHold",
    "OwnHolds",
    "Purchase",
    "Purchased",
    "Refund",
    "Refunded",
    "Release",
    "Released",
    "SeatsBlocked",
    "SeatsPurchased",
    "SeatsReleased",
    "SeatsUnblocked",
    "ShowtimeClosed",
    "ShowtimeOpened",
    "SoldOrder",
    "SoldOrders",
    "Take",
]


@event("inventory.hold.created")
class HoldCreated(Event, frozen=True, kw_only=True):
    """Seats are locked for a buyer until the moment named."""

    hold_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    expires_at: Moment


@event("inventory.hold.refreshed")
class HoldRefreshed(Event, frozen=True, kw_only=True):
    """A hold was given more time."""

    hold_id: str
    showtime_id: str
    expires_at: Moment


@event("inventory.hold.released")
class HoldReleased(Event, frozen=True, kw_only=True):
    """The buyer gave these seats of a hold back."""

    hold_id: str
    showtime_id: str
    seat_ids: list[SeatId]


@event("inventory.hold.expired")
class HoldExpired(Event, frozen=True, kw_only=True):
    """A hold's time ran out, and these seats are free again."""

    hold_id: str
    showtime_id: str
    seat_ids: list[SeatId]


@event("inventory.claim.created")
class ClaimCreated(Event, frozen=True, kw_only=True):
    """A hold's seats are claimed in Postgres for an order that is being paid."""

    showtime_id: str
    seat_ids: list[SeatId]
    order_id: str
    hold_id: str
    user_id: str


@event("inventory.claim.released")
class ClaimReleased(Event, frozen=True, kw_only=True):
    """An order came to nothing before it was paid, and its claim was dropped."""

    showtime_id: str
    seat_ids: list[SeatId]
    order_id: str


@event("inventory.seats.purchased")
class SeatsPurchased(Event, frozen=True, kw_only=True):
    """These seats are sold to this order."""

    showtime_id: str
    seat_ids: list[SeatId]
    order_id: str


@event("inventory.seats.released")
class SeatsReleased(Event, frozen=True, kw_only=True):
    """A refund or a cancelled show gave sold seats back."""

    showtime_id: str
    seat_ids: list[SeatId]
    order_id: str


@event("inventory.seats.blocked")
class SeatsBlocked(Event, frozen=True, kw_only=True):
    """Staff took seats off sale."""

    showtime_id: str
    seat_ids: list[SeatId]
    reason: str
    user_id: str


@event("inventory.seats.unblocked")
class SeatsUnblocked(Event, frozen=True, kw_only=True):
    """Staff put blocked seats on sale again."""

    showtime_id: str
    seat_ids: list[SeatId]
    user_id: str


@event("inventory.showtime.opened")
class ShowtimeOpened(Event, frozen=True, kw_only=True):
    """A showtime's seats can be held from now on; told once for each showtime, not at each reload of Redis."""

    showtime_id: str
    capacity: int


@event("inventory.showtime.closed")
class ShowtimeClosed(Event, frozen=True, kw_only=True):
    """Nothing of this showtime can be held any more."""

    showtime_id: str
    reason: str


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


class Claimed(Answer, frozen=True, kw_only=True):
    """The claim stands; the fence is greater than that of every claim before it."""

    showtime_id: str
    seat_ids: list[SeatId]
    fence: int


@rpc("rpc.inventory.claim")
class Claim(Request[Claimed], frozen=True, kw_only=True):
    """Turn a live hold into a claim that cannot expire under the payment."""

    hold_id: str
    order_id: str
    user_id: str
    saga_id: str
    showtime_id: str


class ClaimFacts(Answer, frozen=True, kw_only=True):
    """An order's claim as it stands."""

    order_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    state: Literal["claimed", "purchased", "released", "refunded"]


@rpc("rpc.inventory.get_claim")
class GetClaim(Request[ClaimFacts], frozen=True, kw_only=True):
    """What has this order claimed, and what became of it? Changes nothing."""

    order_id: str


class Released(Answer, frozen=True, kw_only=True):
    """How many seats went back on sale; 0 when there was no claim, which is as good."""

    released: int


@rpc("rpc.inventory.release")
class Release(Request[Released], frozen=True, kw_only=True):
    """Drop an order's claim before it was sold."""

    order_id: str
    saga_id: str


class Purchased(Answer, frozen=True, kw_only=True):
    """The seats that are sold to the order, now or already."""

    showtime_id: str
    seat_ids: list[SeatId]


@rpc("rpc.inventory.purchase")
class Purchase(Request[Purchased], frozen=True, kw_only=True):
    """Turn an order's claim into sold seats."""

    order_id: str
    saga_id: str


class Refunded(Answer, frozen=True, kw_only=True):
    """The seats that went back on sale."""

    showtime_id: str
    seat_ids: list[SeatId]


@rpc("rpc.inventory.refund")
class Refund(Request[Refunded], frozen=True, kw_only=True):
    """Take sold seats of an order back; all of them when none are named."""

    order_id: str
    seat_ids: list[SeatId] | None = None


class SoldOrder(Part, frozen=True, kw_only=True):
    """What an order bought, and what of it is still sold; the rest was given back."""

    order_id: str
    seat_ids: list[SeatId]
    kept: list[SeatId] = []


class SoldOrders(Answer, frozen=True, kw_only=True):
    """The next orders that bought seats, in the order of their ids; with `more`, ask again behind the last."""

    sold: list[SoldOrder]
    more: bool = False


@rpc("rpc.inventory.sold")
class ListSold(Request[SoldOrders], frozen=True, kw_only=True):
    """Who bought which seats of this showtime, since ever: for whoever counts what no stream keeps any more."""

    showtime_id: str
    after: str = ""
    limit: int = 500


class BlockedSeat(Part, frozen=True, kw_only=True):
    """A seat that is off sale, and since when."""

    seat_id: SeatId
    at: Moment


class BlockedSeats(Answer, frozen=True, kw_only=True):
    """The next ones, in the order of their ids; with `more`, ask again behind the last."""

    blocked: list[BlockedSeat]
    more: bool = False


@rpc("rpc.inventory.blocked")
class ListBlocked(Request[BlockedSeats], frozen=True, kw_only=True):
    """Which seats of this showtime are off sale?"""

    showtime_id: str
    after: str = ""
    limit: int = 2_000
