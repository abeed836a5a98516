"""Seats of a completed order go back: which may, and what is left when they have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec.structs import replace

from internal.orders.domain.order import Order, OrderItem, Refund
from internal.orders.faults import (
    NothingLeftToRefund,
    OrderNotPaid,
    SeatAlreadyRefunded,
    SeatNotInOrder,
)

__all__ = [
    "again_id",
    "is_in_time",
    "items_left",
    "refund_failed",
    "refund_succeeded",
    "refunding",
]


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


def again_id(refund: Refund) -> str:
    """The one refund that is made of a failed one: of its id, so that twice is once."""
    return f"refund_{sha256(refund.id.encode()).hexdigest()[:32]}"


def is_in_time(order: Order, hours: int, now: datetime) -> bool:
    """Whether the buyer may still ask for a refund by themselves."""
    return now <= order.starts_at - timedelta(hours=hours)
