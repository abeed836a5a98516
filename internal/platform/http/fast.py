"""The fast road: a route that is answered before the framework, and even a task, is asked.

Litestar costs 90 us a POST and ASGI itself 20 more; at on-sale a hold is most of the traffic. So the server's protocol
hands a request that is complete straight to its `FastRoute`, which takes the straight case only: it returns False for
whatever is unusual, and the same request goes on to the ordinary route of the same path. Each fast route has such an
ordinary twin, which is documented, complete, and means the same.

uvicorn's own request-and-response cycle stays in charge of the connection: pipelining, keep-alive, a caller who leaves,
the stop of the server. Only the writing of the answer is done here, in one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from internal.platform.faults import Fault
from internal.platform.http.front import Scope
from internal.platform.http.problems import MEDIA_TYPE, problem_body, retry_after
from internal.platform.http.sockets import Door, SocketRoute, Stream

__all__ = ["FastRoute", "Headers", "Roads", "Straight"]

Headers = Sequence[tuple[bytes, bytes]]

_UNCHANGED = 304


class Connection(Protocol):
    """The server's protocol, as a fast request knows it."""

    stream: Stream | None

    def go_ordinary(self, cycle: Any) -> None:
        """Give the request to the framework."""


class Straight:
    """One request on the fast road. It is answered once: by `answer`, by `problem`, or on the ordinary road."""

    __slots__ = ("_began", "_connection", "_cycle", "_roads", "_route", "body", "headers", "id")

    def __init__(self, route: FastRoute, id: str, cycle: Any, roads: Roads, connection: Connection) -> None:
        self.id = id
        self.headers: Headers = cycle.scope["headers"]
        self.body = b""
        self._route = route
        self._cycle = cycle
        self._roads = roads
        self._connection = connection
        self._began = perf_counter()

    @property
    def query(self) -> bytes:
        """What stands behind the question mark."""
        query: bytes = self._cycle.scope["query_string"]
        return query

    @property
    def size(self) -> int:
        """How much of the body has come."""
        return len(self._cycle.body)

    def go(self) -> None:
        """The body is here."""
        self.body = bytes(self._cycle.body)
        # A reader who is slow is waited for on the ordinary road, which can wait.
        if self._cycle.flow.write_paused or not self._handled():
            self.ordinary()

    def _handled(self) -> bool:
        """Whether the route took it. What fails before anything was touched is told, and written down, over there."""
        try:
            return self._route.handle(self)
        except Exception:
            return False

    def ordinary(self) -> None:
        """Not the straight case after all, and nothing was touched."""
        if not self._cycle.disconnected:
            self._connection.go_ordinary(self._cycle)

    def answer(self, status: int, head: bytes, body: bytes) -> None:
        """The whole answer; `head` is its header lines, each with its line end, but for the length."""
        cycle = self._cycle
        if not cycle.disconnected:
            cycle.response_started = cycle.response_complete = True
            last = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
            length = b"" if status == _UNCHANGED else b"content-length: %d\r\n" % len(body)
            cycle.transport.write(b"".join((STATUS_LINE[status], head, length, last, body)))
            if not cycle.keep_alive:
                cycle.transport.close()
            cycle.on_response()
        if (count := self._roads.count) is not None:
            count(self._route.template, self._route.method, status, perf_counter() - self._began)

    def stream(self, door: Door, head: bytes) -> Stream | None:
        """Begin an answer that ends with the connection; None if the caller has left, or has too many already."""
        cycle = self._cycle
        address = None if cycle.disconnected else door.enter(cycle.scope)
        if address is None:
            return None
        cycle.response_started, cycle.keep_alive = True, False
        cycle.transport.write(b"".join((STATUS_LINE[200], head, b"connection: close\r\n\r\n")))
        self._connection.stream = stream = Stream(door, address, cycle.transport)
        return stream

    def problem(self, fault: Fault, number: str) -> None:
        """A fault, as the ordinary road would tell it."""
        head = f"content-type: {MEDIA_TYPE}\r\nx-request-id: {number}\r\n"
        if (seconds := retry_after(fault)) is not None:
            head += f"retry-after: {seconds}\r\n"
        self.answer(fault.kind.value, head.encode(), problem_body(fault, number))


@dataclass(frozen=True)
class FastRoute:
    """`method`, the path before and after the one id within it, and who answers."""

    method: str
    before: str
    after: str
    handle: Callable[[Straight], bool]

    @property
    def template(self) -> str:
        """The path for whoever counts."""
        return f"{self.before}{{}}{self.after}"


@dataclass
class Roads:
    """Which requests take the fast road. `detour` sends some on the ordinary one, where they can be watched."""

    routes: Sequence[FastRoute] = ()
    count: Callable[[str, str, int, float], None] | None = None
    detour: Callable[[Scope], bool] | None = None
    sockets: Mapping[bytes, SocketRoute] = field(default_factory=dict)  # by their paths

    def find(self, cycle: Any, connection: Connection) -> Straight | None:
        """The request on its fast road, if it has one."""
        scope = cycle.scope
        path, method = scope["path"], scope["method"]
        for route in self.routes:
            if method == route.method and path.startswith(route.before) and path.endswith(route.after):
                inner = path[len(route.before) : len(path) - len(route.after)]
                if not inner or "/" in inner or cycle.waiting_for_100_continue or (self.detour and self.detour(scope)):
                    return None
                return Straight(route, inner, cycle, self, connection)
        return None
