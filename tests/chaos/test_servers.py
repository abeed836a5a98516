"""Redis emptied, Postgres and NATS killed and started again, each in the middle of fifty checkouts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import structlog
from redis.asyncio import Redis

from internal.embedded import Postgres
from internal.embedded import running as started
from internal.embedded.server import Server
from tests.chaos.lane import Lane, lane
from tests.conftest import Addresses
from tests.waiting import until

_BUYERS = 50
_WITHIN = 90.0  # seconds, for all of them


@pytest.fixture(scope="module")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """One that nobody else needs."""
    server = Postgres(tmp_path_factory.mktemp("postgres"), structlog.get_logger())
    async with started(server):
        yield server


@pytest.fixture(scope="module")
async def own(servers: Addresses, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lane]:
    addresses = Addresses(servers.nats_url, servers.redis_url, postgres.url)
    async with lane(addresses, tmp_path_factory.mktemp("own")) as opened:
        yield opened


async def in_the_middle(shop: Lane, strike: Callable[[], Awaitable[object]]) -> None:
    """Fifty buy; when some have bought, this happens; all get what they hold."""
    show = await shop.show()
    purchases = [await show.held(shop.system) for _ in range(_BUYERS)]
    buying = [asyncio.create_task(one.buy()) for one in purchases]
    await until(lambda: sum(one.over for one in purchases) >= 5, 60)
    await strike()
    await asyncio.wait_for(asyncio.gather(*buying), _WITHIN)
    refused = [(one.status, one.code) for one in purchases if one.status != "completed"]
    assert not refused, refused
    await shop.sound()


async def restarted(server: Server) -> None:
    await server.kill()
    await server.start()


async def test_redis_is_emptied(shop: Lane) -> None:
    """Nobody loses a seat that they held, and nobody gets another's."""

    async def emptied() -> None:
        async with Redis.from_url(shop.valkey.url) as redis:
            await redis.flushall()

    await in_the_middle(shop, emptied)


async def test_postgres_is_killed(own: Lane, postgres: Postgres) -> None:
    """What was committed is there; what was not is done again."""
    await in_the_middle(own, lambda: restarted(postgres))


async def test_nats_is_killed(shop: Lane) -> None:
    """Questions without an answer are asked again, facts wait in their outboxes."""
    await in_the_middle(shop, lambda: restarted(shop.system.nats))
