"""The story of one installation, from the lock on its folder to the last process stopped: read `launched` top down.

What each step starts is stopped in the opposite order when this task is cancelled (Ctrl-C, SIGTERM, a closed terminal)
or a later step fails; after kill -9 the kernel stops it (see `internal.embedded.child`).
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from internal.cli.databases import brought_up_to_date
from internal.cli.display import Display, Row
from internal.cli.folder import Folder, opened
from internal.cli.given import try_given
from internal.cli.keeping import keep
from internal.cli.play import play_money
from internal.cli.ports import listening
from internal.cli.settings import Launch
from internal.cli.trouble import ServerUnusable
from internal.cli.workers import Worker, all_ready, working
from internal.embedded import Nats, Postgres, Server, ServerFailed, Valkey, running
from internal.platform.config import without_password

__all__ = ["Installation", "until_told_to_stop"]

# In the order in which they stop: Postgres last, it is the truth.
_KINDS: dict[str, type[Server]] = {"AISLE_NATS_URL": Nats, "AISLE_REDIS_URL": Valkey, "AISLE_DATABASE_URL": Postgres}
_TOLD_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Installation:
    """What to run, with which settings, and where to show it."""

    settings: Launch
    environment: Mapping[str, str]
    worker: Sequence[str]
    services: Mapping[str, Path]
    show: Display
    # fills a new installation through its own front door; a line for the step, and more for who reads on
    seed: Callable[[str], Awaitable[Sequence[str]]] | None = None

    async def launched(self) -> None:
        """Start all of it, show it, and keep it running until cancelled."""
        given = self.settings.given()
        await try_given(given)
        async with AsyncExitStack() as started:
            with self.show.starting():
                folder = started.enter_context(opened(self.settings.folder))
                await folder.end_leftovers()
                sockets = started.enter_context(listening(self.settings.port, self.settings.workers))
                servers = await self._start_servers(started, folder, given)
                urls = given | {name: server.url for name, server in servers.items()}
                urls |= await self._migrate(urls["AISLE_DATABASE_URL"], folder)
                started.enter_context(folder.telling(urls))
                workers = await self._start_workers(started, folder, sockets, urls)
                told = await self._fill()
            self.show.table(self._rows(given, servers, workers))
            for line in told:
                self.show.say(line)
            self.show.say(f"Aisle is open on {self._address}. Ctrl-C stops it; {folder.path} keeps its data.")
            await keep([*servers.values(), *workers], self.show.say)

    @property
    def _address(self) -> str:
        return f"http://localhost:{self.settings.port}"

    async def _start_servers(
        self, started: AsyncExitStack, folder: Folder, given: Mapping[str, str]
    ) -> dict[str, Server]:
        log = folder.log()
        servers = {name: kind(folder.path, log) for name, kind in _KINDS.items() if name not in given}

        async def shown(server: Server) -> None:
            with self.show.step(server.name) as step:
                await server.start()
                step.result = server.shown_url

        try:
            await started.enter_async_context(running(*servers.values(), start=shown))
        except ServerFailed as failed:
            raise ServerUnusable(str(failed)) from failed
        return servers

    async def _migrate(self, admin_url: str, folder: Folder) -> dict[str, str]:
        with self.show.step("databases") as step:
            urls, applied = await brought_up_to_date(admin_url, folder, self.services, self.environment)
            step.result = f"{len(urls)} services, {applied} migrations applied"
        return urls

    async def _start_workers(
        self, started: AsyncExitStack, folder: Folder, sockets: Sequence[socket.socket], urls: Mapping[str, str]
    ) -> list[Worker]:
        settings = {"AISLE_PORT": str(self.settings.port), "AISLE_DATA": str(folder.path)}
        play = play_money(self.settings, folder, self.environment)
        environment = {**self.environment, **play, **settings, **urls}
        workers = [
            Worker(number, self.worker, listening, environment, folder.path)
            for number, listening in enumerate(sockets, start=1)
        ]
        with self.show.step("workers") as step:
            await started.enter_async_context(working(workers))
            await all_ready(workers, self.settings.port)
            step.result = f"{len(workers)} ready on {self._address}"
        return workers

    async def _fill(self) -> Sequence[str]:
        if self.seed is None:
            return ()
        with self.show.step("demo") as step:
            step.result, *told = await self.seed(self._address)
        return told

    def _rows(self, given: Mapping[str, str], servers: Mapping[str, Server], workers: Sequence[Worker]) -> list[Row]:
        return [
            *((name, without_password(url), "given", "") for name, url in given.items()),
            *((server.name, server.shown_url, str(server.pid), str(server.log_file)) for server in servers.values()),
            *((worker.name, self._address, str(worker.pid), str(worker.log_file)) for worker in workers),
        ]


async def until_told_to_stop(work: Coroutine[Any, Any, None], say: Callable[[str], None]) -> None:
    """Run it; the first signal cancels it, and what follows cannot interrupt the stopping, which has its deadlines."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    told: list[signal.Signals] = []

    def stop(by: signal.Signals) -> None:
        say("already stopping" if told else "stopping")
        if not told:
            task.cancel()
        told.append(by)

    for each in _TOLD_TO_STOP:
        loop.add_signal_handler(each, stop, each)
    try:
        await task
    except asyncio.CancelledError:
        say("stopped")
