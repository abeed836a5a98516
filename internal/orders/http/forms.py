"""What callers send, and what they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response
from litestar.params import QueryParameter
from msgspec import Meta

from internal.orders.domain import Order, OrderItem, Refund
from internal.orders.handlers import Position
from internal.platform.faults import Malformed
from internal.platform.http import Page, cursor_of, json_answer, position_of
from internal.platform.http.forms import TEXT, Body, Web
from internal.platform.ids import is_id
from proto import SeatId
from proto.orders import OrderStatus, RefundStatus

__all__ = [
    "EventFilter",
    "OrderView",
    "RefundForm",
    "RefundView",
    "ShowtimeFilter",
    "StatusFilter",
    "TextFilter",
    "page_of",
    "position",
    "refund_view",
    "shown",
    "view",
]

StatusFilter = Annotated[OrderStatus | None, QueryParameter(name="status")]
EventFilter = Annotated[str | None, QueryParameter(name="eventId", pattern=r"^event_[0-9a-f]{32}$")]
ShowtimeFilter = Annotated[str | None, QueryParameter(name="showtimeId", pattern=r"^showtime_[0-9a-f]{32}$")]
TextFilter = Annotated[
    str | None,
    QueryParameter(
        name="q",
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="A part of the order's number, of the buyer's name or e-mail; or a seat",
    ),
]


class RefundForm(Body, frozen=True, kw_only=True):
    """Which seats, and why; without seats, all that are left."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=TEXT)]
    seat_ids: Annotated[list[SeatId], Meta(min_length=1, max_length=500)] | None = None


class ItemView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A seat of an order: `good`, or given back, or on the way to it."""

    seat_id: str
    tier: str
    section: str
    row: str
    number: str
    price: int
    status: Literal["good", "refunding", "refunded"]
    refund_id: str | None


class OrderView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An order as it stands. `cancelRequested`: still pending, and will be canceled."""

    id: str
    status: OrderStatus
    cancel_requested: bool
    user_id: str
    organization_id: str
    event_id: str
    event_name: str
    showtime_id: str
    starts_at: datetime
    time_zone: str
    hold_id: str
    items: list[ItemView]
    total: int
    refunded: int
    currency: str
    payment_id: str | None
    reason: str
    buyer_name: str
    buyer_email: str
    created_at: datetime
    updated_at: datetime


class RefundView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A refund as it stands: `requested` until the money went back, or could not."""

    id: str
    order_id: str
    status: RefundStatus
    seat_ids: list[str]
    amount: int
    currency: str
    reason: str
    failure: str
    requested_by: str
    created_at: datetime
    updated_at: datetime


def view(order: Order) -> OrderView:
    """The order as people see it."""
    same = {name: getattr(order, name) for name in _SAME}
    stopped = order.status == "pending" and order.stopped != ""
    return OrderView(**same, items=[_item(item) for item in order.items], cancel_requested=stopped)


def refund_view(refund: Refund) -> RefundView:
    """The refund as people see it."""
    return RefundView(**{name: getattr(refund, name) for name in RefundView.__struct_fields__})


def shown(request: Web, content: Any) -> Response[Any]:
    """The content with an ETag, for this reader alone; the handler's annotation says of what it is."""
    return json_answer(request, content, cache="private, no-cache")


def page_of(found: list[Order], limit: int) -> Page[OrderView]:
    """One page of orders, and where the next begins."""
    last = found[-1] if len(found) == limit else None
    following = None if last is None else cursor_of(last.created_at.isoformat(), last.id)
    return Page(items=[view(order) for order in found], next_cursor=following)


def position(cursor: str | None) -> Position:
    """Where a page of orders begins."""
    found = position_of(cursor, tuple[datetime, str])
    if found is not None and (found[0].tzinfo is None or not is_id("order", found[1])):
        raise Malformed("This cursor was not given by this list.", path="$.cursor")
    return found


_SAME = [name for name in OrderView.__struct_fields__ if name not in {"items", "cancel_requested"}]


def _item(item: OrderItem) -> ItemView:
    return ItemView(
        seat_id=item.seat_id,
        tier=item.tier,
        section=item.section,
        row=item.row,
        number=item.number,
        price=item.price,
        status="refunded" if item.refunded else "refunding" if item.refund_id is not None else "good",
        refund_id=item.refund_id,
    )
