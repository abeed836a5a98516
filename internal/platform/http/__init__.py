"""The edge: what every service's HTTP has in common.

app         the Litestar application made of all services' routes, its OpenAPI document, its faults
problems    Fault -> application/problem+json (RFC 9457), once
gate        who asks and how often: token, address, rate limit, in one middleware
limits      GCRA in one script
answers     ETag, cursor pages, JSON answers
forms       what routes take alike: bodies, pages, texts
fast        the fast road: routes that are answered before the framework is asked
server      uvicorn under our supervisor, one write for each answer
"""

from internal.platform.http.answers import Page, cursor_of, json_answer, position_of
from internal.platform.http.app import RouteHandler, problems
from internal.platform.http.fast import FastRoute
from internal.platform.http.gate import Visitor, member_of, visitor_of
from internal.platform.http.limits import Limit, Limiter

__all__ = [
    "FastRoute",
    "Limit",
    "Limiter",
    "Page",
    "RouteHandler",
    "Visitor",
    "cursor_of",
    "json_answer",
    "member_of",
    "position_of",
    "problems",
    "visitor_of",
]
