"""The gateway as it runs, beside those whom it asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Addresses
from tests.e2e.stage import Scene, Stage, staged
from tests.gateway.house import House, opened


@pytest.fixture(scope="session")
async def stage(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(servers, tmp_path_factory.mktemp("gateway")) as stage:
        yield stage


@pytest.fixture(scope="session")
async def scene(stage: Stage) -> Scene:
    return await stage.scene()


@pytest.fixture
async def house(servers: Addresses, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(servers, tmp_path) as house:
        yield house
