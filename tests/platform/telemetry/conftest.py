"""Servers for a probe: its own NATS, because its subjects are the directory's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from internal.embedded import Nats
from tests.databases import fresh_database_url


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[Nats]:
    server = Nats(tmp_path, structlog.get_logger())
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    with fresh_database_url(database_url) as url:
        yield url
