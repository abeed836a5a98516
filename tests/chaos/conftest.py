"""One system for all scenarios of a worker; each sells a showtime of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.chaos.lane import Lane, lane
from tests.conftest import Addresses


@pytest.fixture(scope="package")
async def running_shop(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lane]:
    async with lane(servers, tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture
async def shop(running_shop: Lane) -> Lane:
    """With everybody there, whatever the test before did to them."""
    await running_shop.bank.lives()
    await running_shop.money.lives()
    return running_shop
