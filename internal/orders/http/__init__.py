"""The routes of orders: decode, call the handler, encode."""

from __future__ import annotations

from internal.orders.handlers import Desk
from internal.orders.http import export as of_export
from internal.orders.http import orders as of_orders
from internal.orders.http import refunds as of_refunds
from internal.platform.http import RouteHandler

__all__ = ["routes"]


def routes(desk: Desk) -> list[RouteHandler]:
    """All but those of tickets."""
    return [*of_orders.routes(desk), *of_export.routes(desk), *of_refunds.routes(desk)]
