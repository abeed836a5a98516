"""The routes of the gateway."""

from __future__ import annotations

from internal.gateway.files import Files
from internal.gateway.handlers import Documents, Events, Programmes, Showtimes
from internal.gateway.http import clock, documents, operator, paying, programme, web
from internal.gateway.http.operator import Acts
from internal.platform.http import RouteHandler

__all__ = ["Acts", "routes"]


def routes(
    files: Files,
    papers: Documents,
    programmes: Programmes,
    events: Events,
    showtimes: Showtimes,
    acts: Acts,
    provider: str,
) -> list[RouteHandler]:
    """All of them."""
    return [
        *web.routes(files),
        *documents.routes(papers),
        *clock.routes(),
        *paying.routes(provider),
        *programme.routes(programmes, events, showtimes),
        *operator.routes(acts),
    ]
