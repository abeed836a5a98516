"""payments and the point of sale as processes of their own, to be killed with -9."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

PROJECT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Program:
    """`cmd/<name>` with this environment."""

    def __init__(self, name: str, port: int, environment: Mapping[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._name = name
        own = {name: value for name, value in os.environ.items() if not name.startswith("AISLE_")}
        self._environment = {**own, "PYTHONPATH": str(PROJECT), "AISLE_HTTP_PORT": str(port), **environment}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, **environment: str) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROJECT / "cmd" / self._name),
            env={**self._environment, **environment},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def stop(self) -> None:
        """Tell it to stop, and wait until it has."""
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()

    def strike(self) -> None:
        """Kill it with -9, if it lives."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)

    async def kill(self) -> None:
        """The same, and wait until it is gone."""
        self.strike()
        if self._process is not None:
            await self._process.wait()


@asynccontextmanager
async def doorman(
    bank: str, when: Literal["before", "after"], then: Callable[[], object]
) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Stands before the bank: at the first charge something happens, before the bank hears of it or after."""
    happened = asyncio.Event()
    host, _, port = bank.removeprefix("http://").partition(":")

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"POST /pos/v1/charges "):  # somebody looks after an earlier payment
            writer.close()
            return
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        request = head + await reader.readexactly(int(length.partition(b":")[2]))
        if when == "after":
            up, down = await asyncio.open_connection(host, int(port))
            down.write(request)
            await up.readuntil(b"\r\n\r\n")
            down.close()
        then()
        happened.set()
        writer.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", happened
