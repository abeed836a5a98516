"""All rooms of this process, and what keeps them true: NATS tells what changes, Redis what is.

A showtime is heard of only while somebody here watches it. Core NATS forgets what it could not deliver, so a gap in the
versions, a silence, and a look at Redis that shows another version all lead to the same: the map is read again and
readers are told the difference. One short task for a room that reads, and none for a reader.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from internal.broadcaster.config import Config
from internal.broadcaster.domain import Mirror, NothingToWatch
from internal.broadcaster.frames import Reader, refusal
from internal.broadcaster.rooms import Room
from internal.broadcaster.tasks import Tasks
from internal.broadcaster.terms import Terms
from internal.platform.bus import Bus
from internal.platform.faults import Fault, Kind
from internal.platform.ids import is_id
from internal.platform.layouts import layout_pages
from internal.platform.redis import Maps
from proto.inventory import Open
from proto.live import LiveSeats
from proto.seatkeys import places

__all__ = ["Showtimes"]

_HALLS = 64  # layouts whose places are known: 4 MB of a hall of 50,000
_PASSING = {Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.INTERNAL}
_OPENING = 6.0  # seconds inventory may take: it may have to read Postgres and an hour's facts first


class Showtimes:
    """The rooms by their showtimes."""

    def __init__(
        self, rooms: dict[str, Room], terms: Terms, maps: Maps, bus: Bus, config: Config, tasks: Tasks
    ) -> None:
        self.rooms = rooms
        self._terms = terms
        self._maps = maps
        self._bus = bus
        self._config = config
        self._tasks = tasks
        self._halls: dict[str, list[str]] = {}
        self._reading: set[str] = set()
        self._subscriptions: dict[str, Any] = {}
        self._not_open_until: dict[str, float] = {}
        self.read_again = 0

    # -- readers -----------------------------------------------------------------------------------------------------

    def join(self, reader: Reader, showtime_id: str, since: int | None) -> None:
        """Show it this showtime."""
        if not is_id("showtime", showtime_id):
            raise NothingToWatch
        room = self.room(showtime_id)
        if room.refusal is None:
            room.join(reader, since)
        else:
            room.turn_away(reader, room.refusal)
            reader.refused(showtime_id)

    def leave(self, reader: Reader, showtime_id: str) -> None:
        """It wants no more of it."""
        if (room := self.rooms.get(showtime_id)) is not None:
            room.leave(reader)

    def room(self, showtime_id: str) -> Room:
        """The room of a showtime, opened if need be."""
        room = self.rooms.get(showtime_id)
        if room is None:
            room = self.rooms[showtime_id] = Room(showtime_id, self._config.remembered)
            self._tasks.begin(self._listen(room))
            self._read_soon(room)
        return room

    # -- keeping them true -------------------------------------------------------------------------------------------

    async def check_once(self) -> int:
        """Look after every room: is the silence true, and does anybody still watch?"""
        now = monotonic()
        for room in list(self.rooms.values()):
            if room.empty:
                await self._close_if_left(room, now)
            elif room.behind:
                self._read_soon(room)
            elif not room.stirred:
                self._compare(room)
            room.stirred = False
        return 0

    async def _close_if_left(self, room: Room, now: float) -> None:
        if room.empty_since is None:
            room.empty_since = now
        elif now - room.empty_since >= self._config.linger and room.showtime_id not in self._reading:
            del self.rooms[room.showtime_id]
            self._not_open_until.pop(room.showtime_id, None)
            subscription = self._subscriptions.pop(room.showtime_id, None)
            if subscription is not None:
                await subscription.unsubscribe()

    def _compare(self, room: Room) -> None:
        """All rooms' questions of one tick are one call of a script."""

        def told(reply: Any) -> None:
            if not isinstance(reply, Exception) and int(reply[0]) != room.version:
                room.behind = True
                self._read_soon(room)

        self._maps.look(room.showtime_id, room.version, told)

    async def _listen(self, room: Room) -> None:
        async def seen(picture: LiveSeats) -> None:
            if room.mirror is None:  # it is open now, whatever inventory said before
                self._not_open_until.pop(room.showtime_id, None)
            room.follow(picture)
            if room.behind:
                self._read_soon(room)

        subscription = await self._bus.watch(LiveSeats, room.showtime_id, seen)
        if self.rooms.get(room.showtime_id) is room:
            self._subscriptions[room.showtime_id] = subscription
        else:
            await subscription.unsubscribe()

    def _read_soon(self, room: Room) -> None:
        due = self._not_open_until.get(room.showtime_id, 0.0) <= monotonic()
        if due and room.showtime_id not in self._reading:
            self._reading.add(room.showtime_id)
            self._tasks.begin(self._read(room))

    async def _read(self, room: Room) -> None:
        """Until nothing was missed while we read."""
        try:
            while room.behind:
                room.behind = False
                self.read_again += room.mirror is not None
                await self._read_once(room)
        except Fault as fault:
            room.behind = True
            if fault.kind not in _PASSING:  # else the next check tries again
                await self._terms.ask(room)  # it may have been called off
                self._refuse(room, fault)
        finally:
            self._reading.discard(room.showtime_id)

    async def _read_once(self, room: Room) -> None:
        asked_at = room.version
        reply = await self._look(room)
        if int(reply[0]) == 0:
            await self._bus.request(Open(showtime_id=room.showtime_id), timeout=_OPENING)
            reply = await self._look(room)
            if int(reply[0]) == 0:
                raise NothingToWatch
        if len(reply) > 1:
            layout_hash = reply[1].decode()
            hall = await self._places(layout_hash)
            room.renew(Mirror.of_map(room.showtime_id, int(reply[0]), layout_hash, hall, reply[2]), asked_at)

    async def _look(self, room: Room) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def told(reply: Any) -> None:
            if future.done():
                return
            if isinstance(reply, Exception):
                future.set_exception(reply)
            else:
                future.set_result(reply)

        self._maps.look(room.showtime_id, room.version, told)
        return await future

    async def _places(self, layout_hash: str) -> list[str]:
        hall = self._halls.get(layout_hash)
        if hall is None:
            sections = [one async for page in layout_pages(self._bus, layout_hash) for one in page.sections]
            while len(self._halls) >= _HALLS:
                del self._halls[next(iter(self._halls))]
            hall = self._halls[layout_hash] = places(sections)
        return hall

    def _refuse(self, room: Room, fault: Fault) -> None:
        """Nothing of it can be held; who has a picture keeps it, and it is tried again now and then."""
        self._not_open_until[room.showtime_id] = monotonic() + self._config.open_every
        for reader in room.refuse(refusal(fault.code, fault.detail, showtime_id=room.showtime_id)):
            reader.refused(room.showtime_id)
