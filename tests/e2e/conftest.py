"""Every service together, for who attacks the whole."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Addresses
from tests.e2e.stage import Scene, Stage, staged


@pytest.fixture(scope="package")
async def stage(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(servers, tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture(scope="package")
async def scene(stage: Stage) -> Scene:
    """For tests that change nothing of it."""
    return await stage.scene()
