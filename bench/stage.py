"""The stage: servers, workers, a hall, showtimes on sale and buyers with tokens, in a folder that goes with it.

Everything comes in by the front door, as it would in a box office: the organiser registers, the buyers are guests of
auth's, the halls are drawn over HTTP. Only the showtimes are told by the bench in the catalog's place, as the facts on
JetStream that the catalog publishes: five thousand of them at once are nothing that a person would make.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import psutil
from structlog.typing import FilteringBoundLogger

from internal.cli.databases import brought_up_to_date, migrations
from internal.cli.folder import opened
from internal.cli.ports import listening
from internal.cli.settings import PROJECT
from internal.cli.workers import Worker, all_ready, working
from internal.embedded import Servers, embedded
from internal.embedded.server import free_port
from internal.platform.bus import Bus, BusSettings
from internal.platform.config import read

__all__ = ["Crew", "Stage", "stage"]

_SETTINGS = {
    "AISLE_AUTH_ACCESS_SECONDS": "86400",  # no token ends within the bench
    # A thousand buyers stand for a hundred thousand, so each of them may do what a hundred would. The limit is checked
    # at every hold all the same.
    "AISLE_INVENTORY_HOLDS_INTERVAL_MS": "1",
    "AISLE_INVENTORY_HOLDS_BURST": "1000",
    "AISLE_GATE_ANONYMOUS_WRITES": "1000000",
    "AISLE_SOCKETS_PER_ADDRESS": "1000000",  # all readers come from here
    "AISLE_PAYMENTS_MOCK_KEY": "bench",
    "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET": "bench",
    "AISLE_GATE_MEMBER_WRITES": "1000000",
}


@dataclass(frozen=True)
class Crew:
    """Workers that serve, and how long they took to be ready."""

    url: str
    pids: list[int]
    seconds: float

    def resident(self) -> list[int]:
        """Bytes of memory of each worker."""
        return [psutil.Process(pid).memory_info().rss for pid in self.pids]


@dataclass(frozen=True)
class Stage:
    """The servers are there; workers come and go."""

    folder: Path
    servers: Servers
    databases: Mapping[str, str]
    bus: Bus
    log: FilteringBoundLogger
    seconds: float
    _port: int = field(default_factory=free_port)

    def processes(self, crew: Crew) -> dict[str, list[int]]:
        """Who works when a request comes in."""
        servers = {"Valkey": self.servers.valkey, "NATS": self.servers.nats, "Postgres": self.servers.postgres}
        pids = {name: server.pid for name, server in servers.items()}
        return {"worker": crew.pids, **{name: [pid] for name, pid in pids.items() if pid is not None}}

    @asynccontextmanager
    async def crew(self, workers: int, service: str = "all") -> AsyncIterator[Crew]:
        """So many workers with all services, or with this one alone."""
        environment = {
            **os.environ,
            **_SETTINGS,
            **self.databases,
            "AISLE_NATS_URL": self.servers.nats_url,
            "AISLE_REDIS_URL": self.servers.redis_url,
            "AISLE_HTTP_PORT": str(self._port),
            "AISLE_PORT": str(self._port),  # where the virtual POS is asked, and asks
        }
        command = [sys.executable, str(PROJECT / "cmd" / service)]
        with listening(self._port, workers) as sockets:
            began = monotonic()
            crew = [Worker(number, command, bound, environment, self.folder) for number, bound in enumerate(sockets, 1)]
            async with working(crew):
                await all_ready(crew, self._port)
                pids = [worker.pid for worker in crew if worker.pid is not None]
                yield Crew(f"http://127.0.0.1:{self._port}", pids, monotonic() - began)


@asynccontextmanager
async def stage(data: Path | None = None) -> AsyncIterator[Stage]:
    """Servers on free ports, migrated databases, a connection to the bus; `data` is kept, else all is thrown away."""
    async with AsyncExitStack() as stack:
        path = data or Path(stack.enter_context(TemporaryDirectory(prefix="aisle-bench-"))) / "data"
        folder = stack.enter_context(opened(path))
        log = folder.log()
        began = monotonic()
        servers = await stack.enter_async_context(embedded(folder.path, log))
        databases, _ = await brought_up_to_date(servers.database_url, folder, migrations(), {})
        seconds = monotonic() - began
        bus = Bus(read(BusSettings, {"AISLE_NATS_URL": servers.nats_url}), name="bench", log=log, lost=lambda: None)
        bus.start()
        stack.push_async_callback(bus.close)
        async with asyncio.timeout(10):
            await bus.connected()
        yield Stage(folder.path, servers, databases, bus, log, seconds)
