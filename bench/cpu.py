"""What a request costs each process in CPU: the figure that a busy neighbour on the machine disturbs least."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic

import psutil

from bench.figures import Run

__all__ = ["Meter", "at_rest"]

_LOOK_EVERY = 0.5  # seconds: shorter than this, the clock ticks of CPU times (10 ms) are too coarse
_REST = 0.4  # of a core, all together: the loops of two idle workers and their servers take about half of this


class Meter:
    """Begins to count when it is made."""

    def __init__(self, processes: Mapping[str, Sequence[int]]) -> None:
        self._processes = processes
        self._before = self._spent()

    def read(self, run: Run) -> Run:
        """The run, with the microseconds of CPU that each of its requests took, of each kind of process."""
        if not run.requests:
            return run
        after = self._spent()
        return run.costing({name: (after[name] - self._before[name]) * 1e6 / run.requests for name in after})

    def cores(self, seconds: float) -> float:
        """How many cores all of them have used, on average, in these seconds since it was made."""
        after = self._spent()
        return sum(after[name] - self._before[name] for name in after) / seconds

    def _spent(self) -> dict[str, float]:
        return {name: sum(map(_spent, pids)) for name, pids in self._processes.items()}


async def at_rest(processes: Mapping[str, Sequence[int]], within: float) -> float:
    """Wait until these do next to nothing, so that what came before is not measured; the seconds that it took.

    Five thousand showtimes that were just opened are told to every service, and reconciled, for a while.
    """
    began = monotonic()
    while monotonic() - began < within:
        meter = Meter(processes)
        await asyncio.sleep(_LOOK_EVERY)
        if meter.cores(_LOOK_EVERY) < _REST:
            break
    return monotonic() - began


def _spent(pid: int) -> float:
    """Of the process and of those that it started, also of the ended ones: Postgres has one for each connection."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    spent: float = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # ended between the two looks; its time is the parent's from now on
            times = child.cpu_times()
            spent += times.user + times.system
    return spent
