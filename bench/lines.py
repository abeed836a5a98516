"""A line of a table: the median of some runs, what it is compared with, what it should be, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec
from msgspec.structs import replace

from bench.figures import Run, middle, paired

__all__ = ["Line", "Table"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Throughput and latency; or, in `figure`, something else that was measured."""

    name: str
    tool: str = ""
    rate: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    ratio: float = 0.0
    figure: str = ""
    targets: tuple[tuple[str, bool], ...] = ()  # what it should be, and whether it is
    notes: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    is_checked: bool = False

    @classmethod
    def of(cls, name: str, runs: Sequence[Run], tops: Sequence[Run] = ()) -> Line:
        """The median of these; `tops` are the ceilings of the same minutes, if it is compared with them."""
        return cls(
            name=name,
            tool=runs[0].tool,
            rate=middle(runs, lambda run: run.rate),
            lowest=min(run.rate for run in runs),
            highest=max(run.rate for run in runs),
            p50=middle(runs, lambda run: run.p50),
            p95=middle(runs, lambda run: run.p95),
            p99=middle(runs, lambda run: run.p99),
            ratio=paired(runs, tops) if tops else 0.0,
        ).noted(*_costs(runs))

    def aimed(self, target: str, *, reached: bool) -> Line:
        """Something that it should be, and whether it is."""
        return replace(self, targets=(*self.targets, (target, reached)))

    def noted(self, *notes: str) -> Line:
        """What is worth knowing about it."""
        return replace(self, notes=(*self.notes, *notes))

    def checked(self, wrong: Sequence[str]) -> Line:
        """The stores were read after the runs; this is what was wrong."""
        return replace(self, wrong=(*self.wrong, *wrong), is_checked=True)


class Table(msgspec.Struct, frozen=True):
    """What a scenario has to say."""

    title: str
    compared: str  # what a ratio is a ratio to, if there is one
    lines: list[Line]


def _costs(runs: Sequence[Run]) -> list[str]:
    """The CPU of one request, the median over the runs."""
    names = runs[0].costs
    told = [f"{name} {median(run.costs.get(name, 0.0) for run in runs):.0f} us" for name in names]
    return [f"CPU of one request: {', '.join(told)}"] if told else []
