"""The span of an HTTP request, and the one place where it is decided whether there is to be one."""

from __future__ import annotations

from collections.abc import Awaitable
from random import random

from opentelemetry.trace import Span, StatusCode

from internal.platform.context import traceparent
from internal.platform.http.front import DRAWN, ASGIApp, Message, Receive, Scope, Send, trace_of
from internal.platform.telemetry.tracing import SpanKind, Tracing, fail, is_sampled, traceparent_of

__all__ = ["TracedEdge"]

_PROBED = ("/health", "/metrics")  # every few seconds, by machines, and nobody looks for their traces
_OUR_FAILURE = 500  # from this status on, HTTP blames the server


class TracedEdge:
    """Around the whole application, fast road and ordinary one."""

    def __init__(self, tracing: Tracing, ratio: float, *, follow: bool) -> None:
        self._tracing = tracing
        self._ratio = ratio
        self._follow = follow

    def around(self, app: ASGIApp) -> ASGIApp:
        """The same application, with a span around each request that is sampled."""

        async def enter(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            parent = trace_of(scope)
            if not self._wanted(parent, scope):
                if parent:  # one that we do not follow goes on unsampled, so that nobody behind us records a part
                    traceparent.set(parent[:-2] + "00")
                await app(scope, receive, send)
                return
            await self._seen(app, parent, scope, receive, send)

        return enter

    def _wanted(self, parent: str, scope: Scope) -> bool:
        if parent and self._follow:
            return is_sampled(parent)
        drawn = scope.get(DRAWN)
        if drawn is None:
            drawn = random()  # noqa: S311 - chance is all that is wanted
        return bool(drawn < self._ratio) and not scope["path"].startswith(_PROBED)

    async def _seen(self, app: ASGIApp, parent: str, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        attributes = {"http.request.method": method, "url.path": scope["path"]}
        parent = parent and parent[:-2] + "01"
        span = self._tracing.begin(method, SpanKind.SERVER, parent, attributes)
        traceparent.set(traceparent_of(span))  # for this request's own task, so there is nothing to put back

        def noting(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                _answered(span, message)
            return send(message)

        try:
            await app(scope, receive, noting)
        except BaseException as error:
            fail(span, error)
            raise
        finally:
            if template := scope.get("path_template"):
                span.update_name(f"{method} {template}")
                span.set_attribute("http.route", template)
            span.end()


def _answered(span: Span, message: Message) -> None:
    status = message["status"]
    span.set_attribute("http.response.status_code", status)
    if status >= _OUR_FAILURE:
        span.set_status(StatusCode.ERROR)
    for name, value in message["headers"]:
        if name == b"x-request-id":
            span.set_attribute("aisle.request_id", value.decode())
