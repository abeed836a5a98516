"""The counts of showtimes that are watched, as they are told of their events."""

from __future__ import annotations

from typing import Any

from internal.broadcaster.showtimes import Showtimes
from internal.broadcaster.tasks import Tasks
from internal.platform.bus import Bus
from proto.live import LiveStats

__all__ = ["Counts"]


class Counts:
    """Listens to `live.stats.<event>` while one of its showtimes is watched here."""

    def __init__(self, showtimes: Showtimes, bus: Bus, tasks: Tasks) -> None:
        self._showtimes = showtimes
        self._bus = bus
        self._tasks = tasks
        self._subscriptions: dict[str, Any] = {}

    async def tend_once(self) -> int:
        """Begin and end to listen, as rooms come and go."""
        watched = {room.event_id for room in self._showtimes.rooms.values()} - {""}
        for event_id in watched - self._subscriptions.keys():
            self._subscriptions[event_id] = None
            self._tasks.begin(self._listen(event_id))
        for event_id in self._subscriptions.keys() - watched:
            if (subscription := self._subscriptions[event_id]) is not None:
                del self._subscriptions[event_id]
                await subscription.unsubscribe()
        return 0

    async def _listen(self, event_id: str) -> None:
        async def seen(counts: LiveStats) -> None:
            if (room := self._showtimes.rooms.get(counts.showtime_id)) is not None:
                room.show_stats(counts)

        self._subscriptions[event_id] = await self._bus.watch(LiveStats, event_id, seen)
