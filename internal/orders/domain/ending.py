"""What becomes of an order before it is paid for good: completed, cancelled, stopped, called off."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from internal.orders.domain.order import Order
from internal.orders.faults import (
    OrderIsCanceled,
    OrderIsCompleted,
    PaidOtherwise,
    PaymentMissing,
    ShowtimeCalledOff,
    StoppedByBuyer,
)

__all__ = [
    "called_off",
    "canceled",
    "completed",
    "may_withdraw",
    "stopped_by_buyer",
]


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
