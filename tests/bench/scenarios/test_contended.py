from __future__ import annotations

import pytest

from bench.figures import Run
from bench.play import Held
from bench.scenarios.contended import with_winners

RUN = Run(tool="wrk", requests=20_000, seconds=1.0, statuses={409: 19_900, 201: 100})


@pytest.mark.parametrize(("made", "seats"), [(1, 1), (100, 100), (99, 100), (101, 100)])
def test_as_many_winners_as_seats_is_well(made: int, seats: int) -> None:
    """One for each seat; of many the last is in flight when the run ends."""
    assert with_winners(Held(RUN, made, 0.1, []), seats).wrong == []


@pytest.mark.parametrize(("made", "seats"), [(0, 1), (2, 1), (98, 100), (200, 100)])
def test_any_other_number_of_winners_is_said(made: int, seats: int) -> None:
    """Nobody, or two for one seat, is wrong."""
    assert with_winners(Held(RUN, made, 0.1, []), seats).wrong == [f"{made} winners for {seats} seats"]
