"""The edge: what every service's HTTP has in common.

front       the outermost: every request has an id before the framework sees it
app         the Litestar application made of all services' routes, its OpenAPI document, its faults
problems    Fault -> application/problem+json (RFC 9457), once
gate        who asks and how often: token, address, rate limit, in one middleware
limits      GCRA in one script
answers     ETag, cursor pages, JSON answers
forms       what routes take alike: bodies, pages, texts; body: what may be read as one
once        the Idempotency-Key of a request
paying      what every form that pays says: by whom, and where the buyer is sent back to
fast        the fast road: routes that are answered before the framework is asked
sockets     WebSockets and event streams that cost no task each
server      uvicorn under our supervisor, one write for each answer
"""

from internal.platform.http.answers import Page, cursor_of, json_answer, position_of
from internal.platform.http.app import RouteHandler, problems
from internal.platform.http.fast import FastRoute
from internal.platform.http.gate import member_of, visitor_of
from internal.platform.http.limits import Limit, Limiter
from internal.platform.http.sockets import (
    Door,
    Outlet,
    Socket,
    SocketRoute,
    SocketSettings,
    event_bytes,
    text_frame,
)

__all__ = [
    "Door",
    "FastRoute",
    "Limit",
    "Limiter",
    "Outlet",
    "Page",
    "RouteHandler",
    "Socket",
    "SocketRoute",
    "SocketSettings",
    "cursor_of",
    "event_bytes",
    "json_answer",
    "member_of",
    "position_of",
    "problems",
    "text_frame",
    "visitor_of",
]
