from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from internal.platform.loops import Loop
from tests.waiting import until


@asynccontextmanager
async def running(loop: Loop) -> AsyncIterator[None]:
    task = asyncio.create_task(loop.run(structlog.get_logger()))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_work_is_finished_without_a_pause_and_new_work_wakes_the_loop() -> None:
    """While there is something to do it goes round at once; then only a wake-up or the interval starts it again."""
    left = [1, 1, 1]

    async def run_once() -> int:
        return left.pop() if left else 0

    loop = Loop("work", run_once, interval=60.0)
    async with running(loop):
        await until(lambda: loop.rounds == 4)
        left.append(7)
        loop.wake()
        await until(lambda: loop.rounds == 6)
    assert loop.handled == 10


async def test_a_failure_is_waited_out_however_often_the_loop_is_woken() -> None:
    """Wake-ups during an outage cost nothing, and the work is done once it is over."""
    tries = 0

    async def run_once() -> int:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionError
        return 0

    loop = Loop("trouble", run_once, interval=60.0)
    async with running(loop):
        await until(lambda: loop.failures == 1)
        for _ in range(10):
            loop.wake()
            await asyncio.sleep(0)
        assert tries == 1
        await until(lambda: loop.rounds == 1)
    assert tries == 2
