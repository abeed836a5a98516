"""One WebSocket: `websockets` shakes hands and reads frames; what goes out was encoded before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from internal.platform.http.front import Scope
from internal.platform.http.sockets.door import TOO_MANY, Door, bearer_of
from internal.platform.http.sockets.outlet import GOODBYE, Listener, Written

__all__ = ["Socket", "SocketRoute"]

_NOT_TEXT = 1003


@dataclass(frozen=True)
class SocketRoute:
    """A path where a WebSocket may be opened, by whom, and what is done with it."""

    path: str
    door: Door
    opened: Callable[[Socket], Listener]


class Socket(Written, asyncio.Protocol):
    """One WebSocket."""

    def __init__(self, route: SocketRoute, scope: Scope, transport: asyncio.Transport, connections: set[Any]) -> None:
        super().__init__(route.door, transport)
        self.token = bearer_of(scope)  # what they may have shown at the door
        self._wire = ServerProtocol(max_size=route.door.settings.largest)
        self._route = route
        self._address = route.door.enter(scope)
        self._connections = connections
        self._pieces: list[bytes] = []
        self._allowance = float(route.door.settings.burst)
        self._counted = 0.0
        self._listener: Listener | None = None

    def begin(self, head: bytes) -> None:
        """Shake hands over this request."""
        self._connections.add(self)
        self._transport.set_protocol(self)
        self._wire.receive_data(head)
        for request in self._wire.events_received():
            self._wire.send_response(self._wire.accept(cast("Any", request)))
        self._flush()
        if self._wire.state is not OPEN:
            self._transport.close()
        elif self._address is None:
            self.close(TOO_MANY)
        else:
            self._listener = self._route.opened(self)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._wire.receive_data(data)
        for frame in self._wire.events_received():
            if self.over or not self._affordable():
                break
            self._hear(cast("Any", frame))
        self._flush()

    def _hear(self, frame: Any) -> None:
        if frame.opcode is Opcode.BINARY:
            self.close(_NOT_TEXT)
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._pieces.append(bytes(frame.data))
            if frame.fin and self._listener is not None:
                text, self._pieces = b"".join(self._pieces), []
                self._listener.heard(text)

    def _affordable(self) -> bool:
        """Whether one more message is within what a reader may say."""
        settings, now = self.door.settings, asyncio.get_running_loop().time()
        self._allowance = min(settings.burst, self._allowance + (now - self._counted) * settings.per_second) - 1
        self._counted = now
        if self._allowance < 0:
            self.close(TOO_MANY)
        return self._allowance >= 0

    def _flush(self) -> None:
        """What the protocol has to say: the handshake, pongs, goodbyes."""
        for data in self._wire.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._gone()
                self._transport.close()
                asyncio.get_running_loop().call_later(GOODBYE, self._transport.abort)

    def _part(self, code: int) -> None:
        self._gone()
        if self._wire.state is OPEN:
            self._wire.send_close(code)
        self._flush()

    def _gone(self) -> None:
        self.over = True
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.left()

    def connection_lost(self, _: Exception | None) -> None:
        """Called by asyncio."""
        self._connections.discard(self)
        self._gone()
        if self._address is not None:
            self.door.leave(self._address)
