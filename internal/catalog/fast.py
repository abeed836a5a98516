"""The fast road to an event's page: an anonymous read of what was read within the last second.

Whoever shows a token, asks for something fresh or names a version that they have takes the ordinary route, which means
the same and checks more. An operator who limits that route gets no fast road at all: see `service.py`.
"""

from __future__ import annotations

from internal.catalog.recent import Shelf
from internal.platform.http import FastRoute
from internal.platform.http.fast import Straight

__all__ = ["event_page"]

_UNUSUAL = frozenset({b"authorization", b"cache-control", b"if-none-match"})


def event_page(shelf: Shelf, cache_control: str) -> FastRoute:
    """`GET /api/events/{id}`, when it is at hand."""
    head = f"content-type: application/json\r\ncache-control: {cache_control}\r\netag: ".encode()

    def handle(request: Straight) -> bool:
        sent = shelf.events.known(request.id)
        if sent is None or request.query or any(name in _UNUSUAL for name, _ in request.headers):
            return False
        request.answer(200, b"%s%s\r\n" % (head, sent.etag.encode()), sent.body)
        return True

    return FastRoute("GET", "/api/events/", "", handle)
