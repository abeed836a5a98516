"""`aisle up` as a new user starts it: processes of its own, spoken to through the door alone.

What waits for them blocks, so nothing else may run in this folder's process: `tests/e2e` has its system there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from internal.embedded.server import free_port
from tests.cli.launched import Launched


def aisle_up(
    data: Path, port: int | None = None, options: str = "", environment: Mapping[str, str] | None = None
) -> Launched:
    return Launched(data, port or free_port(), f"internal.cli up {options}", **(environment or {}))


@pytest.fixture(scope="package")
def box_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """One that is open and filled, for all tests that only come in by its door."""
    with aisle_up(tmp_path_factory.mktemp("box-office")) as up:
        yield up.opened()
