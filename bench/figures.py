"""What a run of a load generator says, whichever generator it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median

import msgspec

__all__ = ["Run", "middle"]


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

    @property
    def rate(self) -> float:
        """Answers each second."""
        return self.requests / self.seconds if self.seconds else 0.0

    def count(self, *statuses: int) -> int:
        """How many answers had one of these."""
        return sum(self.statuses.get(status, 0) for status in statuses)

    def others(self, *statuses: int) -> dict[int, int]:
        """The answers that had none of these."""
        return {status: count for status, count in self.statuses.items() if status not in statuses}


def middle(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    """The median over the runs."""
    return median(_numbers(of(run) for run in runs))


def _numbers(numbers: Iterable[float]) -> list[float]:
    return list(numbers) or [0.0]
