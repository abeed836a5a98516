"""OpenTelemetry, behind one small door: spans begun from a `traceparent` and brought to a collector by OTLP over HTTP.

The current span is the string in `context.traceparent`, and nothing else: it is what HTTP, NATS, the outbox and Redis
carry anyway, so a span in this process and one in another are begun in the same way, and OpenTelemetry's own context
is not used. Whether a request is sampled is decided once, at the edge, and stands in that string's last digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from internal.platform.context import traceparent
from internal.platform.faults import Drop, Fault, Kind, RetryLater
from internal.platform.telemetry.settings import TelemetrySettings

__all__ = ["Attributes", "SpanKind", "Tracing", "fail", "is_sampled", "traceparent_of"]

Attributes = Mapping[str, AttributeValue]

_FORM = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f][13579bdf]")
_WAIT = 2.0  # seconds for the collector to take a batch; it is a thread that waits
_EVERY_MS = 2_000  # a trace is looked for by somebody who has just made it
_QUEUE = 8_192  # spans kept while the collector is away, about 8 MB; beyond, the newest are dropped
_BATCH = 512
_ODD = frozenset("13579bdf")
_OURS = frozenset({Kind.INTERNAL, Kind.UNAVAILABLE})  # faults that are not the caller's


def is_sampled(trace: str) -> bool:
    """Whether the trace that this string names is being recorded: its last digit is odd."""
    return trace[-1:] in _ODD


def traceparent_of(span: Span) -> str:
    """The span as others hear of it."""
    mine = span.get_span_context()
    return f"00-{mine.trace_id:032x}-{mine.span_id:016x}-01"


class Tracing:
    """Begins spans; `close` sends what is left, and waits for that no longer than twice the collector's time."""

    def __init__(self, settings: TelemetrySettings, replica: str) -> None:
        endpoint = settings.otlp_endpoint.rstrip("/")
        if not endpoint.endswith("/v1/traces"):
            endpoint += "/v1/traces"
        resource = Resource.create(
            {"service.name": settings.service_name or "aisle", "service.instance.id": replica}
        )  # and what OTEL_RESOURCE_ATTRIBUTES adds
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        self._processor = BatchSpanProcessor(
            OTLPSpanExporter(endpoint=endpoint, timeout=_WAIT),
            max_queue_size=_QUEUE,
            schedule_delay_millis=_EVERY_MS,
            max_export_batch_size=_BATCH,
        )
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("aisle")

    def begin(
        self, name: str, kind: SpanKind, parent: str, attributes: Attributes | None = None, links: Iterable[str] = ()
    ) -> Span:
        """A span below this parent, or the first of a new trace. Whoever begins it ends it."""
        above = _context(parent)
        context = Context() if above is None else set_span_in_context(NonRecordingSpan(above), Context())
        linked = [Link(other) for link in links if (other := _context(link)) is not None]
        return self._tracer.start_span(name, context=context, kind=kind, attributes=attributes, links=linked)

    @contextmanager
    def span(
        self, name: str, kind: SpanKind, parent: str, attributes: Attributes | None = None, links: Iterable[str] = ()
    ) -> Iterator[Span]:
        """The same around a block, whose work is below it."""
        span = self.begin(name, kind, parent, attributes, links)
        before = traceparent.get()
        traceparent.set(traceparent_of(span))
        try:
            yield span
        except BaseException as error:
            fail(span, error)
            raise
        finally:
            traceparent.set(before)  # not by the token: a generator may be closed in another context
            span.end()

    def close(self) -> None:
        """Blocks; to be called in a thread."""
        self._provider.shutdown()


def fail(span: Span, error: BaseException) -> None:
    """Write down how it ended. What a caller did wrong, and a verdict, is an answer and not an error of ours."""
    if isinstance(error, Fault):
        span.set_attribute("aisle.fault", error.code)
        if error.kind not in _OURS:
            return
    if isinstance(error, RetryLater | Drop):
        span.set_attribute("aisle.verdict", repr(error))
        return
    if isinstance(error, Exception):
        span.record_exception(error)
    span.set_status(StatusCode.ERROR, type(error).__name__)


def _context(trace: str) -> SpanContext | None:
    found = _FORM.fullmatch(trace)
    if found is None:
        return None
    context = SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True, trace_flags=TraceFlags(1))
    return context if context.is_valid else None
