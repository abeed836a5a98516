"""A stop is heard, whoever swallows it on the way."""

from __future__ import annotations

import asyncio

from internal.platform.bus import Bus, consume
from internal.platform.bus.stopping import still_wanted
from tests.platform.bus.conftest import Heard, numbered, running
from tests.platform.bus.test_consume import listening


async def test_a_cancellation_that_was_swallowed_is_raised_again() -> None:
    """As Python 3.11's wait_for swallows it."""
    rounds = 0

    async def deaf() -> None:
        nonlocal rounds
        while True:
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                rounds += 1
            still_wanted()

    async with running(deaf()) as task:
        await asyncio.sleep(0)
    assert task.cancelled()
    assert rounds == 1


async def test_a_consumer_stops_at_whatever_moment_it_is_told(bus: Bus) -> None:
    """While it connects, looks after its durable, asks, or handles."""
    await bus.publish_batch(numbered(5))
    for moment in range(40):
        task = asyncio.create_task(consume(bus, listening(Heard()), drain=1))
        for _ in range(moment * 3):
            await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
