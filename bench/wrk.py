"""wrk, driven: the cheapest load generator there is (8-15 us a request), so it takes little of the cores it shares.

Debian and Ubuntu: apt-get install wrk. Without it the bench uses k6 (see `bench.k6`), which costs five times as much.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.figures import Run
from bench.process import output_of

__all__ = ["LoadFailed", "read", "run", "wrk"]

HERE = Path(__file__).parent
CONNECTIONS = 64  # what every figure of docs/PERFORMANCE.md was measured with
_MARK = "AISLE-BENCH "
_EXTRA = 20.0  # seconds beyond the run itself: wrk waits for nobody, and ends within one


class LoadFailed(Exception):  # noqa: N818 - said as it is
    """The load generator did not say what it should."""


class _Told(msgspec.Struct):
    """The line that report.lua writes; times are in microseconds."""

    requests: int
    microseconds: int
    broken: int
    p50: float
    p95: float
    p99: float
    statuses: dict[str, int]


def wrk() -> str | None:
    """Where it is, if it is installed."""
    return shutil.which("wrk")


async def run(url: str, seconds: float, script: str, arguments: Sequence[str] = ()) -> Run:
    """One thread, 64 connections, for so long."""
    program = wrk()
    assert program is not None
    whole = max(1, round(seconds))
    command = [
        *(program, "-t1", f"-c{CONNECTIONS}", f"-d{whole}s", "--timeout", "10s"),
        *("-s", str(HERE / script), url, "--", *arguments),
    ]
    return read(await output_of(command, whole + _EXTRA))


def read(output: str) -> Run:
    """What wrk and our script have printed."""
    line = next((line for line in output.splitlines() if line.startswith(_MARK)), None)
    if line is None:
        raise LoadFailed(f"wrk told no figures: {output.strip()[-300:] or 'it said nothing'}")
    told = msgspec.json.decode(line.removeprefix(_MARK), type=_Told)
    return Run(
        tool="wrk",
        requests=told.requests,
        seconds=told.microseconds / 1e6,
        statuses={int(status): count for status, count in told.statuses.items()},
        broken=told.broken,
        p50=told.p50 / 1000,
        p95=told.p95 / 1000,
        p99=told.p99 / 1000,
    )
