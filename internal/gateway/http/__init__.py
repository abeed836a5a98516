"""The routes of the gateway."""

from __future__ import annotations

from internal.gateway.files import Files
from internal.gateway.handlers import Documents, Events, Programmes, Showtimes
from internal.gateway.http import clock, documents, operator, paying, programme, web
from internal.gateway.operating import Operating
from internal.platform.http import RouteHandler

__all__ = ["routes"]


def routes(
    files: Files,
    papers: Documents,
    programmes: Programmes,
    events: Events,
    showtimes: Showtimes,
    operating: Operating,
    provider: str,
) -> list[RouteHandler]:
    """All of them."""
    return [
        *web.routes(files),
        *documents.routes(papers),
        *clock.routes(),
        *paying.routes(provider),
        *programme.routes(programmes, events, showtimes),
        *operator.routes(operating),
    ]
