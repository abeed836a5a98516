"""Orders as the other services are told of them."""

from __future__ import annotations

from typing import Any

from internal.orders.domain import Order
from internal.platform import outbox
from internal.platform.postgres import Tx
from proto import NO_CURRENCY
from proto.orders import OrderFacts, OrderItem, OrderStopped

__all__ = ["answer", "never_made", "seats_and_money", "tell_stopped"]


def answer(order: Order) -> OrderFacts:
    """The order as it stands."""
    return OrderFacts(
        order_id=order.id,
        user_id=order.user_id,
        event_id=order.event_id,
        organization_id=order.organization_id,
        showtime_id=order.showtime_id,
        hold_id=order.hold_id,
        items=[
            OrderItem(
                seat_id=item.seat_id,
                tier=item.tier,
                price=item.price,
                section=item.section,
                row=item.row,
                number=item.number,
                refunded=item.refunded,
            )
            for item in order.items
        ],
        total=order.total,
        currency=order.currency,
        status=order.status,
        refunded=order.refunded,
        payment_id=order.payment_id,
        reason=order.reason,
    )


def never_made(order_id: str, reason: str) -> OrderFacts:
    """An order that was cancelled before it was made: nothing of it is known."""
    return OrderFacts(
        order_id=order_id,
        user_id="",
        event_id="",
        organization_id="",
        showtime_id="",
        hold_id="",
        items=[],
        total=0,
        currency=NO_CURRENCY,
        status="canceled",
        reason=reason,
    )


def seats_and_money(order: Order) -> dict[str, Any]:
    """What the events of a new and of a completed order say of it."""
    return {
        "order_id": order.id,
        "user_id": order.user_id,
        "showtime_id": order.showtime_id,
        "seat_ids": [item.seat_id for item in order.items],
        "total": order.total,
        "currency": order.currency,
    }


async def tell_stopped(tx: Tx, order: Order) -> None:
    """That a pending order was marked: its checkout may wait for the bank, and for a quarter of an hour."""
    if order.status != "pending" or not order.stopped:
        return
    told = OrderStopped(order_id=order.id, user_id=order.user_id, showtime_id=order.showtime_id, by=order.stopped)
    await outbox.add(tx, told, key=f"{order.id} {order.stopped}")
