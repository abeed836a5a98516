"""What a run of a load generator says, whichever generator it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median

import msgspec
from msgspec.structs import replace

__all__ = ["Run", "middle", "paired"]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run. Times are in milliseconds, as the client saw them."""

    tool: str
    requests: int
    seconds: float
    statuses: dict[int, int]
    broken: int = 0  # requests that got no answer: refused, reset, timed out
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    costs: dict[str, float] = {}  # microseconds of CPU that a request took, of each kind of process

    @property
    def rate(self) -> float:
        """Answers each second."""
        return self.requests / self.seconds if self.seconds else 0.0

    def costing(self, costs: dict[str, float]) -> Run:
        """The same run, with what it cost."""
        return replace(self, costs=costs)

    def count(self, *statuses: int) -> int:
        """How many answers had one of these."""
        return sum(self.statuses.get(status, 0) for status in statuses)

    def others(self, *statuses: int) -> dict[int, int]:
        """The answers that had none of these."""
        return {status: count for status, count in self.statuses.items() if status not in statuses}


def middle(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    """The median over the runs."""
    return median(_numbers(of(run) for run in runs))


def paired(runs: Sequence[Run], others: Sequence[Run]) -> float:
    """The median of the ratios of the rates, each to its neighbour in time."""
    pairs = zip(runs, others, strict=True)
    return median(_numbers(run.rate / other.rate if other.rate else 0.0 for run, other in pairs))


def _numbers(numbers: Iterable[float]) -> list[float]:
    return list(numbers) or [0.0]
