"""The connections of a process, and what speaks through them: Redis, a database for each service, NATS, auth's keys.

Each is made in the background and awaited by whoever needs it; they are closed in the opposite order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from structlog.typing import FilteringBoundLogger

from internal.platform.bus import Bus, BusSettings
from internal.platform.config import BadConfig, read
from internal.platform.http.limits import GCRA
from internal.platform.postgres import Database, DatabaseSettings
from internal.platform.roles import Role, Roles
from internal.platform.service import Platform, Service
from internal.platform.telemetry import Instruments
from internal.platform.tokens import KeySource, Verifier
from proto.auth import GetKeys
from proto.directory import GetRole

__all__ = ["connected"]


@asynccontextmanager
async def connected(
    services: Sequence[Service],
    redis_url: str,
    environment: Mapping[str, str],
    log: FilteringBoundLogger,
    replica: str,
    instruments: Instruments,
) -> AsyncIterator[tuple[Platform, dict[str, Database], KeySource]]:
    """The connections, being made in the background; closed in the opposite order."""
    ended = asyncio.current_task()
    assert ended is not None
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, instruments.close)
        lane = instruments.lane(redis_url, [GCRA, *(script for one in services for script in one.scripts)], log)
        stack.push_async_callback(_cancelled, asyncio.create_task(lane.run(), name="redis"))
        databases = {}
        for service in services:
            if service.migrations is not None:
                databases[service.name] = await _open_database(service.name, environment, log, instruments)
                stack.push_async_callback(databases[service.name].close)
        bus = instruments.bus(read(BusSettings, environment), name=replica, log=log, lost=_cancelling(ended))
        bus.start()
        stack.push_async_callback(bus.close)
        keys = KeySource(_keys_from(bus))
        platform = Platform(
            environment=environment,
            replica=replica,
            log=log,
            bus=bus,
            redis=lane,
            verifier=Verifier(keys),
            roles=Roles(_roles_from(bus)),
        )
        yield platform, databases, keys


async def _open_database(
    name: str, environment: Mapping[str, str], log: FilteringBoundLogger, instruments: Instruments
) -> Database:
    variable = f"AISLE_{name.upper()}_DATABASE_URL"
    url = environment.get(variable)
    if not url:
        raise BadConfig(f"{variable} is not set")
    database = instruments.database(url, name, log, read(DatabaseSettings, environment))
    await database.open()
    return database


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _keys_from(bus: Bus) -> Any:
    async def fetch() -> Any:
        return (await bus.request(GetKeys())).keys

    return fetch


def _roles_from(bus: Bus) -> Any:
    async def ask(user_id: str, organization_id: str) -> Role | None:
        role = (await bus.request(GetRole(user_id=user_id, organization_id=organization_id))).role
        return None if role is None else Role(role)

    return ask


def _cancelling(task: asyncio.Task[Any]) -> Callable[[], None]:
    def cancel() -> None:
        task.cancel()

    return cancel
