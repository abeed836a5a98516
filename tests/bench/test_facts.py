from __future__ import annotations

import pytest

from bench.facts import Fact, lateness


def test_lateness_is_counted_from_the_moment_at_which_all_were_due() -> None:
    """The first and the last that were freed, and the last that was stored."""
    late = lateness([Fact("a", 100.2, 100.4), Fact("b", 101.5, 101.9), Fact("c", 100.9, 101.0)], due=100.0)
    assert (late.count, late.holds) == (3, 3)
    assert late.earliest == pytest.approx(0.2)
    assert late.released == pytest.approx(1.5)
    assert late.published == pytest.approx(1.9)


def test_one_that_was_freed_early_or_twice_is_seen() -> None:
    """An early one makes `earliest` negative; a fact told twice makes more facts than holds."""
    late = lateness([Fact("a", 99.9, 100.4), Fact("a", 100.5, 101.9)], due=100.0)
    assert late.earliest < 0
    assert (late.count, late.holds) == (2, 1)
