"""Pictures of showtimes, made when a version is new and given again as long as it is not."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from time import monotonic
from typing import Any

from internal.platform.bus import Bus
from internal.platform.ids import is_id
from internal.platform.layouts import layout_pages
from internal.platform.redis import Maps
from internal.seatview.domain import Hall, NoSuchShowtime, every_seat, public, snapshot
from proto.catalog import ListEventShowtimes, ShowtimeFacts
from proto.inventory import Open
from proto.seatkeys import places
from proto.seatview import GetSeats, SeatStates

__all__ = ["Picture", "Views"]

_HALLS = 16  # layouts kept, of 12 MB each at 50,000 seats
_SHOWTIMES = 1_000  # showtimes kept, of 20 kB each for 1,000 seats held
_EVENTS = 10_000
_EVENT_KNOWN_FOR = 2.0  # seconds: a new showtime of an event is no emergency
_SLOW = 0.001  # seconds: a picture that takes longer to make is one of a very large hall
_REST = (
    10  # times its making such a picture is given again though it may be older, so that it takes a tenth of the time
)
_OLDEST = 0.05


@dataclass(frozen=True)
class Picture:
    """The bytes of an answer and the version they show."""

    version: int
    body: bytes

    @property
    def etag(self) -> bytes:
        """Its version names it."""
        return b'"%d"' % self.version

    @cached_property
    def head(self) -> bytes:
        """The header lines that every answer with it has."""
        return b"etag: %s\r\ncache-control: no-cache\r\nvary: accept-encoding\r\n" % self.etag

    @cached_property
    def packed(self) -> bytes:
        """For whoever takes gzip."""
        return gzip.compress(self.body, 1)


@dataclass
class _Known:
    """The last look at a showtime, and the pictures made of it."""

    version: int
    hall: Hall
    states: bytes
    pictures: dict[str, Picture]
    made: float
    cost: float

    def picture(self, kind: str, make: Callable[[], bytes]) -> Picture:
        """Made once."""
        picture = self.pictures.get(kind)
        if picture is None:
            began = monotonic()
            picture = self.pictures[kind] = Picture(self.version, make())
            self.made = monotonic()
            self.cost += self.made - began
        return picture


class _HallUnknown(Exception):  # noqa: N818 - a turn in the road: the hall is fetched, and the look repeated
    def __init__(self, layout_hash: str) -> None:
        super().__init__(layout_hash)
        self.layout_hash = layout_hash


def _sparse(known: _Known, showtime_id: str) -> Picture:
    return known.picture("sparse", lambda: snapshot(known.hall, showtime_id, known.version, known.states))


def _into(future: asyncio.Future[_Known], found: _Known | Exception) -> None:
    if future.done():
        return
    if isinstance(found, Exception):
        future.set_exception(found)
    else:
        future.set_result(found)


class Views:
    """Answers who wants to see seats."""

    def __init__(self, maps: Maps, bus: Bus) -> None:
        self._maps = maps
        self._bus = bus
        self._known: dict[str, _Known] = {}
        self._halls: dict[str, Hall] = {}
        self._events: dict[str, tuple[float, list[ShowtimeFacts]]] = {}

    async def sparse(self, showtime_id: str) -> Picture:
        """What is not free."""
        return await self._awaited(showtime_id, lambda k: _sparse(k, showtime_id))

    async def full(self, showtime_id: str, *, only_free: bool) -> Picture:
        """Every seat, or every free one."""

        def make(known: _Known) -> Picture:
            return known.picture(
                "free" if only_free else "full",
                lambda: every_seat(known.hall, showtime_id, known.version, known.states, only_free=only_free),
            )

        return await self._awaited(showtime_id, make)

    def tell_sparse(self, showtime_id: str, told: Callable[[Picture | Exception], None]) -> None:
        """What is not free, for the fast road: called back at once, or when Redis has answered."""
        self._look(showtime_id, lambda k: told(k if isinstance(k, Exception) else _sparse(k, showtime_id)))

    async def states(self, asked: GetSeats) -> SeatStates:
        """Every place's state in one text, for services that show them."""
        if not is_id("showtime", asked.showtime_id):
            raise NoSuchShowtime
        try:
            known = await self._seen(asked.showtime_id)
        except NoSuchShowtime:
            await self.opened(asked.showtime_id)
            known = await self._seen(asked.showtime_id)
        return SeatStates(
            showtime_id=asked.showtime_id,
            version=known.version,
            layout_hash=known.hall.layout_hash,
            states=public(known.states),
        )

    async def opened(self, showtime_id: str) -> None:
        """Have inventory open a showtime; its fault, if it cannot be."""
        await self._bus.request(Open(showtime_id=showtime_id), timeout=6.0)

    async def showtime_of(self, event_id: str) -> str:
        """The showtime that is meant by an event: its next one, or the last if all have begun."""
        known = self._events.get(event_id)
        if known is None or known[0] < monotonic():
            found = (await self._bus.request(ListEventShowtimes(event_id=event_id))).showtimes
            known = (
                monotonic() + _EVENT_KNOWN_FOR,
                [showtime for showtime in found if showtime.status == "published"],
            )
            _keep(self._events, event_id, known, _EVENTS)
        if not known[1]:
            raise NoSuchShowtime("There is no such event, or nothing of it is on sale.")
        now = datetime.now(UTC)
        return next((one.showtime_id for one in known[1] if one.starts_at > now), known[1][-1].showtime_id)

    async def _awaited(self, showtime_id: str, make: Callable[[_Known], Picture]) -> Picture:
        return make(await self._seen(showtime_id))

    async def _seen(self, showtime_id: str) -> _Known:
        while True:
            future: asyncio.Future[_Known] = asyncio.get_running_loop().create_future()
            self._look(showtime_id, lambda found, future=future: _into(future, found))  # type: ignore[misc]
            try:
                return await future
            except _HallUnknown as unknown:
                await self._hall(unknown.layout_hash)

    def _look(self, showtime_id: str, told: Callable[[_Known | Exception], None]) -> None:
        """Call back with what is known of the showtime, at least as new as this call."""
        known = self._known.get(showtime_id)
        if known is not None and known.cost > _SLOW and known.made + min(known.cost * _REST, _OLDEST) > monotonic():
            told(known)
        else:
            version = known.version if known else -1
            self._maps.look(showtime_id, version, lambda reply: told(self._learnt(showtime_id, known, reply)))

    def _learnt(self, showtime_id: str, known: _Known | None, reply: Any) -> _Known | Exception:
        if isinstance(reply, Exception):
            return reply
        version = int(reply[0])
        if version == 0:
            return NoSuchShowtime()
        newest = self._known.get(showtime_id) or known
        if len(reply) == 1:  # unchanged since the version that somebody knew who asked in the same tick
            return newest or NoSuchShowtime()
        if newest is None or newest.version < version:
            hall = self._halls.get(layout_hash := reply[1].decode())
            if hall is None:
                return _HallUnknown(layout_hash)
            newest = _Known(version, hall, reply[2], {}, monotonic(), 0.0)
            _keep(self._known, showtime_id, newest, _SHOWTIMES)
        return newest

    async def _hall(self, layout_hash: str) -> Hall:
        hall = self._halls.get(layout_hash)
        if hall is None:
            sections = [one async for page in layout_pages(self._bus, layout_hash) for one in page.sections]
            hall = await asyncio.to_thread(lambda: Hall(layout_hash, sections, places(sections)))
            _keep(self._halls, layout_hash, hall, _HALLS)
        return hall


def _keep(kept: dict, key: str, value: object, most: int) -> None:  # type: ignore[type-arg]  # any small cache
    """Remember, and forget the oldest beyond `most`."""
    kept.pop(key, None)
    while len(kept) >= most:
        del kept[next(iter(kept))]
    kept[key] = value
