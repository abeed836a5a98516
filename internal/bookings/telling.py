"""What people who watch are told: how their own booking stands, and how far the line of a showtime has come.

Where 10,000 wait for one showtime, each step of the line changes 10,000 positions. So nobody's position is told: once
in `look_every` one picture for each showtime says whose number is the next, and whoever knows a number subtracts.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from internal.bookings import store
from internal.bookings.domain import Work
from internal.platform.bus import Bus
from internal.platform.faults import Unavailable
from internal.platform.postgres import Database
from proto.bookings import BOOKING, BookingStands, ListBookings, OwnBookings
from proto.live import LiveLine, LiveUser

__all__ = ["Telling"]

_encode = msgspec.json.encode


class Telling:
    """Pictures, which may be lost: whoever misses one asks by `own`."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def changed(self, works: Sequence[Work]) -> None:
        """These went on from where they stood."""
        pictures = [_of_user(work) for work in works]
        with suppress(Unavailable):  # NATS is away; the rows say it to who asks
            await self._bus.show_all([(picture.to(), _encode(picture).decode()) for picture in pictures])

    async def lines_once(self) -> int:
        """How far each line has come in which somebody waits."""
        if not self._bus.ready:
            return 0
        async with self._database.read() as tx:
            lines = await store.lines(tx)
        pictures = [LiveLine(showtime_id=line.showtime_id, first=line.first) for line in lines]
        with suppress(Unavailable):  # the next round tells it
            await self._bus.show_all([(picture.to(), _encode(picture).decode()) for picture in pictures])
        return 0

    async def own(self, asked: ListBookings) -> OwnBookings:
        """Of one user: what waits, and how those stand that are named."""
        async with self._database.read() as tx:
            return OwnBookings(bookings=await store.own(tx, asked.user_id, asked.booking_ids))


def _of_user(work: Work) -> LiveUser:
    stands = BookingStands(booking_id=work.id, showtime_id=work.showtime_id, status=work.status.value, code=work.code)
    return LiveUser(user_id=work.user_id, topic=BOOKING, data=msgspec.to_builtins(stands))
