"""Servers that these tests do not share with other rooms' tests: they flush Redis and own the streams."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from internal.embedded import Nats, Valkey, running
from tests.conftest import Addresses
from tests.databases import fresh_database
from tests.inventory.house import House, house
from tests.inventory.stage import MIGRATIONS, Desk, desk


@pytest.fixture(scope="package")
async def own(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Addresses]:
    """NATS and Valkey of this worker, and the Postgres of all."""
    folder: Path = tmp_path_factory.mktemp("servers")
    log = structlog.get_logger()
    nats, valkey = Nats(folder, log), Valkey(folder, log)
    async with running(nats, valkey):
        yield Addresses(nats.url, valkey.url, servers.database_url)


@pytest.fixture(scope="package")
async def shared_house(own: Addresses) -> AsyncIterator[House]:
    """Two processes of the inventory and seatview; each test puts its own showtime on sale in it."""
    async with house(own) as made:
        yield made


@pytest.fixture(scope="package")
async def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Valkey]:
    """A Valkey whose holds nobody sweeps but the test."""
    valkey = Valkey(tmp_path_factory.mktemp("valkey"), structlog.get_logger())
    async with running(valkey):
        yield valkey


@pytest.fixture(scope="module")
async def calm(own_valkey: Valkey, database_url: str) -> AsyncIterator[Desk]:
    """A desk beside which nothing runs: no sweep, no relay, no reconciler."""
    async with fresh_database(database_url, [MIGRATIONS]) as database, desk(own_valkey.url, database) as made:
        yield made
