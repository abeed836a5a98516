from __future__ import annotations

import asyncio
import sys

import psutil
import pytest

from bench.process import output_of
from tests.waiting import until

FOREVER = [sys.executable, "-c", "import time\nwhile True: time.sleep(60)", "aisle-bench-test"]


def running() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "aisle-bench-test" in child.cmdline()]


async def test_what_a_program_prints_is_returned() -> None:
    """Both of its outputs."""
    printed = await output_of([sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr)"], 10)
    assert set(printed.split()) == {"out", "err"}


async def test_a_program_that_takes_too_long_is_killed() -> None:
    """The bench is bounded in time, and leaves nothing running."""
    with pytest.raises(TimeoutError):
        await output_of(FOREVER, 0.05)
    assert running() == []


async def test_a_cancelled_run_leaves_nothing_running() -> None:
    """Ctrl-C in the middle of a run."""
    task = asyncio.create_task(output_of(FOREVER, 30))
    await until(lambda: bool(running()))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert running() == []
