"""A first look at a showtime, out of what catalog, seatmap and seatview answer.

The layout never changes and is packed once. What the catalog says is kept for a second. The seats are asked for at most
every quarter of a second, for live changes go on from the version that is told: a picture that is a little old is
complete a moment later.
"""

from __future__ import annotations

import asyncio

import msgspec

from internal.gateway.columns import columns_of
from internal.gateway.handlers.venues import Venues
from internal.gateway.packing import Packed, packed
from internal.gateway.showtime import Look, NotShown, facts_of, look
from internal.platform.bus import Bus
from internal.platform.faults import Fault, Kind
from internal.platform.ids import is_id
from internal.platform.layouts import layout_pages
from internal.platform.recent import Recent
from proto.catalog import GetEvent, GetShowtime
from proto.seatview import GetSeats, SeatStates

__all__ = ["Showtimes"]

_LAYOUTS = 64  # of 0.5 MB each at 20,000 seats, plain and packed
_FOR_EVER = 10**9  # seconds
_SEATS = 0.25  # seconds
_LOOKS = 256  # showtimes that many look at, of 0.6 MB each at most
_BEST = 9  # gzip's level for what is packed once
_OVER = {Kind.NOT_FOUND, Kind.CONFLICT, Kind.GONE}  # how seatview says that nothing of it is on sale


class Showtimes:
    """Answers who comes to buy."""

    def __init__(self, bus: Bus, venues: Venues) -> None:
        self._bus = bus
        self._venues = venues
        self._facts: Recent[str, tuple[bytes, str]] = Recent()
        self._layouts: Recent[str, Packed] = Recent(_FOR_EVER, _LAYOUTS)
        self._looks: Recent[str, Look] = Recent(_SEATS, _LOOKS)

    async def look(self, showtime_id: str) -> Look:
        """All that is to be seen of it."""
        if not is_id("showtime", showtime_id):
            raise NotShown
        return await self._looks.get(showtime_id, lambda: self._look(showtime_id))

    async def _look(self, showtime_id: str) -> Look:
        facts, layout_hash = await self._facts.get(showtime_id, lambda: self._known(showtime_id))
        layout, seats = await asyncio.gather(
            self._layouts.get(layout_hash, lambda: self._layout(layout_hash)), self._seats(showtime_id)
        )
        return look(facts, seats, layout)

    async def _known(self, showtime_id: str) -> tuple[bytes, str]:
        showtime = await self._bus.request(GetShowtime(showtime_id=showtime_id))
        event, venue = await asyncio.gather(
            self._bus.request(GetEvent(event_id=showtime.event_id)), self._venues.get(showtime.venue_id)
        )
        return facts_of(event, showtime, venue), showtime.layout_hash

    async def _seats(self, showtime_id: str) -> SeatStates | None:
        try:
            return await self._bus.request(GetSeats(showtime_id=showtime_id), timeout=8.0)
        except Fault as fault:
            if fault.kind in _OVER:
                return None
            raise

    async def _layout(self, layout_hash: str) -> Packed:
        pages = [page async for page in layout_pages(self._bus, layout_hash)]
        return await asyncio.to_thread(lambda: packed(msgspec.json.encode(columns_of(pages)), _BEST))
