"""What the three servers have in common: a child process, a folder, a port, a log, a pid file and a readiness check."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import time
from abc import ABC, abstractmethod
from importlib import metadata
from pathlib import Path
from typing import ClassVar

from structlog.typing import FilteringBoundLogger

from internal.embedded.child import Child, end_leftover

__all__ = ["Server", "ServerFailed", "executable", "free_port"]

_STARTING = (
    60.0  # seconds until we give up: Postgres replays at most 1 GB of its log after a crash, in about half of that
)
_STOPPING = 10.0  # seconds a server has to write what it holds; the three together stay below Kubernetes' usual 30
_ANSWERING = 2.0  # seconds for one readiness check: many times what a busy machine needs
_LOOK_EVERY = 0.02  # seconds between two looks: below what a person or a test notices, above what costs


class ServerFailed(Exception):  # noqa: N818 - said to the operator as it is: one line
    """A server did not start; one line that begins with its name."""


def executable(server: str, distribution: str, name: str) -> Path:
    """The program `name` that this installed distribution says it brought."""
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        raise ServerFailed(f"{server}: {distribution} is not installed (requirements-laptop.lock has it)") from None
    for file in files:
        path = Path(str(file.locate())).resolve()
        if file.name == name and path.is_file():
            return path
    raise ServerFailed(f"{server}: {distribution} brought no {name} for this machine")


def free_port() -> int:
    """A free loopback port below every system's ephemeral range.

    Within that range a client that reconnects while its server is away can be given the server's own port, connect to
    itself, and keep the server from ever coming back.
    """
    for _ in range(200):
        port = random.randrange(10_240, 32_000)  # noqa: S311 - nothing secret about a port
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServerFailed("no free port between 10240 and 32000 on 127.0.0.1")


class Server(ABC):
    """One server: what differs is its command, what it needs beforehand, and how it says that it is ready."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, data: Path, log: FilteringBoundLogger, port: int | None = None) -> None:
        self.data = data.resolve()
        self.folder = self.data / self.name
        self.port = port or free_port()
        self.log = log.bind(server=self.name)
        self.log_file = self.data / "logs" / f"{self.name}.log"
        self.pid_file = self.data / f"{self.name}.pid"
        self.child: Child | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients find it."""

    @abstractmethod
    def command(self) -> list[str]:
        """What to run."""

    @abstractmethod
    async def ready(self) -> bool:
        """Whether it answers; raises OSError while nobody listens."""

    async def prepare(self) -> None:
        """Make what the command needs."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def alive(self) -> bool:
        return self.child is not None and self.child.alive()

    def check_address(self) -> None:
        """Nobody else may listen there, who would answer in our server's place."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise ServerFailed(f"{self.name}: port {self.port}: {error.strerror}") from error

    @property
    def pid(self) -> int | None:
        """Its process, while it lives."""
        return self.child.pid if self.child and self.alive() else None

    async def start(self) -> None:
        """Returns when the server answers; raises `ServerFailed`. A server that runs is left as it is."""
        if self.alive():
            return
        began = time.monotonic()
        try:
            self.log_file.parent.mkdir(parents=True, exist_ok=True)
            await end_leftover(self.pid_file, _STOPPING)
            self.check_address()
            await self.prepare()
            self.child = Child.spawn(self.command(), self.log_file, self.pid_file, self.stop_signal)
        except OSError as error:
            raise ServerFailed(f"{self.name}: {error}") from error
        try:
            async with asyncio.timeout(_STARTING):
                await self._until_ready(self.child)
        except TimeoutError:
            await self.kill()
            raise ServerFailed(f"{self.name}: no answer within {_STARTING:.0f} s, see {self.log_file}") from None
        self.log.info("server ready", url=self.shown_url, pid=self.pid, seconds=round(time.monotonic() - began, 2))

    @property
    def shown_url(self) -> str:
        """The address without its secret."""
        return self.url

    async def stop(self, deadline: float = _STOPPING) -> None:
        """Ask it to end, and end it when it has not within the deadline. Stopping twice does nothing."""
        if self.child and not await self.child.stop(self.stop_signal, deadline):
            self.log.warning("server killed: it did not stop in time", deadline=deadline)

    async def kill(self) -> None:
        """Kill -9, as a crash would."""
        if self.child:
            await self.child.kill()

    async def restart(self) -> None:
        """Stop and start on the same port with the same data."""
        await self.stop()
        await self.start()

    async def _until_ready(self, child: Child) -> None:
        while True:
            if not child.alive():
                raise ServerFailed(f"{self.name}: {child.last_words()}")
            try:
                async with asyncio.timeout(_ANSWERING):
                    if await self.ready():
                        return
            except (OSError, TimeoutError):
                pass  # nobody listens yet, or not for us
            await asyncio.sleep(_LOOK_EVERY)
