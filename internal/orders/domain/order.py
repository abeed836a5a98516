"""What an order is, and its items and refunds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from proto.orders import OrderStatus, RefundStatus

__all__ = [
    "Order",
    "OrderItem",
    "Refund",
    "Stopped",
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
