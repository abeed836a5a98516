"""The outermost ASGI application of the process: every request gets its id before the framework sees it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from internal.platform import context
from internal.platform.ids import new_id

__all__ = ["DRAWN", "ASGIApp", "Message", "Receive", "Scope", "Send", "front", "trace_of"]

# ASGI's own shapes; Litestar's and uvicorn's types for them do not agree with each other.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

DRAWN = "aisle.drawn"  # in a scope: the number by which chance decides whether the request is traced, and logged
_PLAIN = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACE = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # goes on into headers and Redis as it is


def front(ordinary: ASGIApp) -> ASGIApp:
    """The framework's application with its requests numbered."""

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await ordinary(scope, receive, send)
            return
        numbered = _numbered(scope, send)
        # To HEAD the server sends the same head and no body; the framework knows HEAD only where it is declared.
        await ordinary({**scope, "method": "GET"} if scope["method"] == "HEAD" else scope, receive, numbered)

    return enter


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
