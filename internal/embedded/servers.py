"""Several servers as one thing: started side by side, stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from internal.embedded.nats import Nats
from internal.embedded.postgres import Postgres
from internal.embedded.server import Server, ServerFailed
from internal.embedded.valkey import Valkey

__all__ = ["Servers", "embedded", "running"]


@dataclass(frozen=True)
class Servers:
    """The three, each with its own start, stop, kill and restart."""

    nats: Nats
    valkey: Valkey
    postgres: Postgres

    @property
    def nats_url(self) -> str:
        return self.nats.url

    @property
    def redis_url(self) -> str:
        return self.valkey.url

    @property
    def database_url(self) -> str:
        return self.postgres.url


@asynccontextmanager
async def running(*servers: Server, start: Callable[[Server], Awaitable[None]] | None = None) -> AsyncIterator[None]:
    """Start these servers side by side; stop them in the order given, whatever happened in between.

    `start` is called in place of `server.start`, for who wants to show how it goes.
    """
    failed: BaseException | None = None
    try:
        try:
            async with asyncio.TaskGroup() as tasks:
                for server in servers:
                    tasks.create_task(_started(server, start))
        except* ServerFailed as failures:
            failed = failures.exceptions[0]
        if failed is not None:  # raised in there it would come out in a group again
            raise failed
        yield
    finally:
        for server in servers:
            await server.stop()


async def _started(server: Server, start: Callable[[Server], Awaitable[None]] | None) -> None:
    await (start(server) if start else server.start())


@asynccontextmanager
async def embedded(data: Path, log: FilteringBoundLogger) -> AsyncIterator[Servers]:
    """All three, with their data below `data`. The caller sees to it that no one else uses that folder."""
    servers = Servers(Nats(data, log), Valkey(data, log), Postgres(data, log))
    # Postgres last: it is the truth, and takes what the others' clients still have to write.
    async with running(servers.nats, servers.valkey, servers.postgres):
        yield servers
