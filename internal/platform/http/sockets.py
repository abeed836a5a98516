"""WebSockets and event streams whose frames are bytes made once for all, and that cost no task each.

One 200-byte frame to a thousand readers: `websockets` sends 66,600 a second on a core, its sans-I/O protocol under ASGI
94,800; the bytes written to each transport directly, 154,000. So a service gets the connection itself: it gives it
bytes, and is called with what comes. `websockets`' protocol still shakes hands, reads frames and answers pings.

A reader who does not read is not waited for: whoever has more than `buffered` bytes outstanding is closed (4408).
"""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import uniform
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from internal.platform.config import Settings
from internal.platform.http.front import Scope
from internal.platform.http.gate import address_of

__all__ = [
    "Door",
    "Listener",
    "Outlet",
    "Socket",
    "SocketRoute",
    "SocketSettings",
    "Stream",
    "event_bytes",
    "text_frame",
]

GOING_AWAY, NOT_TEXT, TOO_SLOW, TOO_MANY = 1012, 1003, 4408, 4429
_GOODBYE = 2.0  # seconds for the other side to say goodbye too, and for what is outstanding to go
_IN_KERNEL = 16 * 1024  # bytes that wait there to be sent; those on their way come on top
_SHORT, _MIDDLE = 126, 65_536  # bytes of a body from which RFC 6455 writes its length in two, and in eight bytes


class SocketSettings(Settings, frozen=True, kw_only=True):
    """`AISLE_SOCKETS_...`: who may open one, and how much of it."""

    prefix = "AISLE_SOCKETS_"

    origins: str = ""  # pages of other hosts that may: `https://tickets.example,https://...`
    per_address: int = 100  # connections at once: an office behind one address, and no more than a process can bear
    largest: int = 4096  # bytes of a message: a token has 750, all else less than 200
    burst: int = 40  # messages at once: twenty subscriptions, given up and taken again
    per_second: float = 4.0  # messages in the long run
    buffered: int = 256 * 1024  # bytes that a reader may leave unread: half a minute of a busy showtime
    farewell: float = 3.0  # seconds over which a process that ends sends its readers away


class Listener(Protocol):
    """What a service does with one connection."""

    def heard(self, text: bytes) -> None:
        """A message came."""

    def left(self) -> None:
        """It is over; called once."""


class Outlet(Protocol):
    """What frames are written to."""

    @property
    def over(self) -> bool:
        """Whether it is closed, or about to be."""

    def send(self, data: bytes) -> None:
        """These bytes, now; a reader too slow for them is closed."""

    def spare(self, size: int) -> None:
        """It is about to be given something large, which is not to count against it."""

    def close(self, code: int) -> None:
        """Say goodbye; what is sent afterwards goes nowhere."""


def text_frame(body: bytes) -> bytes:
    """The whole frame of RFC 6455 as a server sends it: final, text, not masked."""
    size = len(body)
    if size < _SHORT:
        return bytes((0x81, size)) + body
    if size < _MIDDLE:
        return b"\x81\x7e" + size.to_bytes(2, "big") + body
    return b"\x81\x7f" + size.to_bytes(8, "big") + body


def event_bytes(kind: str, body: bytes, number: int | None = None) -> bytes:
    """The same for an event stream; JSON has no line ends within."""
    name = b"event: " + kind.encode()
    return b"%s\n%sdata: %s\n\n" % (name, b"" if number is None else b"id: %d\n" % number, body)


def bearer_of(scope: Scope) -> str:
    """The token in the Authorization header; browsers cannot send one with a socket, programs can."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return bytes(value[7:]).strip().decode("latin-1")
    return ""


class Door:
    """Who may come in, and how many are there."""

    def __init__(self, settings: SocketSettings, proxies: int) -> None:
        self.settings = settings
        self._proxies = proxies
        self._origins = {origin.strip().lower() for origin in settings.origins.split(",") if origin.strip()}
        self._there: Counter[str] = Counter()
        self.open = 0
        self.closed: Counter[int] = Counter()

    def welcome(self, scope: Scope) -> bool:
        """Whether this page may: browsers let any page open a socket to anywhere, and say from which it comes."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        own = headers.get(b"host", b"").decode("latin-1").lower()
        return not origin or origin in self._origins or urlsplit(origin).netloc == own

    def enter(self, scope: Scope) -> str | None:
        """The caller's address, counted; None if it has too many connections already."""
        address = address_of(scope, self._proxies)
        if self._there[address] >= self.settings.per_address:
            self.closed[TOO_MANY] += 1
            return None
        self._there[address] += 1
        self.open += 1
        return address

    def leave(self, address: str) -> None:
        """One connection less."""
        self.open -= 1
        self._there[address] -= 1
        if not self._there[address]:
            del self._there[address]


@dataclass(frozen=True)
class SocketRoute:
    """A path where a WebSocket may be opened, by whom, and what is done with it."""

    path: str
    door: Door
    opened: Callable[[Socket], Listener]


class _Written(ABC):
    """What a socket and a stream have in common: bytes go straight to the transport, or the reader goes."""

    def __init__(self, door: Door, transport: asyncio.Transport) -> None:
        self.door = door
        self._transport = transport
        self._most = door.settings.buffered
        self.over = False
        # The kernel would take megabytes for a reader who has stopped reading, and we could not count them.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _IN_KERNEL)

    def send(self, data: bytes) -> None:
        """See `Outlet`."""
        if self._transport.get_write_buffer_size() > self._most:
            self.close(TOO_SLOW)
        else:
            self._transport.write(data)

    def spare(self, size: int) -> None:
        """See `Outlet`."""
        self._most = max(self._most, self.door.settings.buffered + size)

    def close(self, code: int) -> None:
        """See `Outlet`."""
        if self.over:
            return
        self.over = True
        self.door.closed[code] += 1
        self._part(code)
        asyncio.get_running_loop().call_later(_GOODBYE, self._transport.abort)

    def shutdown(self) -> None:
        """The process ends; not all are to come back to the others in the same moment."""
        asyncio.get_running_loop().call_later(uniform(0, self.door.settings.farewell), self.close, GOING_AWAY)  # noqa: S311

    @abstractmethod
    def _part(self, code: int) -> None:
        """Say goodbye in its own way."""


class Socket(_Written, asyncio.Protocol):
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
            self.close(NOT_TEXT)
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
                asyncio.get_running_loop().call_later(_GOODBYE, self._transport.abort)

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


class Stream(_Written):
    """One answer without an end: Server-Sent Events."""

    def __init__(self, door: Door, address: str, transport: asyncio.Transport) -> None:
        super().__init__(door, transport)
        self._address = address
        self.left: Callable[[], None] | None = None  # called once, when it is over

    def _part(self, _: int) -> None:
        self._gone()
        self._transport.close()

    def _gone(self) -> None:
        self.over = True
        left, self.left = self.left, None
        if left is not None:
            left()

    def lost(self) -> None:
        """The connection broke, or ended."""
        self._gone()
        self.door.leave(self._address)
