"""The routes of the catalog: decode, call the handler, encode."""

from __future__ import annotations

from internal.catalog.handlers import Categories, Events, Showtimes, Simple, Tiers
from internal.catalog.http import categories as of_categories
from internal.catalog.http import events as of_events
from internal.catalog.http import lists as of_lists
from internal.catalog.http import showtimes as of_showtimes
from internal.catalog.http import tiers as of_tiers
from internal.catalog.recent import Shelf
from internal.platform.http import RouteHandler

__all__ = ["routes"]


def routes(
    events: Events, simple: Simple, showtimes: Showtimes, tiers: Tiers, categories: Categories, shelf: Shelf
) -> list[RouteHandler]:
    """All of them."""
    return [
        *of_lists.routes(events, shelf),
        *of_events.routes(events, simple, shelf),
        *of_showtimes.routes(showtimes),
        *of_tiers.routes(tiers, showtimes),
        *of_categories.routes(categories),
    ]
