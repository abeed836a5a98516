"""One event and its times, out of what catalog, seatmap and seatview answer; kept for a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from internal.gateway.event import COUNTED, EventLook, EventNotShown, Room, event_look, to_come
from internal.gateway.handlers.venues import Venues
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from internal.platform.ids import is_id
from internal.platform.recent import Recent
from proto.catalog import GetEvent, ListEventShowtimes, ShowtimeFacts
from proto.seatview import GetSeats

__all__ = ["Events"]

_COUNTED_FOR = 5.0  # seconds: whether there is still a seat is looked at where the seats are
_ROOMS = 10_000  # of 200 bytes


class Events:
    """Answers who considers going."""

    def __init__(self, bus: Bus, venues: Venues, clock: Callable[[], datetime]) -> None:
        self._bus = bus
        self._venues = venues
        self._clock = clock
        self._looks: Recent[str, EventLook] = Recent()
        self._rooms: Recent[str, Room | None] = Recent(_COUNTED_FOR, _ROOMS)

    async def look(self, event_id: str) -> EventLook:
        """The event as the public sees it."""
        if not is_id("event", event_id):
            raise EventNotShown
        return await self._looks.get(event_id, lambda: self._look(event_id))

    async def _look(self, event_id: str) -> EventLook:
        event, found = await asyncio.gather(
            self._bus.request(GetEvent(event_id=event_id)), self._bus.request(ListEventShowtimes(event_id=event_id))
        )
        showtimes = to_come(found.showtimes, self._clock())
        venues, rooms = await asyncio.gather(
            self._venues.all(one.venue_id for one in showtimes), self._counted(showtimes[:COUNTED])
        )
        return event_look(event, showtimes, venues, rooms)

    async def _counted(self, showtimes: list[ShowtimeFacts]) -> dict[str, Room | None]:
        open_ones = [one.showtime_id for one in showtimes if one.status == "published"]
        rooms = await asyncio.gather(
            *(self._rooms.get(one, lambda one=one: self._room(one)) for one in open_ones)  # type: ignore[misc]
        )
        return dict(zip(open_ones, rooms, strict=True))

    async def _room(self, showtime_id: str) -> Room | None:
        try:
            seats = await self._bus.request(GetSeats(showtime_id=showtime_id))
        except Fault:
            return None  # the event's page does without rather than fail
        return Room(capacity=len(seats.states), available=seats.states.count("."))
