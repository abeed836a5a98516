"""What becomes of an order."""

from __future__ import annotations

from proto import Currency, Event, Money, SeatId, event

__all__ = ["OrderCanceled", "OrderCompleted", "OrderCreated"]


@event("orders.created")
class OrderCreated(Event, frozen=True, kw_only=True):
    """An order is pending: nothing is paid yet."""

    order_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    total: Money
    currency: Currency


@event("orders.completed")
class OrderCompleted(Event, frozen=True, kw_only=True):
    """An order is paid; its seats are to be sold."""

    order_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    total: Money
    currency: Currency


@event("orders.canceled")
class OrderCanceled(Event, frozen=True, kw_only=True):
    """An order came to nothing, and why."""

    order_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    reason: str
