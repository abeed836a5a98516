"""A stop is heard, whoever swallows it on the way."""

from __future__ import annotations

import asyncio

import structlog

from internal.platform.loops import Loop
from internal.platform.stopping import still_wanted


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

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert rounds == 1


async def test_a_loop_stops_though_its_step_swallowed_the_stop() -> None:
    """The step had its answer in the same moment."""
    inside = asyncio.Event()

    async def step() -> int:
        inside.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return 1
        return 0

    task = asyncio.create_task(Loop("deaf", step, 0.01).run(structlog.get_logger()))
    await inside.wait()
    task.cancel()
    async with asyncio.timeout(30):
        await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
