"""Orders: the buyer's own, an organisation's, one, and the wish to cancel it."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath

from internal.orders.faults import NotTheBuyer, OrderIsCompleted, OrderUnknown
from internal.orders.handlers import Desk
from internal.orders.http.forms import (
    EventFilter,
    OrderView,
    ShowtimeFilter,
    StatusFilter,
    TextFilter,
    page_of,
    position,
    shown,
    view,
)
from internal.orders.store import Search
from internal.platform.http import Page, RouteHandler, member_of, problems
from internal.platform.http.forms import Cursor, PageLimit, Web
from internal.platform.roles import NotAllowedHere

__all__ = ["routes"]


def routes(desk: Desk) -> list[RouteHandler]:
    """All of them."""
    return [*_lists(desk), *_of_one(desk)]


def _lists(desk: Desk) -> list[RouteHandler]:
    @get("/api/orders", tags=["orders"])
    async def list_orders(
        request: Web, status: StatusFilter = None, limit: PageLimit = 50, cursor: Cursor = None
    ) -> Response[Page[OrderView]]:
        """Your own orders, the newest first."""
        found = await desk.own(member_of(request), status, position(cursor), limit)
        return shown(request, page_of(found, limit))

    @get("/api/organizations/{organization_id:str}/orders", tags=["orders"], responses=problems(NotAllowedHere))
    async def list_organization_orders(
        request: Web,
        organization_id: FromPath[str],
        event_id: EventFilter = None,
        showtime_id: ShowtimeFilter = None,
        status: StatusFilter = None,
        text: TextFilter = None,
        limit: PageLimit = 50,
        cursor: Cursor = None,
    ) -> Response[Page[OrderView]]:
        """An organization's orders, the newest first. For its staff."""
        wanted = Search(
            organization_id=organization_id, event_id=event_id, showtime_id=showtime_id, status=status, text=text
        )
        found = await desk.of_organization(member_of(request), wanted, position(cursor), limit)
        return shown(request, page_of(found, limit))

    return [list_orders, list_organization_orders]


def _of_one(desk: Desk) -> list[RouteHandler]:
    @get("/api/orders/{order_id:str}", tags=["orders"], responses=problems(OrderUnknown))
    async def get_order(request: Web, order_id: FromPath[str]) -> Response[OrderView]:
        """One order. For its buyer, and for the staff of its organization."""
        return shown(request, view(await desk.get(member_of(request), order_id)))

    @post(
        "/api/orders/{order_id:str}/cancel",
        status_code=202,
        tags=["orders"],
        responses=problems(OrderUnknown, NotTheBuyer, OrderIsCompleted),
    )
    async def cancel_order(request: Web, order_id: FromPath[str]) -> OrderView:
        """Give a pending order up. It stays pending, with `cancelRequested`, until its checkout has undone what it did.

        From this answer on it will not be completed: should the payment succeed this moment, the money goes back. What
        is completed already is not canceled but refunded. Asking again changes nothing.
        """
        return view(await desk.cancel(member_of(request), order_id))

    return [get_order, cancel_order]
