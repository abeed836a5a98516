"""The lane, bus, database and edge that open spans, for requests that are sampled; for all others they step aside.

Each override is a plain function that looks at one string and returns what the plain part returns: no coroutine of its
own lies around the work of a request that is not sampled.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

from opentelemetry.trace import Span

from internal.platform.bus import Bus, Message, Passing
from internal.platform.bus.propagation import TRACEPARENT
from internal.platform.bus.streams import stream_of
from internal.platform.context import request_id, traceparent
from internal.platform.postgres import Database, Tx
from internal.platform.redis import BatchScript, Lane, Script
from internal.platform.telemetry.edge import TracedEdge
from internal.platform.telemetry.instruments import Instruments
from internal.platform.telemetry.settings import TelemetrySettings
from internal.platform.telemetry.tracing import Attributes, SpanKind, Tracing, fail, is_sampled
from proto import Answer, Request

__all__ = ["traced"]

A = TypeVar("A", bound=Answer)

_MOST_LINKS = 128  # of one span: OpenTelemetry's own limit


def traced(settings: TelemetrySettings, replica: str) -> Instruments:
    """All of them, around one tracer."""
    tracing = Tracing(settings, replica)
    return Instruments(
        lane=partial(TracedLane, tracing),
        bus=partial(TracedBus, tracing),
        database=partial(TracedDatabase, tracing),
        edge=TracedEdge(tracing, settings.sample_ratio, follow=settings.follow_callers).around,
        close=tracing.close,
    )


class TracedPropagation:
    """Opens a span for each message or request that comes as part of a sampled trace."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing
        self._plain = Passing()
        self.outgoing = self._plain.outgoing

    def taken_up(self, name: str, headers: Mapping[str, str]) -> AbstractContextManager[None]:
        """The plain way, and a span around it if somebody wants to see it."""
        plain = self._plain.taken_up(name, headers)
        return self._spanned(name, headers, plain) if is_sampled(headers.get(TRACEPARENT, "")) else plain

    @contextmanager
    def _spanned(self, name: str, headers: Mapping[str, str], plain: AbstractContextManager[None]) -> Iterator[None]:
        kind, verb = (SpanKind.SERVER, "answer") if name.startswith("rpc.") else (SpanKind.CONSUMER, "consume")
        attributes = {"messaging.system": "nats", "messaging.destination.name": name}
        with plain, self._tracing.span(f"{verb} {name}", kind, headers[TRACEPARENT], attributes) as span:
            span.set_attribute("aisle.request_id", request_id.get())
            yield


class TracedBus(Bus):
    """A span for each question, and one for each batch of facts with links to the requests that they come from."""

    def __init__(self, tracing: Tracing, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named, propagation=TracedPropagation(tracing))
        self._tracing = tracing

    def request(self, request: Request[A], *, timeout: float = 2.0) -> Coroutine[Any, Any, A]:
        """As the plain one."""
        asked = super().request(request, timeout=timeout)
        return self._seen(f"ask {request.subject}", asked) if is_sampled(traceparent.get()) else asked

    def publish_batch(self, messages: Sequence[Message]) -> Coroutine[Any, Any, None]:
        """As the plain one."""
        published = super().publish_batch(messages)
        told = {message.headers.get(TRACEPARENT, "") for message in messages}
        links = [trace for trace in told if is_sampled(trace)]
        if not links and not is_sampled(traceparent.get()):
            return published
        return self._seen_published(messages, links[:_MOST_LINKS], published)

    async def _seen(self, name: str, asked: Coroutine[Any, Any, A]) -> A:
        with self._tracing.span(name, SpanKind.CLIENT, traceparent.get(), {"messaging.system": "nats"}):
            return await asked

    async def _seen_published(
        self, messages: Sequence[Message], links: Sequence[str], published: Coroutine[Any, Any, None]
    ) -> None:
        name = " ".join(["publish", *sorted({stream_of(message.subject) for message in messages})])
        attributes: Attributes = {"messaging.system": "nats", "messaging.batch.message_count": len(messages)}
        with self._tracing.span(name, SpanKind.PRODUCER, traceparent.get(), attributes, links):
            await published


class TracedLane(Lane):
    """A span for each call of a sampled request, from the question to the answer, the wait for the tick included."""

    def __init__(self, tracing: Tracing, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._tracing = tracing

    def command(self, *words: Any) -> Coroutine[Any, Any, Any]:
        """As the plain one."""
        asked = super().command(*words)
        return self._seen(str(words[0]), asked) if is_sampled(traceparent.get()) else asked

    def call(self, script: Script, keys: Sequence[str], *arguments: Any) -> Coroutine[Any, Any, Any]:
        """As the plain one."""
        asked = super().call(script, keys, *arguments)
        return self._seen(script.name, asked) if is_sampled(traceparent.get()) else asked

    def batch(self, script: BatchScript, arguments: Sequence[Any]) -> asyncio.Future[Any]:
        """As the plain one."""
        answer = super().batch(script, arguments)
        if is_sampled(traceparent.get()):
            span = self._begin(script.name)
            answer.add_done_callback(partial(_finish, span))
        return answer

    def _begin(self, name: str) -> Span:
        return self._tracing.begin(f"redis {name}", SpanKind.CLIENT, traceparent.get(), {"db.system.name": "redis"})

    async def _seen(self, name: str, asked: Coroutine[Any, Any, Any]) -> Any:
        span = self._begin(name)
        try:
            return await asked
        except BaseException as error:
            fail(span, error)
            raise
        finally:
            span.end()


class TracedDatabase(Database):
    """A span for each transaction of a sampled request, the wait for a connection included.

    It is nobody's parent: a message that is written into the outbox within it comes from the request.
    """

    def __init__(self, tracing: Tracing, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._tracing = tracing

    def transaction(self) -> Any:  # the plain one's own type is a class of contextlib's
        """As the plain one."""
        plain = super().transaction()
        return self._seen("transaction", plain) if is_sampled(traceparent.get()) else plain

    def read(self) -> Any:
        """As the plain one."""
        plain = super().read()
        return self._seen("read", plain) if is_sampled(traceparent.get()) else plain

    @asynccontextmanager
    async def _seen(self, what: str, plain: Any) -> AsyncIterator[Tx]:
        attributes = {"db.system.name": "postgresql", "db.namespace": self.name}
        span = self._tracing.begin(f"{what} {self.name}", SpanKind.CLIENT, traceparent.get(), attributes)
        try:
            async with plain as tx:
                yield tx
        except BaseException as error:
            fail(span, error)
            raise
        finally:
            span.end()


def _finish(span: Span, answer: asyncio.Future[Any]) -> None:
    if answer.cancelled():
        span.set_attribute("aisle.cancelled", True)
    elif (error := answer.exception()) is not None:
        fail(span, error)
    span.end()
