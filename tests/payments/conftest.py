"""One till for the whole folder; each test pays for an order of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Addresses
from tests.payments.paying import Till, till


@pytest.fixture(scope="package")
async def counter(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Till]:
    async with till(servers, tmp_path_factory.mktemp("payments")) as opened:
        yield opened


@pytest.fixture(scope="package")
async def deaf(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Till]:
    """A till that no webhook reaches: whatever it learns it has asked for."""
    nowhere = {"AISLE_PAYMENTS_WEBHOOK_URL": "http://127.0.0.1:9"}
    async with till(servers, tmp_path_factory.mktemp("deaf"), environment=nowhere) as opened:
        yield opened
