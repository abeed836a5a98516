"""A layout from the seatmap, which tells a large one in pages. It never changes, so it is asked for once."""

from __future__ import annotations

from collections.abc import AsyncIterator

from internal.platform.bus import Bus
from proto.seatmap import GetLayout, LayoutPage

__all__ = ["layout_pages"]

_PATIENCE = 5.0  # seconds for a page, of a seatmap that is busy with imports


async def layout_pages(bus: Bus, layout_hash: str) -> AsyncIterator[LayoutPage]:
    """Every page, in order."""
    cursor = None
    while True:
        page = await bus.request(GetLayout(layout_hash=layout_hash, cursor=cursor), timeout=_PATIENCE)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return
