"""A collector of OTLP over HTTP that keeps what it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """A span as it came."""

    name: str
    trace: str
    id: str
    parent: str
    kind: int
    failed: bool
    links: list[str]
    attributes: dict[str, Any]


@dataclass
class Collected:
    """Every span so far."""

    url: str
    spans: list[Seen] = field(default_factory=list)

    def of(self, trace: str) -> list[Seen]:
        return [span for span in self.spans if span.trace == trace]

    def one(self, trace: str, name: str) -> Seen:
        (span,) = [span for span in self.of(trace) if span.name == name]
        return span


@contextmanager
def collecting() -> Iterator[Collected]:
    """Listening for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collected.spans += _decoded(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collected = Collected(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield collected
        finally:
            server.shutdown()
            thread.join()


def _decoded(body: bytes) -> list[Seen]:
    request: Any = ExportTraceServiceRequest()
    request.ParseFromString(body)
    return [
        Seen(
            name=span.name,
            trace=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            kind=span.kind,
            failed=span.status.code == 2,
            links=[link.trace_id.hex() for link in span.links],
            attributes={one.key: _value(one.value) for one in span.attributes},
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _value(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))
