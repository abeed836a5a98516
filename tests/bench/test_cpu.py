from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from bench.cpu import Meter, at_rest
from bench.figures import Run
from tests.waiting import until

IDLE = "import signal; signal.pause()"
BUSY = "while True: pass"
RUN = Run(tool="wrk", requests=10, seconds=1.0, statuses={})


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-S", "-c", program]) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_work_of_a_process_is_shared_among_the_requests() -> None:
    """Fifty milliseconds of work for ten requests are five thousand microseconds each, at least."""
    meter = Meter({"worker": [os.getpid()]})
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert 3_999 <= meter.read(RUN).costs["worker"] <= 500_000  # four ticks of 10 ms are certain


async def test_the_work_of_who_was_started_counts_also_after_its_end() -> None:
    """Postgres works in processes of its connections, some of which end within a run."""
    work = "import time\nwhile time.process_time() < 0.1: pass\n"
    starts = (
        f"import signal, subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {work!r}]);"
        f" subprocess.Popen([sys.executable, '-S', '-c', {work + IDLE!r}]); signal.pause()"
    )
    with running(starts) as parent:
        meter = Meter({"family": [parent.pid]})
        try:
            await until(lambda: meter.read(RUN).costs["family"] >= 15_000)  # 0.1 s of the ended one, 0.1 of the other
        finally:
            for child in psutil.Process(parent.pid).children():
                child.kill()


async def test_a_process_that_does_nothing_is_at_rest_and_a_busy_one_is_waited_for_in_vain() -> None:
    """The wait ends with the work, or with its time."""
    with running(IDLE) as quiet, running(BUSY) as loud:
        assert await at_rest({"quiet": [quiet.pid]}, within=30) < 30
        await until(lambda: sum(psutil.Process(loud.pid).cpu_times()[:2]) > 0.1)
        assert await at_rest({"quiet": [quiet.pid], "loud": [loud.pid]}, within=0.6) >= 0.6
