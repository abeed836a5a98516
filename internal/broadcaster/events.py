"""Readers of a whole event: each seat's change by itself, in the showtimes there are and in those that are added."""

from __future__ import annotations

from dataclasses import dataclass, field

from internal.broadcaster.config import Config
from internal.broadcaster.frames import Reader, refusal
from internal.broadcaster.showtimes import Showtimes
from internal.broadcaster.tasks import Tasks
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from internal.platform.ids import is_id
from proto import Event
from proto.catalog import ListEventShowtimes, ShowtimePublished

__all__ = ["Events"]


@dataclass
class _Watched:
    readers: set[Reader] = field(default_factory=set)
    showtimes: dict[str, None] = field(default_factory=dict)  # the oldest first


class Events:
    """The events that somebody here watches."""

    def __init__(self, showtimes: Showtimes, bus: Bus, config: Config, tasks: Tasks) -> None:
        self._showtimes = showtimes
        self._bus = bus
        self._most = config.event_showtimes
        self._tasks = tasks
        self._watched: dict[str, _Watched] = {}

    def join(self, reader: Reader, event_id: str) -> None:
        """Show it every change, once the catalog has said which showtimes there are."""
        watched = self._watched.setdefault(event_id, _Watched())
        if reader in watched.readers:
            return
        watched.readers.add(reader)
        for showtime_id in watched.showtimes:
            self._showtimes.room(showtime_id).of_event.join(reader)
        self._tasks.begin(self._find(event_id, reader))

    def leave(self, reader: Reader, event_id: str) -> None:
        """It wants no more of it."""
        watched = self._watched.get(event_id)
        if watched is None or reader not in watched.readers:
            return
        watched.readers.discard(reader)
        for showtime_id in watched.showtimes:
            self._leave(reader, showtime_id)
        if not watched.readers:
            del self._watched[event_id]

    def heard(self, event: Event) -> None:
        """Another showtime of an event was put on sale: those who watch the event watch it from its beginning."""
        if isinstance(event, ShowtimePublished) and event.event_id in self._watched:
            room = self._showtimes.room(event.showtime_id)
            room.is_new = room.mirror is None
            self._follow(event.event_id, [event.showtime_id])

    def doubt(self) -> None:
        """Something may not have been heard."""
        for event_id in self._watched:
            self._tasks.begin(self._find(event_id))

    async def tend_once(self) -> int:
        """Now and then there is reason to doubt, because nobody counts these facts."""
        self.doubt()
        return 0

    async def _find(self, event_id: str, reader: Reader | None = None) -> None:
        """Ask the catalog; the reader because of whom we ask hears why there is no answer."""
        try:
            found = await self._found(event_id)
        except Fault as fault:
            if reader is not None:
                reader.show(refusal(fault.code, fault.detail, event_id=event_id))
            return
        self._follow(event_id, found)

    async def _found(self, event_id: str) -> list[str]:
        if not is_id("event", event_id):
            return []
        showtimes = (await self._bus.request(ListEventShowtimes(event_id=event_id))).showtimes
        return [one.showtime_id for one in showtimes if one.status == "published"][-self._most :]

    def _follow(self, event_id: str, showtimes: list[str]) -> None:
        """All its readers watch these as well; beyond the most that are shown, the oldest are left."""
        watched = self._watched.get(event_id)
        if watched is None:  # they left meanwhile
            return
        for showtime_id in showtimes:
            watched.showtimes.setdefault(showtime_id)
            room = self._showtimes.room(showtime_id)
            room.event_id = event_id
            for reader in watched.readers:
                room.of_event.join(reader)
        while len(watched.showtimes) > self._most:
            oldest = next(iter(watched.showtimes))
            del watched.showtimes[oldest]
            for reader in watched.readers:
                self._leave(reader, oldest)

    def _leave(self, reader: Reader, showtime_id: str) -> None:
        if (room := self._showtimes.rooms.get(showtime_id)) is not None:
            room.of_event.leave(reader)
