"""What is on: the catalog's programme with the places where it is played, kept for some seconds.

All of it is kept in memory and looked through: a programme of a thousand events is 2 MB and takes some milliseconds. A
box office with far more than that wants an index of its own.
"""

from __future__ import annotations

from datetime import datetime

from internal.gateway.handlers.venues import Venues
from internal.gateway.programme import Listing, Wanted, cities, found, posters
from internal.platform.bus import Bus
from internal.platform.http import cursor_of
from internal.platform.recent import Recent
from proto.catalog import ListProgramme, PlayedEvent
from proto.seatmap import VenueFacts

__all__ = ["Programmes"]

_SECONDS = 2.0  # as long as a browser may keep the catalog's own lists


class Programmes:
    """Answers who looks for something to see."""

    def __init__(self, bus: Bus, venues: Venues) -> None:
        self._bus = bus
        self._venues = venues
        self._all: Recent[str, tuple[list[PlayedEvent], dict[str, VenueFacts]]] = Recent(_SECONDS)

    async def look(self, wanted: Wanted, position: tuple[datetime, str] | None, limit: int) -> Listing:
        """The next of what fits."""
        events, venues = await self._all.get("", self._load)
        fitting = posters(events, venues, wanted)
        shown = found(fitting, position, limit)
        last = shown[-1] if len(shown) == limit else None
        return Listing(
            items=shown,
            total=len(fitting),
            cities=cities(venues.values()),
            next_cursor=cursor_of(last.next_starts_at.isoformat(), last.id) if last else None,
        )

    async def _load(self) -> tuple[list[PlayedEvent], dict[str, VenueFacts]]:
        events: list[PlayedEvent] = []
        cursor: str | None = None
        while True:
            page = await self._bus.request(ListProgramme(cursor=cursor), timeout=5.0)
            events += page.events
            cursor = page.next_cursor
            if cursor is None:
                break
        return events, await self._venues.all(one.venue_id for event in events for one in event.showtimes)
