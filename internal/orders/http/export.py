"""An organisation's orders as a spreadsheet reads them: one line for each seat.

What a buyer wrote may begin with `=`, and a spreadsheet would calculate it, or call somebody: such a cell begins with
an apostrophe instead, which spreadsheets take for "this is text".
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any

from litestar import get
from litestar.params import FromPath
from litestar.response import Stream

from internal.orders.domain import Order
from internal.orders.handlers import Desk
from internal.orders.http.forms import EventFilter, ShowtimeFilter, StatusFilter, TextFilter
from internal.orders.store import Search
from internal.platform.http import RouteHandler, member_of, problems
from internal.platform.http.forms import Web
from internal.platform.roles import NotAllowedHere

__all__ = ["harmless", "lines", "routes"]

_BOM = "\ufeff"  # without it Excel takes UTF-8 for a Western code page, and Şişli for ÅžiÅŸli
_COLUMNS = (
    "order_id",
    "status",
    "created_at",
    "buyer_name",
    "buyer_email",
    "event_id",
    "event_name",
    "showtime_id",
    "starts_at",
    "seat_id",
    "section",
    "row",
    "number",
    "tier",
    "price_in_minor_units",
    "currency",
    "seat_status",
    "payment_id",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - Excel reads the wide ones too


def routes(desk: Desk) -> list[RouteHandler]:
    """The one."""

    @get(
        "/api/organizations/{organization_id:str}/orders.csv",
        tags=["orders"],
        media_type="text/csv",
        responses=problems(NotAllowedHere),
    )
    async def export_orders(
        request: Web,
        organization_id: FromPath[str],
        event_id: EventFilter = None,
        showtime_id: ShowtimeFilter = None,
        status: StatusFilter = None,
        text: TextFilter = None,
    ) -> Stream:
        """An organization's orders as the list has them, one line for each seat, the newest first. For its staff."""
        wanted = Search(
            organization_id=organization_id, event_id=event_id, showtime_id=showtime_id, status=status, text=text
        )
        pages = await desk.export(member_of(request), wanted)
        headers = {
            "content-disposition": 'attachment; filename="orders.csv"',
            "cache-control": "private, no-store",
            "x-content-type-options": "nosniff",
        }
        return Stream(_text(pages), media_type="text/csv; charset=utf-8", headers=headers)

    return [export_orders]


async def _text(pages: AsyncIterator[list[Order]]) -> AsyncIterator[str]:
    yield _BOM + _written([_COLUMNS])
    async for page in pages:
        yield _written(line for order in page for line in lines(order))


def lines(order: Order) -> list[list[Any]]:
    """The cells of an order's seats."""
    return [
        [
            order.id,
            order.status,
            order.created_at.isoformat(),
            harmless(order.buyer_name),
            harmless(order.buyer_email),
            order.event_id,
            harmless(order.event_name),
            order.showtime_id,
            order.starts_at.isoformat(),
            harmless(item.seat_id),
            harmless(item.section),
            harmless(item.row),
            harmless(item.number),
            harmless(item.tier),
            item.price,
            order.currency,
            "refunded" if item.refunded else "refunding" if item.refund_id else "good",
            order.payment_id or "",
        ]
        for item in order.items
    ]


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it, whatever it begins with."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _written(rows: Iterable[Iterable[Any]]) -> str:
    page = io.StringIO()
    csv.writer(page, quoting=csv.QUOTE_ALL).writerows(rows)
    return page.getvalue()
