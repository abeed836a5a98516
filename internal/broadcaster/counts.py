"""The counts of showtimes that are watched: which events they belong to, and what is told of these."""

from __future__ import annotations

from time import monotonic
from typing import Any

from internal.broadcaster.rooms import Room
from internal.broadcaster.showtimes import Showtimes
from internal.broadcaster.tasks import Tasks
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from proto.catalog import GetShowtime
from proto.live import LiveStats

__all__ = ["Counts"]

_AGAIN = 5.0  # seconds until the catalog is asked again that did not answer


class Counts:
    """Listens to `live.stats.<event>` while one of its showtimes is watched here."""

    def __init__(self, showtimes: Showtimes, bus: Bus, tasks: Tasks) -> None:
        self._showtimes = showtimes
        self._bus = bus
        self._tasks = tasks
        self._subscriptions: dict[str, Any] = {}
        self._ask_at: dict[str, float] = {}

    async def tend_once(self) -> int:
        """Begin and end to listen, as rooms come and go."""
        rooms = self._showtimes.rooms
        self._ask_at = {showtime_id: at for showtime_id, at in self._ask_at.items() if showtime_id in rooms}
        for room in rooms.values():
            if not room.event_id and room.mirror is not None:
                self._find_soon(room)
        watched = {room.event_id for room in rooms.values()} - {""}
        for event_id in watched - self._subscriptions.keys():
            self._subscriptions[event_id] = None
            self._tasks.begin(self._listen(event_id))
        for event_id in self._subscriptions.keys() - watched:
            if (subscription := self._subscriptions[event_id]) is not None:
                del self._subscriptions[event_id]
                await subscription.unsubscribe()
        return 0

    def _find_soon(self, room: Room) -> None:
        now = monotonic()
        if self._ask_at.get(room.showtime_id, 0.0) <= now:
            self._ask_at[room.showtime_id] = now + _AGAIN
            self._tasks.begin(self._find(room))

    async def _find(self, room: Room) -> None:
        try:
            room.event_id = (await self._bus.request(GetShowtime(showtime_id=room.showtime_id))).event_id
        except Fault:  # seats are shown without their counts
            return

    async def _listen(self, event_id: str) -> None:
        async def seen(counts: LiveStats) -> None:
            if (room := self._showtimes.rooms.get(counts.showtime_id)) is not None:
                room.show_stats(counts)

        self._subscriptions[event_id] = await self._bus.watch(LiveStats, event_id, seen)
