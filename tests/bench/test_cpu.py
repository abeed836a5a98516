from __future__ import annotations

import os
import time

from bench.cpu import Meter
from bench.figures import Run

RUN = Run(tool="wrk", requests=10, seconds=1.0, statuses={})


def test_the_work_of_a_process_is_shared_among_the_requests() -> None:
    """Fifty milliseconds of work for ten requests are five thousand microseconds each, at least."""
    meter = Meter({"worker": [os.getpid()]})
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert 4_000 <= meter.read(RUN).costs["worker"] <= 500_000
