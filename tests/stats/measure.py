"""`python -m tests.stats.measure`: what a look at an event costs from Postgres and from Redis, and counting itself.

An event of ten showtimes in three sections each, 16 readers in one process; then 20,000 facts of one showtime, as
batches of 2,000. It starts servers of its own.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import structlog

from internal.embedded import embedded
from internal.platform.redis import Lane
from internal.stats.domain.figures import Showtime
from internal.stats.recent import Recent
from internal.stats.store import reading
from tests.conftest import Addresses
from tests.databases import opened
from tests.stats.conftest import House, housed, replica

_SECONDS, _READERS, _BATCH = 3.0, 16, 2_000


async def _read(name: str, look: Callable[[], Awaitable[Any]]) -> None:
    await look()
    count, end, cpu = 0, perf_counter() + _SECONDS, process_time()

    async def reader() -> None:
        nonlocal count
        while perf_counter() < end:
            await look()
            count += 1

    await asyncio.gather(*(reader() for _ in range(_READERS)))
    each = (process_time() - cpu) / count * 1e6
    sys.stdout.write(f"{name}: {count / _SECONDS:,.0f} looks/s, {each:.0f} us of this process each\n")


async def _looks(house: House) -> None:
    one = house.story(1)
    stories = [one, *(house.story(n, event_id=one.event_id, organization_id=one.organization_id) for n in range(2, 11))]
    for story in stories:
        story.lives(200)
        await house.publish(story)
        await house.tell(story.facts)
    await house.agrees(*stories)
    lane = Lane(house.redis_url, (), structlog.get_logger())
    running = asyncio.create_task(lane.run())
    async with opened(house.url) as database:

        async def postgres() -> list[Showtime]:
            async with database.read() as tx:
                return await reading.of_event(tx, one.event_id)

        await lane.until_ready()
        await _read("Postgres", postgres)
        await _read("Redis", lambda: Recent(lane).of(one.event_id, postgres))
    running.cancel()


async def _counting(house: House) -> None:
    story = house.story(99).lives(40_000)
    facts = [fact.delivery for fact in story.facts if not fact.event.subject.startswith("orders")]
    await house.publish(story)
    async with replica(house) as counting:
        began = perf_counter()
        for first in range(0, len(facts), _BATCH):
            await counting.handle(facts[first : first + _BATCH])
        sys.stdout.write(f"counting: {len(facts) / (perf_counter() - began):,.0f} facts/s\n")


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder:
        async with embedded(Path(folder) / "servers", structlog.get_logger()) as servers:
            addresses = Addresses(servers.nats_url, servers.redis_url, servers.database_url)
            async with housed(addresses, Path(folder) / "nats") as house:
                await _looks(house)
                await _counting(house)


if __name__ == "__main__":
    asyncio.run(main())
