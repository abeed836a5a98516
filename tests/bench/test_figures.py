from __future__ import annotations

import pytest

from bench.figures import Run, middle, paired


def run(rate: int) -> Run:
    return Run(tool="wrk", requests=rate * 2, seconds=2.0, statuses={201: rate * 2})


def test_a_rate_is_answers_each_second() -> None:
    """Measured over the run's own time."""
    assert run(1_000).rate == 1_000
    assert Run(tool="wrk", requests=0, seconds=0.0, statuses={}).rate == 0


def test_a_ratio_is_taken_within_each_round() -> None:
    """A machine that was slow in one round was slow for both: pairs are compared, then the median is taken."""
    held, tops = [run(8_000), run(2_000), run(9_000)], [run(20_000), run(5_000), run(20_000)]
    assert paired(held, tops) == pytest.approx(0.4)
    assert middle(held, lambda one: one.rate) == 8_000
