"""What a fact changes: sums, so that facts may come in any order, each under an id that makes twice once.

The id of an effect is not always that of its fact. What a stream has forgotten is told again by the service that owns
it (`of_sold_order`, `of_sale`), and has the same effects under the same ids: a seat sold by an order, an order paid, a
refund. So a rebuild may hear of a sale from the stream, from inventory and live, and counts it once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from proto import Event
from proto.inventory import (
    BlockedSeat,
    HoldCreated,
    HoldExpired,
    HoldReleased,
    SeatsBlocked,
    SeatsPurchased,
    SeatsReleased,
    SeatsUnblocked,
    SoldOrder,
)
from proto.orders import OrderCompleted, OrderRefunded, Sale

__all__ = [
    "FACTS",
    "TOLD",
    "Blocking",
    "Effect",
    "Told",
    "blockings_of",
    "effects_of",
    "of_blocked",
    "of_order",
    "of_sale",
    "of_sold_order",
    "without_holds",
]

# What of the streams is counted. Refreshed holds, claims and their ends change nothing that people see: a seat that is
# being paid for is held.
FACTS: tuple[type[Event], ...] = (
    HoldCreated,
    HoldReleased,
    HoldExpired,
    SeatsPurchased,
    SeatsReleased,
    SeatsBlocked,
    SeatsUnblocked,
    OrderCompleted,
    OrderRefunded,
)
_OF_HOLDS = frozenset({"holds", "holds_sold"})


class Effect(NamedTuple):
    """What changes by so much for each seat; `once` grows by one, in each section that a seat is in."""

    id: str
    showtime_id: str
    at: datetime
    seat_ids: Sequence[str]
    held: int = 0
    sold: int = 0
    bought: int = 0
    unsold: int = 0
    once: str = ""
    currency: str = ""
    prices: Sequence[int] = ()

    @property
    def change(self) -> tuple[int, int, int, int, str]:
        """From `held` to `once`: most effects of a batch have the same few."""
        return self[4:9]


class Blocking(NamedTuple):
    """The latest word on a seat counts."""

    showtime_id: str
    seat_id: str
    blocked: bool
    at: datetime


class Told(msgspec.Struct, rename="camel", gc=False):
    """What counts of a fact about seats: of all that an on-sale tells, nothing else is read."""

    showtime_id: str
    seat_ids: list[str]
    order_id: str = ""


class _ToldOfOrder(Told, kw_only=True, rename="camel", gc=False):
    order_id: str


_HELD = HoldCreated.subject
_ENDED = frozenset({HoldReleased.subject, HoldExpired.subject})
_BLOCKED = {SeatsBlocked.subject: True, SeatsUnblocked.subject: False}

# Subject -> how its body is read.
TOLD: Mapping[str, Callable[[bytes], Told]] = {
    **dict.fromkeys((_HELD, *_ENDED, *_BLOCKED), msgspec.json.Decoder(Told).decode),
    **dict.fromkeys((SeatsPurchased.subject, SeatsReleased.subject), msgspec.json.Decoder(_ToldOfOrder).decode),
}


def effects_of(subject: str, fact: Told, fact_id: str, at: datetime) -> list[Effect]:
    """All that changes by sums, and is said by the fact itself."""
    showtime_id, seats = fact.showtime_id, fact.seat_ids
    if subject == _HELD:
        return [Effect(fact_id, showtime_id, at, seats, held=1, once="holds")]
    if subject in _ENDED:
        return [Effect(fact_id, showtime_id, at, seats, held=-1, unsold=1)]
    if subject == SeatsPurchased.subject:
        unheld = f"{fact.order_id} unheld"
        return [
            Effect(unheld, showtime_id, at, seats, held=-1, bought=1, once="holds_sold"),
            _sold(fact.order_id, showtime_id, seats, at),
        ]
    if subject == SeatsReleased.subject:
        return [_given_back(fact.order_id, showtime_id, seat, at) for seat in seats]
    return []


def of_order(fact: OrderCompleted | OrderRefunded, sale: Sale, at: datetime) -> list[Effect]:
    """What a fact about an order means, whose prices orders was asked for."""
    if isinstance(fact, OrderCompleted):
        return [_paid(sale, at)]
    price_of = dict(zip(sale.seat_ids, sale.prices, strict=True))
    prices = [price_of[seat] for seat in fact.seat_ids]
    return [_refunded(fact.refund_id, sale, at, fact.seat_ids, prices)]


def blockings_of(subject: str, fact: Told, at: datetime) -> list[Blocking]:
    """What is said of seats that staff take off sale and put back."""
    blocked = _BLOCKED.get(subject)
    return [] if blocked is None else [Blocking(fact.showtime_id, seat, blocked, at) for seat in fact.seat_ids]


def of_sold_order(told: SoldOrder, showtime_id: str, at: datetime) -> list[Effect]:
    """What inventory says of an order that bought seats. Not who held them: that hold is long over."""
    kept = set(told.kept)
    back = [_given_back(told.order_id, showtime_id, seat, at) for seat in told.seat_ids if seat not in kept]
    return [_sold(told.order_id, showtime_id, told.seat_ids, at), *back]


def of_sale(told: Sale) -> list[Effect]:
    """What orders says of an order that was paid."""
    refunds = [_refunded(one.refund_id, told, one.at, one.seat_ids, one.prices) for one in told.refunds]
    return [_paid(told, told.at), *refunds]


def of_blocked(told: BlockedSeat, showtime_id: str) -> Blocking:
    """What inventory says of a seat that is off sale."""
    return Blocking(showtime_id, told.seat_id, True, told.at)


def without_holds(effect: Effect, before: datetime) -> Effect:
    """The same, but how holds went until then is not counted: it is known from elsewhere."""
    if effect.at >= before:
        return effect
    return effect._replace(bought=0, unsold=0, once="" if effect.once in _OF_HOLDS else effect.once)


def _sold(order_id: str, showtime_id: str, seats: Sequence[str], at: datetime) -> Effect:
    return Effect(f"{order_id} sold", showtime_id, at, seats, sold=1)


def _given_back(order_id: str, showtime_id: str, seat: str, at: datetime) -> Effect:
    return Effect(f"{order_id} {seat} back", showtime_id, at, [seat], sold=-1)


def _paid(sale: Sale, at: datetime) -> Effect:
    name, money = f"{sale.order_id} paid", sale.currency
    return Effect(name, sale.showtime_id, at, sale.seat_ids, once="orders", currency=money, prices=sale.prices)


def _refunded(refund_id: str, sale: Sale, at: datetime, seats: Sequence[str], prices: Sequence[int]) -> Effect:
    return Effect(refund_id, sale.showtime_id, at, seats, once="refunds", currency=sale.currency, prices=prices)
