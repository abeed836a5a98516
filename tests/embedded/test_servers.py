from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from tests.conftest import Addresses


@pytest.mark.parametrize("which", ["nats_url", "redis_url", "database_url"])
async def test_shared_servers_listen(servers: Addresses, which: str) -> None:
    """The servers of the run accept connections at the addresses that the fixtures give."""
    where = urlsplit(getattr(servers, which))
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.close()
