"""The routes of seatmap: decode, call the handler, encode."""

from __future__ import annotations

from internal.platform.http import RouteHandler
from internal.seatmap.handlers import Venues
from internal.seatmap.http import content, seats
from internal.seatmap.http import venues as of_venues
from internal.seatmap.layouts import Layouts

__all__ = ["routes"]


def routes(venues: Venues, layouts: Layouts) -> list[RouteHandler]:
    """All of them."""
    return [*of_venues.routes(venues), *seats.routes(venues), *content.routes(venues, layouts)]
