"""The processes that serve: each answers on a socket that it inherits as file descriptor AISLE_LISTEN_FD."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from internal.cli.trouble import WorkerFailed
from internal.embedded.child import Child, end_leftover

__all__ = ["Worker", "all_ready", "working"]

_DRAINING = 15.0  # seconds: a worker gives the answers under way 10, and its loops the rest
_STARTING = 60.0  # seconds until every worker must be ready: more than the first import on a slow disk takes
_ASKING = 2.0  # seconds for one answer; a connection waits in its worker's queue until that worker accepts
_DOUBT = 1e-6  # the chance we take that a worker was never among those who answered


class Worker:
    """One process, its socket, its log."""

    def __init__(
        self, number: int, command: Sequence[str], listening: socket.socket, environment: Mapping[str, str], data: Path
    ) -> None:
        self.name = f"worker {number}"
        self.log_file = data / "logs" / f"worker-{number}.log"
        self._command = command
        self._socket = listening
        self._environment = {**environment, "AISLE_LISTEN_FD": str(listening.fileno()), "AISLE_WORKER": str(number)}
        self._pid_file = data / f"worker-{number}.pid"
        self._child: Child | None = None

    def alive(self) -> bool:
        return self._child is not None and self._child.alive()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child and self.alive() else None

    @property
    def ending(self) -> str:
        """How it ended, and the last line that it wrote."""
        assert self._child is not None
        return f"status {self._child.process.returncode}: {self._child.last_line()}"

    async def start(self) -> None:
        """Its connections may come at once: they wait in the queue of the socket."""
        await end_leftover(self._pid_file, _DRAINING)
        self._socket.listen(4096)
        self._child = Child.spawn(
            self._command,
            self.log_file,
            self._pid_file,
            signal.SIGTERM,
            environment=self._environment,
            sockets=[self._socket.fileno()],
        )

    async def stop(self) -> None:
        if self._child:
            await self._child.stop(signal.SIGTERM, _DRAINING)


@asynccontextmanager
async def working(workers: Sequence[Worker]) -> AsyncIterator[None]:
    """Started in turn, stopped all at once."""
    try:
        for worker in workers:
            await worker.start()
        yield
    finally:
        await asyncio.gather(*(worker.stop() for worker in workers))


async def all_ready(workers: Sequence[Worker], port: int) -> None:
    """Returns when every worker has said 200 to /health/ready.

    The kernel, not we, chooses the worker that gets a connection; so many in a row that none was left out.
    """
    others = 1 - 1 / len(workers)
    needed = math.ceil(math.log(_DOUBT / len(workers)) / math.log(others)) if others else 1
    said, in_a_row = "nothing", 0
    try:
        async with asyncio.timeout(_STARTING):
            while in_a_row < needed:
                for worker in workers:
                    if not worker.alive():
                        raise WorkerFailed(f"{worker.name} ended with {worker.ending} (see {worker.log_file})")
                said = await _answer(port)
                in_a_row = in_a_row + 1 if " 200 " in said else 0
                if not in_a_row:
                    await asyncio.sleep(0.02)
    except TimeoutError:
        where = workers[0].log_file
        raise WorkerFailed(f"not ready within {_STARTING:.0f} s: /health/ready says {said} (see {where})") from None


async def _answer(port: int) -> str:
    """The status line of one fresh connection."""
    try:
        async with asyncio.timeout(_ASKING):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return (await reader.readline()).decode(errors="replace").strip() + " "
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return "nothing"
