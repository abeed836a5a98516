"""Whether this process is alive, and whether it can work: `/health` and its parts, for balancers and people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get

from internal.platform.bus import Endpoint
from internal.platform.http import RouteHandler
from proto.health import CallRoll, Present

__all__ = ["Check", "everything", "present", "routes"]

Check = Callable[[], Awaitable[bool]]

_PATIENCE = 2.0  # seconds for one check: what takes longer is as good as away


class Health(msgspec.Struct, frozen=True):
    """The state of this process; each part is `up` or `down`."""

    status: str
    parts: dict[str, str]


async def _is_up(check: Check) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await check()
    except Exception:
        return False


async def _look(checks: Mapping[str, Check]) -> Response[Any]:
    states = await asyncio.gather(*(_is_up(check) for check in checks.values()))
    parts = {name: "up" if up else "down" for name, up in zip(checks, states, strict=True)}
    health = Health("up" if all(states) else "down", parts)
    return Response(health, status_code=200 if all(states) else 503, headers={"cache-control": "no-store"})


def everything(
    database: Mapping[str, Check], redis: Check, nats: Check, needs: Mapping[str, Check]
) -> dict[str, Check]:
    """All that a process depends on, by the names that `/health` shows."""
    databases = {f"database.{name}": check for name, check in database.items()}
    return {**databases, "redis": redis, "nats": nats, **needs}


def present(replica: str, services: Sequence[str], checks: Mapping[str, Check]) -> Endpoint[CallRoll]:
    """This process' answer when the roll is called."""
    started_at = datetime.now(UTC)

    async def answer(_: CallRoll) -> Present:
        states = await asyncio.gather(*(_is_up(check) for check in checks.values()))
        parts = {name: "up" if up else "down" for name, up in zip(checks, states, strict=True)}
        return Present(replica=replica, services=list(services), parts=parts, started_at=started_at)

    return Endpoint(CallRoll, answer, concurrency=1, each=True)


def routes(database: Mapping[str, Check], redis: Check, nats: Check, needs: Mapping[str, Check]) -> list[RouteHandler]:
    """The routes; `database` has one check for each service's own, `needs` what else services wait for."""
    all_of_it = everything(database, redis, nats, needs)

    @get("/health", tags=["health"])
    async def health() -> Response[Health]:
        """All that this process depends on; 503 when any of it is down."""
        return await _look(all_of_it)

    @get("/health/ready", tags=["health"])
    async def ready() -> Response[Health]:
        """Whether to send requests here: the same as /health."""
        return await _look(all_of_it)

    @get("/health/live", tags=["health"])
    async def live() -> Response[Health]:
        """Whether the process turns its loop at all; never looks at another server."""
        return Response(Health("up", {}), headers={"cache-control": "no-store"})

    @get("/health/database", tags=["health"])
    async def database_health() -> Response[Health]:
        """Every service's Postgres."""
        return await _look(database)

    @get("/health/redis", tags=["health"])
    async def redis_health() -> Response[Health]:
        """Redis."""
        return await _look({"redis": redis})

    @get("/health/nats", tags=["health"])
    async def nats_health() -> Response[Health]:
        """NATS."""
        return await _look({"nats": nats})

    return [health, ready, live, database_health, redis_health, nats_health]
