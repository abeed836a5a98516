"""What a request costs each process in CPU: the figure that a busy neighbour on the machine disturbs least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psutil

from bench.figures import Run

__all__ = ["Meter"]


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

    def _spent(self) -> dict[str, float]:
        return {name: sum(map(_spent, pids)) for name, pids in self._processes.items()}


def _spent(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system
