"""Who has signed in: each process with what it runs, and when it was last seen, so that one that is gone is missed.

A process writes itself into one hash of Redis every second, by Redis' clock, and when it is told to stop it writes that
it has left; one that is killed does not. Nothing is decided by it: an emptied Redis has forgotten who was gone, and
within a second knows again who is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

import msgspec

from internal.platform.faults import Unavailable
from internal.platform.loops import Loop
from internal.platform.redis import Lane

__all__ = ["EVERY", "Signed", "roster", "signed_in"]

EVERY = 1.0  # seconds between two signatures
_KEY = "roster"
_FORGOTTEN = timedelta(hours=12)  # a night: who comes in the morning still sees what went in the evening
_FAREWELL = 1.0  # seconds: a Redis that is away does not keep a process from stopping


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A process as it wrote itself down; both times are Redis'. `left`: it was told to stop, and nobody misses it."""

    replica: str
    services: list[str]
    began_at: datetime
    seen_at: datetime
    left: bool = False


@asynccontextmanager
async def signed_in(lane: Lane, replica: str, services: Sequence[str]) -> AsyncIterator[Loop]:
    """The loop that signs, while it is run; told to stop, the process signs off. A bug or a kill does not."""
    entered, began = monotonic(), None

    async def write(*, left: bool) -> None:
        nonlocal began
        now = await _now(lane)
        began = began or now - timedelta(seconds=monotonic() - entered)  # Redis may have been away until now
        signed = Signed(replica=replica, services=list(services), began_at=began, seen_at=now, left=left)
        await lane.command("HSET", _KEY, replica, msgspec.json.encode(signed))

    async def sign() -> int:
        await write(left=False)
        return 0

    try:
        yield Loop("roster", sign, EVERY)
    except asyncio.CancelledError:
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await write(left=True)
        raise


async def roster(lane: Lane) -> tuple[list[Signed], datetime]:
    """Everybody who has signed of late, and the time by which they did; who is long gone is forgotten."""
    told, now = await lane.command("HGETALL", _KEY), await _now(lane)
    signed = [msgspec.json.decode(one, type=Signed) for one in told[1::2]]
    forgotten = [one.replica for one in signed if now - one.seen_at > _FORGOTTEN]
    if forgotten:
        await lane.command("HDEL", _KEY, *forgotten)
    return [one for one in signed if one.replica not in forgotten], now


async def _now(lane: Lane) -> datetime:
    return datetime.fromtimestamp(await lane.now_ms() / 1000, UTC)
