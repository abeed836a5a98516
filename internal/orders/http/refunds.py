"""Refunds: asked for, and looked at."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from internal.orders.faults import (
    NothingLeftToRefund,
    OrderNotPaid,
    OrderUnknown,
    RefundTooLate,
    RefundUnknown,
    SeatAlreadyRefunded,
    SeatInUse,
    SeatNotInOrder,
)
from internal.orders.handlers import Desk
from internal.orders.http.forms import RefundForm, RefundView, refund_view, shown
from internal.platform.http import Page, RouteHandler, member_of, problems
from internal.platform.http.forms import Web
from internal.platform.http.once import IdempotencyKey, once_of
from internal.platform.idempotency import InFlight, KeyReused

__all__ = ["routes"]


def routes(desk: Desk) -> list[RouteHandler]:
    """All of them."""
    return [*_asking(desk), *_looking(desk)]


def _asking(desk: Desk) -> list[RouteHandler]:
    @post(
        "/api/orders/{order_id:str}/refunds",
        status_code=202,
        tags=["refunds"],
        responses=problems(
            OrderUnknown,
            OrderNotPaid,
            NothingLeftToRefund,
            SeatAlreadyRefunded,
            SeatInUse,
            SeatNotInOrder,
            RefundTooLate,
            KeyReused,
            InFlight,
        ),
    )
    async def request_refund(
        request: Web,
        order_id: FromPath[str],
        data: JSONBody[RefundForm],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[RefundView]:
        """Give seats back, or all that are left. Their tickets are void at once; the money follows.

        For the organization's staff; for the buyer as long as the showtime is not too near, and nobody came in with it.
        """
        once = await once_of(request, idempotency_key)
        made = await desk.refund(member_of(request), order_id, data.seat_ids, data.reason, once)
        where = f"/api/orders/{order_id}/refunds/{made.id}"
        return Response(refund_view(made), headers={"location": where, "cache-control": "private, no-store"})

    return [request_refund]


def _looking(desk: Desk) -> list[RouteHandler]:
    @get("/api/orders/{order_id:str}/refunds", tags=["refunds"], responses=problems(OrderUnknown))
    async def list_refunds(request: Web, order_id: FromPath[str]) -> Response[Page[RefundView]]:
        """The refunds of an order, the first one first; all on one page."""
        found = await desk.refunds_of(member_of(request), order_id)
        return shown(request, Page(items=[refund_view(one) for one in found]))

    @get(
        "/api/orders/{order_id:str}/refunds/{refund_id:str}",
        tags=["refunds"],
        responses=problems(OrderUnknown, RefundUnknown),
    )
    async def get_refund(request: Web, order_id: FromPath[str], refund_id: FromPath[str]) -> Response[RefundView]:
        """One refund."""
        return shown(request, refund_view(await desk.refund_of(member_of(request), order_id, refund_id)))

    return [list_refunds, get_refund]
