"""What travels with a request through every service: its id, and the trace that it is part of.

Plain strings in context variables; the edge (http, bus) sets them, whoever sends something on reads them.
"""

from __future__ import annotations

from contextvars import ContextVar

__all__ = ["request_id", "traceparent"]

request_id: ContextVar[str] = ContextVar("request_id", default="")
traceparent: ContextVar[str] = ContextVar("traceparent", default="")
