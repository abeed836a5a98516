"""The whole as people meet it: `aisle up` as a new user starts it, and every service together for who attacks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from internal.embedded.server import free_port
from tests.cli.launched import Launched
from tests.conftest import Addresses
from tests.e2e.stage import Scene, Stage, staged


def aisle_up(
    data: Path, port: int | None = None, options: str = "", environment: Mapping[str, str] | None = None
) -> Launched:
    return Launched(data, port or free_port(), f"internal.cli up {options}", **(environment or {}))


@pytest.fixture(scope="package")
def box_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """One that is open and filled, for all tests that only come in by its door."""
    with aisle_up(tmp_path_factory.mktemp("box-office")) as up:
        yield up.opened()


@pytest.fixture(scope="package")
async def stage(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(servers, tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture(scope="package")
async def scene(stage: Stage) -> Scene:
    """For tests that change nothing of it."""
    return await stage.scene()
