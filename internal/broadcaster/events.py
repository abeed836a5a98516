"""Readers of a whole event, and the counts of its showtimes."""

from __future__ import annotations

from internal.broadcaster.config import Config
from internal.broadcaster.frames import Reader, refusal
from internal.broadcaster.showtimes import Showtimes
from internal.broadcaster.tasks import Tasks
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from internal.platform.ids import is_id
from proto.catalog import ListEventShowtimes

__all__ = ["Events"]


class Events:
    """The showtimes of events, each seat's change by itself."""

    def __init__(self, showtimes: Showtimes, bus: Bus, config: Config, tasks: Tasks) -> None:
        self._showtimes = showtimes
        self._bus = bus
        self._config = config
        self._tasks = tasks
        self._watched: dict[tuple[Reader, str], list[str]] = {}

    def join(self, reader: Reader, event_id: str) -> None:
        """Show it every change, once the catalog has said which showtimes there are."""
        if (reader, event_id) not in self._watched:
            self._watched[reader, event_id] = []
            self._tasks.begin(self._join(reader, event_id))

    async def _join(self, reader: Reader, event_id: str) -> None:
        try:
            found = await self._found(event_id)
        except Fault as fault:
            reader.show(refusal(fault.code, fault.detail, event_id=event_id))
            return
        if (reader, event_id) not in self._watched:  # it left meanwhile
            return
        self._watched[reader, event_id] = found
        for showtime_id in found:
            room = self._showtimes.room(showtime_id)
            room.event_id = event_id
            room.of_event.join(reader)

    async def _found(self, event_id: str) -> list[str]:
        if not is_id("event", event_id):
            return []
        showtimes = (await self._bus.request(ListEventShowtimes(event_id=event_id))).showtimes
        return [one.showtime_id for one in showtimes if one.status == "published"][-self._config.event_showtimes :]

    def leave(self, reader: Reader, event_id: str) -> None:
        """It wants no more of it."""
        for showtime_id in self._watched.pop((reader, event_id), ()):
            if (room := self._showtimes.rooms.get(showtime_id)) is not None:
                room.of_event.leave(reader)
