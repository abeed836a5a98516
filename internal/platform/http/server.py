"""uvicorn as one task among others: our supervisor owns the signals, cancellation stops it, an answer is one write."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from internal.platform.http.fast import Roads, Straight
from internal.platform.http.front import ASGIApp

__all__ = ["serve"]

_DRAIN = 10  # seconds for answers under way at SIGTERM; Kubernetes gives 30 in all
_LARGEST = 32 * 1024  # bytes of a body on the fast road: a hold of 500 seats is 10 kB; uvicorn stops reading at 64
_BACKLOG = 4096  # connections waiting to be accepted: an on-sale begins with all of them at once


class _OneWrite:
    """A transport that keeps an answer's head until its body comes: uvicorn writes twice, which costs a third."""

    __slots__ = ("_head", "_transport", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self.write = self._first

    def _first(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 100 "):
            self._transport.write(data)
            return
        self._head = data
        self.write = self._second

    def _second(self, data: bytes) -> None:
        self._transport.write(self._head + data)
        self._head = b""
        self.write = self._transport.write

    def close(self) -> None:
        if self._head:
            self._transport.write(self._head)
            self._head = b""
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Protocol(HttpToolsProtocol):
    """uvicorn's, with the fast road before it."""

    def __init__(self, roads: Roads, **named: Any) -> None:
        super().__init__(**named)
        self._roads = roads
        self._arriving: Straight | None = None

    def _start_asgi_task(self, cycle: Any, _app: Any) -> None:
        straight = self._roads.find(cycle, self._go_ordinary)
        if straight is None:
            self._go_ordinary(cycle)
        elif cycle.more_body:
            self._arriving = straight
        else:
            # It stood in the pipeline behind another. In a turn of its own: hundreds of them, each begun by the end of
            # the one before it, would be a recursion, and it would fail in whoever ended the first: Redis' lane.
            self.loop.call_soon(straight.go)

    def _go_ordinary(self, cycle: Any) -> None:
        if cycle.scope["method"] != "HEAD":  # whose answer has no second part to wait for
            cycle.transport = _OneWrite(cycle.transport)
        super()._start_asgi_task(cycle, self.app)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self._arriving is not None and self._arriving.size > _LARGEST:
            straight, self._arriving = self._arriving, None
            straight.ordinary()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._arriving is not None:
            straight, self._arriving = self._arriving, None
            straight.go()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: ASGIApp, listening: socket.socket, roads: Roads | None = None) -> None:
    """Answer on this socket until cancelled; then finish what is under way, within a deadline."""
    server = _Server(
        uvicorn.Config(
            app,
            http=partial(_Protocol, roads or Roads()),  # type: ignore[arg-type]  # whatever makes a protocol will do
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            ws_max_size=16 * 1024,
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_keep_alive=75,  # longer than the 60 s that balancers keep an idle connection
            timeout_graceful_shutdown=_DRAIN,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
