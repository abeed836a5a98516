"""What an order is and what may become of it. Decides only; each function returns the order as it is afterwards.

    pending --complete--> completed --refunds--> partially_refunded --the last seat--> refunded
       |                                                          ^
       +-----cancel-----> canceled          completed --withdraw--+

To withdraw is the checkout's own cancel of what it has completed: the seats were gone after all, and the money is back.
A function that finds its work done returns the very order it was given, so that a command that comes twice writes and
tells nothing. One that comes after its opposite is refused: what is final stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from internal.orders.faults import (
    NothingHeld,
    NothingLeftToRefund,
    OrderIdTaken,
    OrderIsCanceled,
    OrderIsCompleted,
    OrderNotPaid,
    PaidOtherwise,
    PaymentMissing,
    SeatAlreadyRefunded,
    SeatNotInOrder,
    SeatWithoutPrice,
    ShowtimeCalledOff,
    StoppedByBuyer,
)
from proto.catalog import Prices
from proto.inventory import HeldSeat, HoldFacts
from proto.orders import CreateOrder, OrderStatus, RefundStatus
from proto.reconcile import Difference

__all__ = [
    "Order",
    "OrderItem",
    "Refund",
    "Stopped",
    "called_off",
    "canceled",
    "completed",
    "is_in_time",
    "is_of",
    "items_left",
    "may_withdraw",
    "money_differs",
    "placed",
    "refund_failed",
    "refund_succeeded",
    "refunding",
    "seats_differ",
    "stopped_by_buyer",
]

# Why a pending order may not be completed any more: "" if it may.
Stopped = Literal["", "buyer", "showtime"]


class OrderItem(msgspec.Struct, frozen=True, kw_only=True):
    """A seat at the price of the moment it was held. `refund_id` names the refund that has it, under way or done."""

    seat_id: str
    tier: str
    price: int
    section: str
    row: str = ""
    number: str = ""
    refund_id: str | None = None
    refunded: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Seats that somebody buys at once. `starts_at` and `time_zone` are the showtime's as they are now."""

    id: str
    saga_id: str
    hold_id: str
    user_id: str
    event_id: str
    event_name: str
    organization_id: str
    showtime_id: str
    starts_at: datetime
    time_zone: str
    items: list[OrderItem]
    total: int
    currency: str
    created_at: datetime
    updated_at: datetime
    status: OrderStatus = "pending"
    stopped: Stopped = ""
    refunded: int = 0
    payment_id: str | None = None
    reason: str = ""
    buyer_name: str = ""
    buyer_email: str = ""


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Seats of an order that go back. `requested` until the money has gone, or will not."""

    id: str
    order_id: str
    payment_id: str | None
    seat_ids: list[str]
    amount: int
    currency: str
    reason: str
    requested_by: str
    created_at: datetime
    updated_at: datetime
    status: RefundStatus = "requested"
    failure: str = ""


def placed(command: CreateOrder, hold: HoldFacts, prices: Prices, now: datetime) -> Order:
    """A pending order for what is held, at the prices of the moment at which it was held."""
    if prices.status == "canceled":
        raise ShowtimeCalledOff
    if not hold.seats:
        raise NothingHeld
    by_tier = {tier.name: tier.price for tier in prices.tiers}
    items = [_priced(seat, by_tier) for seat in hold.seats]
    return Order(
        id=command.order_id,
        saga_id=command.saga_id,
        hold_id=hold.hold_id,
        user_id=command.user_id,
        event_id=prices.event_id,
        event_name=prices.event_name,
        organization_id=prices.organization_id,
        showtime_id=hold.showtime_id,
        starts_at=prices.starts_at,
        time_zone=prices.time_zone,
        items=items,
        total=sum(item.price for item in items),
        currency=prices.currency,
        created_at=now,
        updated_at=now,
        buyer_name=command.buyer_name,
        buyer_email=command.buyer_email,
    )


def _priced(seat: HeldSeat, by_tier: dict[str, int]) -> OrderItem:
    if seat.tier not in by_tier:
        raise SeatWithoutPrice(tier=seat.tier, seatId=seat.seat_id)
    return OrderItem(
        seat_id=seat.seat_id,
        tier=seat.tier,
        price=by_tier[seat.tier],
        section=seat.section,
        row=seat.row,
        number=seat.number,
    )


def is_of(order: Order, command: CreateOrder) -> Order:
    """The order, if it is what this command made; the same id for something else is a mistake."""
    if (order.saga_id, order.user_id, order.hold_id) != (command.saga_id, command.user_id, command.hold_id):
        raise OrderIdTaken
    if order.status == "canceled":
        raise OrderIsCanceled(reason=order.reason)
    return order


def completed(order: Order, payment_id: str | None, now: datetime) -> Order:
    """The money is there. Refused where the buyer, or the showtime, has stopped it: the money goes back then."""
    if order.status == "canceled":
        raise OrderIsCanceled(reason=order.reason)
    if order.status != "pending":
        if order.payment_id != payment_id:
            raise PaidOtherwise
        return order
    if order.stopped:
        raise StoppedByBuyer if order.stopped == "buyer" else ShowtimeCalledOff
    if payment_id is None and order.total > 0:
        raise PaymentMissing
    return replace(order, status="completed", payment_id=payment_id, updated_at=now)


def canceled(order: Order, reason: str, now: datetime) -> Order:
    """Nothing comes of it; where the buyer or the showtime stopped it, that is the reason."""
    if order.status in {"canceled", "refunded"}:
        return order
    if order.status != "pending":
        raise OrderIsCompleted(orderStatus=order.status)
    return replace(order, status="canceled", reason=order.reason or reason, updated_at=now)


def may_withdraw(order: Order, saga_id: str) -> bool:
    """Whether its own checkout takes back what it completed. A refund that is under way comes to its end first."""
    under_way = any(item.refund_id is not None and not item.refunded for item in order.items)
    return order.status in {"completed", "partially_refunded"} and order.saga_id == saga_id and not under_way


def stopped_by_buyer(order: Order, reason: str, now: datetime) -> Order:
    """It shall not be completed; it stays pending until its checkout has undone what it did."""
    if order.status == "canceled" or order.stopped:
        return order
    if order.status != "pending":
        raise OrderIsCompleted(orderStatus=order.status)
    return replace(order, stopped="buyer", reason=reason, updated_at=now)


def called_off(order: Order, reason: str, now: datetime) -> Order:
    """Its showtime will not take place: a pending one shall not be completed; of any, the mark that it was seen to."""
    if order.status in {"canceled", "refunded"} or order.stopped == "showtime":
        return order
    return replace(order, stopped="showtime", reason=reason, updated_at=now)


def items_left(order: Order) -> list[OrderItem]:
    """The seats that no refund has."""
    return [item for item in order.items if item.refund_id is None]


def refunding(
    order: Order, refund_id: str, seat_ids: Sequence[str] | None, reason: str, by: str, now: datetime
) -> tuple[Order, Refund]:
    """These seats, or all that are left, go back: the order with the seats taken by the refund, and the refund."""
    if order.status in {"pending", "canceled"}:
        raise OrderNotPaid(orderStatus=order.status)
    taken = _to_refund(order, seat_ids)
    ids = {item.seat_id for item in taken}
    refund = Refund(
        id=refund_id,
        order_id=order.id,
        payment_id=order.payment_id,
        seat_ids=[item.seat_id for item in taken],
        amount=sum(item.price for item in taken),
        currency=order.currency,
        reason=reason,
        requested_by=by,
        created_at=now,
        updated_at=now,
    )
    items = [replace(item, refund_id=refund_id) if item.seat_id in ids else item for item in order.items]
    return replace(order, items=items, updated_at=now), refund


def _to_refund(order: Order, seat_ids: Sequence[str] | None) -> list[OrderItem]:
    left = items_left(order)
    if not left:
        raise NothingLeftToRefund
    if seat_ids is None:
        return left
    asked = set(seat_ids)
    if foreign := asked - {item.seat_id for item in order.items}:
        raise SeatNotInOrder(seatIds=sorted(foreign))
    if gone := asked - {item.seat_id for item in left}:
        raise SeatAlreadyRefunded(seatIds=sorted(gone))
    return [item for item in left if item.seat_id in asked]


def refund_succeeded(order: Order, refund: Refund, now: datetime) -> tuple[Order, Refund]:
    """The money of these seats is back at the buyer's."""
    items = [replace(item, refunded=True) if item.refund_id == refund.id else item for item in order.items]
    whole = all(item.refunded for item in items)
    after = replace(
        order,
        items=items,
        refunded=order.refunded + refund.amount,
        status="refunded" if whole else "partially_refunded",
        updated_at=now,
    )
    return after, replace(refund, status="succeeded", updated_at=now)


def refund_failed(order: Order, refund: Refund, why: str, now: datetime) -> tuple[Order, Refund]:
    """The money will not go back: the seats are the buyer's again, and may be refunded anew."""
    items = [replace(item, refund_id=None) if item.refund_id == refund.id else item for item in order.items]
    return replace(order, items=items, updated_at=now), replace(refund, status="failed", failure=why, updated_at=now)


def is_in_time(order: Order, hours: int, now: datetime) -> bool:
    """Whether the buyer may still ask for a refund by themselves."""
    return now <= order.starts_at - timedelta(hours=hours)


def seats_differ(order: Order, state: str, seats: set[str]) -> Difference | None:
    """How the seats that inventory has for a completed order differ from it; `state` is its claim's."""
    wanted = {item.seat_id for item in order.items}
    if state == "purchased" and seats == wanted:
        return None
    found = f"{len(seats & wanted)} of {len(wanted)} seats {state}" if seats else "no seats"
    return Difference(thing=order.id, found=found, expected=f"{len(wanted)} purchased")


def money_differs(order: Order, kept: int) -> Difference | None:
    """How the money that is kept for an order differs from what its seats are worth."""
    worth = order.total - order.refunded
    if kept == worth:
        return None
    return Difference(thing=order.id, found=f"{kept} {order.currency} kept", expected=f"{worth} {order.currency}")
