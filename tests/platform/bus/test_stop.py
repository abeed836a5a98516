"""A consumer can be stopped at every step."""

from __future__ import annotations

import asyncio

from internal.platform.bus import Bus, consume
from tests.platform.bus.conftest import Heard, numbered
from tests.platform.bus.test_consume import listening


async def test_a_consumer_stops_at_whatever_moment_it_is_told(bus: Bus) -> None:
    """While it connects, looks after its durable, asks, or handles."""
    await bus.publish_batch(numbered(5))
    for moment in range(40):
        task = asyncio.create_task(consume(bus, listening(Heard()), drain=1))
        for _ in range(moment * 3):
            await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(30):
            await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
