"""The broadcaster beside the inventory, whose seats it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from internal.broadcaster.service import SERVICE as BROADCASTER
from internal.embedded import Nats, Valkey, running
from internal.inventory.service import SERVICE as INVENTORY
from tests.conftest import Addresses
from tests.inventory.house import House, house

__all__ = ["Theatre", "played", "theatre"]

_EASY = {"AISLE_INVENTORY_HOLDS_BURST": "100000", "AISLE_INVENTORY_HOLDS_INTERVAL_MS": "1"}


@dataclass(frozen=True)
class Theatre:
    """A house with a broadcaster in each process, and its own servers, which may be killed."""

    house: House
    nats: Nats
    valkey: Valkey


@asynccontextmanager
async def played(
    servers: Addresses, folder: Path, processes: int = 2, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Theatre]:
    """So many processes, each with the inventory and the broadcaster."""
    log = structlog.get_logger()
    nats, valkey = Nats(folder, log), Valkey(folder, log)
    async with running(nats, valkey):
        addresses = Addresses(nats.url, valkey.url, servers.database_url)
        async with house(addresses, processes, {**_EASY, **(environment or {})}, (INVENTORY, BROADCASTER)) as made:
            yield Theatre(made, nats, valkey)


@pytest.fixture(scope="package")
async def theatre(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Two processes: what one changes, readers of both see."""
    async with played(servers, tmp_path_factory.mktemp("theatre")) as made:
        yield made.house
