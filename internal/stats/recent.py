"""The counts of an event as they were read last, in Redis, for all who ask within two seconds.

An event on sale is watched by thousands, and its counts are a join over its showtimes, sections and currencies. For one
of ten showtimes, with 16 readers in one process: from Postgres 940 looks a second, at 368 us of this process each and
as much of the server that also counts; from Redis 16,100, at 36 us (`python -m tests.stats.measure`, 2 cores).
Each batch that changes an event drops its entry, so nobody reads what was true before the last commit, but for one who
read it just before and keeps it just after: for two seconds at most, on a page that is alive anyway.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

import msgspec

from internal.platform.faults import Unavailable
from internal.platform.redis import Lane
from internal.stats.domain.figures import Showtime

__all__ = ["Recent"]

_KEPT_MS = 2_000  # how old a count may be if its entry was written while it changed
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Showtime]).decode


class Recent:
    """Never the truth: without Redis, every look is one into Postgres."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def of(self, event_id: str, read: Callable[[], Awaitable[list[Showtime]]]) -> list[Showtime]:
        """What is kept, or what `read` finds."""
        try:
            kept = await self._lane.command("GET", _key(event_id))
        except Unavailable:
            return await read()
        if kept is not None:
            try:
                return _decode(kept)
            except msgspec.DecodeError:  # of another version of this program
                pass
        found = await read()
        try:
            await self._lane.command("SET", _key(event_id), _encode(found), "PX", _KEPT_MS)
        except Unavailable:
            return found
        return found

    async def forget(self, event_ids: Collection[str]) -> None:
        """There are other counts now. One key a command: on a cluster they lie in different slots."""
        try:
            for event_id in event_ids:
                await self._lane.command("DEL", _key(event_id))
        except Unavailable:
            return


def _key(event_id: str) -> str:
    return f"stats:{event_id}"
