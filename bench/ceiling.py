"""What this machine can do at most: a raw ASGI application on uvicorn, with uvloop and httptools.

It answers the very requests that Aisle is asked: GET a small JSON, and POST a JSON body that is decoded and encoded by
msgspec. Nothing is checked, nothing is stored.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from internal.cli.ports import listening
from internal.embedded.child import Child
from internal.embedded.server import free_port

__all__ = ["Ceiling", "app", "ceiling"]

_READY = 10.0  # seconds; it takes half a one

Message = MutableMapping[str, Any]


@dataclass(frozen=True)
class Ceiling:
    """Where it answers, and who."""

    url: str
    pids: list[int]


class _Asked(msgspec.Struct):
    seatIds: list[str]  # noqa: N815 - the name on the wire, with nothing between


class _Held(msgspec.Struct):
    holdId: str  # noqa: N815
    showtimeId: str  # noqa: N815
    seatIds: list[str]  # noqa: N815
    expiresAt: str  # noqa: N815
    version: int


_decode = msgspec.json.Decoder(_Asked).decode
_encode = msgspec.json.Encoder().encode
_ID = "0" * 32


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """As little as an answer can be."""
    if scope["type"] != "http":
        return
    if scope["method"] == "POST":
        asked = _decode((await receive())["body"])
        held = _Held("hold_" + _ID, "showtime_" + _ID, asked.seatIds, "2030-01-01T00:00:00.000Z", 1)
        status, body = 201, _encode(held)
    else:
        status, body = 200, _encode({"status": "ok", "items": [1, 2, 3]})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def ceiling(workers: int, folder: Path) -> AsyncIterator[Ceiling]:
    """So many workers of it on one port."""
    port, pids = free_port(), []
    async with AsyncExitStack() as stack:
        for number, bound in enumerate(stack.enter_context(listening(port, workers))):
            bound.listen(4096)
            child = Child.spawn(
                [sys.executable, "-m", "bench.ceiling", str(bound.fileno())],
                folder / f"ceiling-{workers}-{number}.log",
                folder / f"ceiling-{workers}-{number}.pid",
                signal.SIGTERM,
                sockets=[bound.fileno()],
            )
            stack.push_async_callback(child.stop, signal.SIGTERM, 5.0)
            pids.append(child.pid)
        await _answering(port, workers)
        yield Ceiling(f"http://127.0.0.1:{port}", pids)


async def _answering(port: int, workers: int) -> None:
    """The kernel queues connections until a worker accepts, so as many answers as make it sure that all do."""
    async with asyncio.timeout(_READY):
        for _ in range(1 if workers == 1 else 20 * workers):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            await reader.readline()
            writer.close()


def _serve(descriptor: int) -> None:
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", ws="none", lifespan="off", access_log=False, log_level="warning"
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
