from __future__ import annotations

import pytest

from bench.scenarios.sizes import alike


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([0.50, 0.51, 0.49], [0.46, 0.47, 0.46]),  # less than a tenth below
        ([0.50, 0.51, 0.40], [0.41, 0.42, 0.42]),  # within the first's own spread
        ([0.40], [0.80]),
    ],
)
def test_as_good_within_the_noise_is_alike(first: list[float], second: list[float]) -> None:
    """A tenth, or as much as the runs differ among themselves."""
    assert alike(first, second)


def test_clearly_slower_is_not_alike() -> None:
    """The claim can fail."""
    assert not alike([0.50, 0.51, 0.49], [0.40, 0.41, 0.42])
