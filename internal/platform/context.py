"""What travels with a request through every service: its id, the trace that it is part of, and who caused it.

Plain strings in context variables; the edge (http, bus) sets them, whoever sends something on reads them.
"""

from __future__ import annotations

from contextvars import ContextVar

__all__ = ["actor", "request_id", "traceparent"]

request_id: ContextVar[str] = ContextVar("request_id", default="")
traceparent: ContextVar[str] = ContextVar("traceparent", default="")
# The user's id of a request that showed a token; the service's name for what its loops do by themselves.
actor: ContextVar[str] = ContextVar("actor", default="")
