"""Killed with -9 in the middle of a rush and of a rebuild, and started again: the counts are the same."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from internal.embedded.server import free_port
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from internal.stats.service import SERVICE as STATS
from proto.stats import Rebuild
from tests.conftest import Addresses
from tests.databases import fresh_database_url
from tests.running import System, running
from tests.stats.conftest import House, Owners
from tests.waiting import until

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def process(house: House, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The statistics alone, as `cmd/stats` runs them; killed with -9 at the end of the block."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AISLE_HTTP_PORT": str(free_port()),
        "AISLE_NATS_URL": house.system.nats.url,
        "AISLE_REDIS_URL": house.redis_url,
        "AISLE_STATS_DATABASE_URL": house.url,
        "AISLE_STATS_LINGER": "0.02",
        "AISLE_NATS_ACK_WAIT": "2",
    }
    with (folder / "stats.log").open("ab") as log:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "cmd/stats", cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        yield started
    finally:
        assert started.returncode is None, (folder / "stats.log").read_text()[-4_000:]
        started.kill()
        await started.wait()


async def test_killed(servers: Addresses, tmp_path: Path) -> None:
    """Three lives: each is ended while it counts, the second also while it rebuilds. What remains is right."""
    owners = Owners()
    with fresh_database_url(servers.database_url, [STATS.migrations] if STATS.migrations else []) as url:
        async with running([owners.service()], servers, tmp_path) as system:
            house = House(system, owners, servers.redis_url, url)
            story = house.story(51)
            rebuild = Rebuild(rebuild_id=new_id("rebuild"))

            async def counted() -> int:
                rows = await house.rows("select coalesce(sum(holds), 0) from counts where section_id = ''")
                return int(rows[0][0])

            async def more_than(count: int) -> bool:
                return await counted() > count

            for life in range(3):
                before = len(story.facts)
                story.lives(1_500)
                async with process(house, tmp_path):
                    telling = asyncio.create_task(house.tell([*story.facts[before:]]))
                    seen = await counted()
                    await until(partial(more_than, seen), 60)
                    if life == 1:
                        await until(partial(_asked, system, rebuild), 30)
                        await until(lambda: _running(house, rebuild.rebuild_id), 30)
                await telling
            async with process(house, tmp_path):
                await house.agrees(story, seconds=90)
                await until(partial(_done, house, rebuild.rebuild_id), 90)
                await house.agrees(story, seconds=30)


async def _asked(system: System, rebuild: Rebuild) -> bool:
    try:
        await system.bus.request(rebuild, timeout=10)
    except Unavailable:  # it has only just begun to live
        return False
    return True


async def _done(house: House, rebuild_id: str) -> bool:
    return await house.rows("select state from rebuilds where id = %s", rebuild_id) == [("done",)]


async def _running(house: House, rebuild_id: str) -> bool:
    rows = await house.rows("select state from rebuilds where id = %s", rebuild_id)
    return rows in ([("running",)], [("done",)])  # or it was faster than we look
