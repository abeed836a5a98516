"""What Redis has of live holds and of facts to tell, shard by shard, as `internal/inventory/lua/seats.lua` says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from internal.cli.check.kinds import Hold, Outbox
from internal.cli.reaching import quiet
from internal.platform.redis import Lane
from proto.seatkeys import SHARDS, tag_of

__all__ = ["holds"]

_PATIENCE = 5.0  # seconds for the connection


async def holds(url: str) -> tuple[list[Hold], Outbox]:
    """The live holds that nobody has claimed, and how many facts wait for the relay."""
    found: list[Hold] = []
    waiting, oldest = 0, 0.0
    async with _lane(url) as lane:
        for shard in range(SHARDS):
            now = await lane.now_ms()
            tag = tag_of(shard)
            length = int(await lane.command("XLEN", f"{tag}:outbox"))
            if length:
                first = await lane.command("XRANGE", f"{tag}:outbox", "-", "+", "COUNT", 1)
                waiting += length
                oldest = max([oldest, *((now - int(one[0].partition(b"-")[0])) / 1000 for one in first)])
            records = await lane.command("HGETALL", f"{tag}:holds")
            for at in range(0, len(records), 2):
                hold = await _hold(lane, tag, records[at].decode(), records[at + 1].decode(), now)
                if hold is not None:
                    found.append(hold)
    return found, Outbox("Redis", waiting, oldest)


async def _hold(lane: Lane, tag: str, hold_id: str, record: str, now: int) -> Hold | None:
    expires, _refreshes, state, _user, showtime_id, seats, _made = record.split("|")
    if state != "h":  # an order is at it, and Postgres decides
        return None
    seat_ids = [seat for seat in seats.split(",") if seat]
    late = now - int(expires)
    lost: list[str] = []
    if late < 0 and seat_ids:
        locks = await lane.command("MGET", *(f"{tag}:seat:{showtime_id}:{seat}" for seat in seat_ids))
        lost = [seat for seat, owner in zip(seat_ids, locks, strict=True) if owner != hold_id.encode()]
    return Hold(hold_id, showtime_id, late, lost)


@asynccontextmanager
async def _lane(url: str) -> AsyncIterator[Lane]:
    lane = Lane(url, [], quiet())
    running = asyncio.create_task(lane.run())
    try:
        async with asyncio.timeout(_PATIENCE):
            await lane.until_ready()
        yield lane
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
