from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from internal.cli.folder import opened
from internal.cli.play import play_money
from internal.cli.settings import chosen

_FAR = {"AISLE_DATABASE_URL": "postgresql://far.example/aisle"}


def test_a_laptop_plays(tmp_path: Path) -> None:
    """Two different secrets, the same at every start."""
    with opened(tmp_path / "data") as folder:
        told = play_money(chosen({}), folder, {})
        assert told.pop("AISLE_PAYING_PROVIDER") == "mock"
        assert set(told) == {"AISLE_PAYMENTS_MOCK_KEY", "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET"}
        assert len(set(told.values())) == 2
        again = play_money(chosen({}), folder, {"AISLE_PAYING_PROVIDER": "stripe"})
        assert again == told  # who names a provider of their own keeps it


@pytest.mark.parametrize(
    ("environment", "demo", "plays"),
    [
        ({"AISLE_ENV": "production"}, None, False),
        ({"AISLE_ENV": "staging"}, None, False),
        (_FAR, None, False),
        (_FAR, "true", True),
        ({}, "false", True),
        ({"AISLE_PAYMENTS_MOCK_KEY": "own"}, None, False),
    ],
)
def test_nobody_sells_for_play_money_by_accident(
    tmp_path: Path, environment: Mapping[str, str], demo: str | None, *, plays: bool
) -> None:
    """Only a laptop, or who asks for the demo; who names a key of their own keeps it."""
    with opened(tmp_path / "data") as folder:
        assert bool(play_money(chosen(environment, demo=demo), folder, environment)) is plays
