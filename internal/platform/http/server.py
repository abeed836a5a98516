"""uvicorn as one task among others: our supervisor owns the signals, cancellation stops it, an answer is one write."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from internal.platform.faults import Fault
from internal.platform.http.fast import Roads, Straight
from internal.platform.http.front import ASGIApp, Scope
from internal.platform.http.problems import MEDIA_TYPE, HeadTooLarge, NotHttp, problem_body
from internal.platform.http.sockets import Socket, SocketRoute, Stream
from internal.platform.ids import new_id

__all__ = ["serve"]

_DRAIN = 10  # seconds for answers under way at SIGTERM; Kubernetes gives 30 in all
_LARGEST = 32 * 1024  # bytes of a body on the fast road: a hold of 500 seats is 10 kB; uvicorn stops reading at 64
_LARGEST_HEAD = (
    64 * 1024
)  # bytes that may come before they make a request: tokens have 4, httptools has no end of its own
_PATIENCE = 20.0  # seconds for a whole head, and between two pieces of a body: a phone in a tunnel, not a slow attack
_KEPT_ALIVE = 75  # seconds without a request: longer than the 60 that balancers keep an idle connection
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
    """uvicorn's, with the fast road before it, and with an end to what may come and how slowly."""

    def __init__(self, roads: Roads, **named: Any) -> None:
        super().__init__(**named)
        self._roads = roads
        self._arriving: Straight | None = None
        self._came_to_nothing = 0  # bytes since the last head or piece of a body
        self._waiting_since: float | None = self.loop.time()  # for a head, or for more of a body
        self._idle_since: float | None = None  # since the last answer
        self.stream: Stream | None = None  # the answer under way, if it is one without an end

    def data_received(self, data: bytes) -> None:
        self._came_to_nothing += len(data)
        super().data_received(data)
        if not self._came_to_nothing:
            return
        if self._came_to_nothing > _LARGEST_HEAD:
            self._refuse(HeadTooLarge())
        elif self._waiting_since is None:
            self._waiting_since = self.loop.time()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._waiting_since = self.loop.time()
        self._idle_since = None

    def on_response_complete(self) -> None:
        """uvicorn's, without a timer for each answer: whoever has been idle for long is found by the watch."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()

    def on_headers_complete(self) -> None:
        self._came_to_nothing = 0
        super().on_headers_complete()

    def close_if(self, waiting_since: float, idle_since: float) -> None:
        """Nobody holds a place here by sending a byte now and then, or by asking nothing more."""
        waits = self._waiting_since is not None and self._waiting_since < waiting_since
        if waits or (self._idle_since is not None and self._idle_since < idle_since):
            self.transport.close()

    def _should_upgrade(self) -> bool:
        """Only where a socket may be opened; elsewhere it is an ordinary request that asks for too much."""
        return self._get_upgrade() == b"websocket" and self._socket_route() is not None

    def _unsupported_upgrade_warning(self) -> None:
        """Anybody can ask for it, so nobody writes it down."""

    def _socket_route(self) -> SocketRoute | None:
        return self._roads.sockets.get(self.url.partition(b"?")[0])

    def handle_websocket_upgrade(self) -> None:
        """The connection is a socket from now on."""
        route, scope = self._socket_route(), cast("Scope", self.scope)
        assert route is not None
        self._waiting_since = self._idle_since = None
        if (self.cycle is not None and not self.cycle.response_complete) or not route.door.welcome(scope):
            self.transport.write(STATUS_LINE[403] + b"content-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()
            return
        self.connections.discard(self)
        lines = [b"%s: %s\r\n" % header for header in self.headers]
        head = b"".join((b"%s %s HTTP/1.1\r\n" % (self.scope["method"].encode(), self.url), *lines, b"\r\n"))
        Socket(route, scope, self.transport, self.connections).begin(head)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.stream is not None:
            self.stream.lost()

    def shutdown(self) -> None:
        if self.stream is None:
            super().shutdown()
        else:
            self.stream.shutdown()

    def send_400_response(self, _: str) -> None:
        self._refuse(NotHttp())

    def _refuse(self, fault: Fault) -> None:
        """Say so and hang up; but what was asked before is answered first, lest this be taken for its answer."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            cycle.keep_alive = False
            self.flow.pause_reading()
            return
        if not self.pipeline and (cycle is None or cycle.response_complete or not cycle.response_started):
            number = new_id("req")
            body = problem_body(fault, number)
            head = f"content-type: {MEDIA_TYPE}\r\nx-request-id: {number}\r\ncontent-length: {len(body)}\r\n"
            status = STATUS_LINE[fault.kind.value]
            self.transport.write(b"%s%sconnection: close\r\n\r\n%s" % (status, head.encode(), body))
        self.transport.close()

    def _start_asgi_task(self, cycle: Any, _app: Any) -> None:
        straight = self._roads.find(cycle, self)
        if straight is None:
            self.go_ordinary(cycle)
        elif cycle.more_body:
            self._arriving = straight
        else:
            # It stood in the pipeline behind another. In a turn of its own: hundreds of them, each begun by the end of
            # the one before it, would be a recursion, and it would fail in whoever ended the first: Redis' lane.
            self.loop.call_soon(straight.go)

    def go_ordinary(self, cycle: Any) -> None:
        if cycle.scope["method"] != "HEAD":  # whose answer has no second part to wait for
            cycle.transport = _OneWrite(cycle.transport)
        super()._start_asgi_task(cycle, self.app)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._came_to_nothing = 0
        self._waiting_since = self.loop.time()
        if self._arriving is not None and self._arriving.size > _LARGEST:
            straight, self._arriving = self._arriving, None
            straight.ordinary()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._came_to_nothing = 0
        self._waiting_since = None
        if self._arriving is not None:
            straight, self._arriving = self._arriving, None
            straight.go()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    app: ASGIApp, listening: socket.socket, roads: Roads | None = None, *, patience: float = _PATIENCE
) -> None:
    """Answer on this socket until cancelled; then finish what is under way, within a deadline."""
    server = _Server(
        uvicorn.Config(
            app,
            http=partial(_Protocol, roads or Roads()),  # type: ignore[arg-type]  # whatever makes a protocol will do
            ws="none",  # sockets are the matter of `sockets`
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEPT_ALIVE,
            timeout_graceful_shutdown=_DRAIN,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    watching = asyncio.create_task(_hang_up_on_the_slow(server, patience), name="http-patience")
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
    finally:
        watching.cancel()


async def _hang_up_on_the_slow(server: uvicorn.Server, patience: float) -> None:
    while True:
        await asyncio.sleep(patience / 4)
        now = asyncio.get_running_loop().time()
        for connection in list(server.server_state.connections):
            if isinstance(connection, _Protocol):
                connection.close_if(now - patience, now - _KEPT_ALIVE)
