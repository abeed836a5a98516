"""What the inventory is asked of seats that belong to an order, or that nobody may have."""

from __future__ import annotations

from typing import Literal

from proto import Answer, Moment, Part, Request, SeatId, rpc

__all__ = [
    "BlockedSeat",
    "BlockedSeats",
    "Claim",
    "ClaimFacts",
    "Claimed",
    "GetClaim",
    "ListBlocked",
    "ListSold",
    "Purchase",
    "Purchased",
    "Refund",
    "Refunded",
    "Release",
    "Released",
    "SoldOrder",
    "SoldOrders",
]


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
