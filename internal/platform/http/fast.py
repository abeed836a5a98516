"""The fast road: a route that is answered before the framework is asked.

Litestar costs 90 us a POST, and at on-sale a hold is most of the traffic. A fast route takes the straight case only;
for whatever is unusual it returns False, having touched nothing, and the same request goes on to the ordinary route of
the same path. So each fast route has an ordinary twin, which is documented, complete, and means the same.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from internal.platform import context
from internal.platform.faults import Fault
from internal.platform.http.problems import MEDIA_TYPE, problem_body, retry_after
from internal.platform.ids import new_id

__all__ = ["ASGIApp", "FastRoute", "Front", "Message", "Receive", "Scope", "Send", "answer", "problem", "trace_of"]

# ASGI's own shapes; Litestar's and uvicorn's types for them do not agree with each other.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_LARGEST = 64 * 1024  # bytes of a body on the fast road: a hold of 500 seats is 10 kB

_PLAIN = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACE = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # goes on into headers and Redis as it is
JSON_HEAD = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class FastRoute:
    """`method`, the path before and after the one id within it, and who answers: `handle(scope, id, body, send)`."""

    method: str
    before: str
    after: str
    handle: Callable[[Scope, str, bytes, Send], Awaitable[bool]]
    template: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "template", f"{self.before}{{}}{self.after}")


class Front:
    """The outermost ASGI application of the process: the fast road first, then the framework."""

    def __init__(self, ordinary: ASGIApp, routes: list[FastRoute]) -> None:
        self._ordinary = ordinary
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one WebSocket."""
        if scope["type"] != "http":
            await self._ordinary(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        for route in self._routes:
            if method == route.method and path.startswith(route.before) and path.endswith(route.after):
                inner = path[len(route.before) : len(path) - len(route.after)]
                if not inner or "/" in inner:
                    continue
                scope["path_template"] = route.template  # as the framework does, for whoever counts
                body = await _read(receive) if method == "POST" else b""
                if body is None or await route.handle(scope, inner, body, send):
                    return
                receive = _again(body, receive)
                break
        await self._ordinary(scope, receive, _numbered(scope, send))


def _numbered(scope: Scope, send: Send) -> Send:
    """Give the request its id (the caller's own, if it is a plain one), for every log line and message it causes."""
    number = _header(scope, b"x-request-id")
    if not _PLAIN.fullmatch(number):
        number = new_id("req").encode()
    context.request_id.set(number.decode())
    if not context.traceparent.get():  # else tracing has set it to the span that it opened
        context.traceparent.set(trace_of(scope))

    async def numbered(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"x-request-id", number)]
        await send(message)

    return numbered


def trace_of(scope: Scope) -> str:
    """The trace that the caller is part of, if it says so in the form of W3C."""
    trace = _header(scope, b"traceparent")
    return trace.decode() if _TRACE.fullmatch(trace) else ""


def _header(scope: Scope, wanted: bytes) -> bytes:
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value)
    return b""


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or a little more than the fast road takes; None if the caller went away."""
    message = await receive()
    if message["type"] != "http.request":
        return None
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= _LARGEST:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that tells first what was read already. A body that was too long goes on being read after it."""
    told = False
    rest = len(body) > _LARGEST

    async def once_more() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": rest}

    return once_more


async def answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """A whole answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [JSON_HEAD, (b"content-length", b"%d" % len(body)), *headers],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def problem(send: Send, fault: Fault, number: str) -> None:
    """A fault, as the ordinary road would tell it."""
    body = problem_body(fault, number)
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body))]
    if (seconds := retry_after(fault)) is not None:
        headers.append((b"retry-after", seconds.encode()))
    headers.append((b"x-request-id", number.encode()))
    await send({"type": "http.response.start", "status": fault.kind.value, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
