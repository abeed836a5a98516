"""How a request id, a trace and an actor cross NATS: in headers, from the first request to the last consumer.

Telemetry hands the bus a `Propagation` of its own that also opens spans; this one only passes on what it was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from internal.platform.context import actor, request_id, traceparent

__all__ = ["ACTOR", "REQUEST_ID", "TRACEPARENT", "Passing", "Propagation"]

REQUEST_ID = "X-Request-Id"
TRACEPARENT = "traceparent"
ACTOR = "Aisle-Actor"


class Propagation(Protocol):
    """How the present work is written into headers, and taken up from them again."""

    def outgoing(self) -> dict[str, str]:
        """The headers that say what work this is part of."""

    def taken_up(self, name: str, headers: Mapping[str, str]) -> AbstractContextManager[None]:
        """While open, this task works on behalf of whoever sent these headers."""


class Passing:
    """Passes them on as they came, at the price of three lookups."""

    def outgoing(self) -> dict[str, str]:
        """Only what is set."""
        headers = {}
        if value := request_id.get():
            headers[REQUEST_ID] = value
        if value := traceparent.get():
            headers[TRACEPARENT] = value
        if value := actor.get():
            headers[ACTOR] = value
        return headers

    @contextmanager
    def taken_up(self, name: str, headers: Mapping[str, str]) -> Iterator[None]:
        """Set for the time it is open, and put back. What nobody caused, whoever takes it up does by itself."""
        del name
        request, trace, who = (
            request_id.set(headers.get(REQUEST_ID, "")),
            traceparent.set(headers.get(TRACEPARENT, "")),
            actor.set(headers.get(ACTOR) or actor.get()),
        )
        try:
            yield
        finally:
            actor.reset(who)
            request_id.reset(request)
            traceparent.reset(trace)
