"""The fast road to an event's page: an anonymous read of what was read within the last second.

Whoever shows a token, asks for something fresh or names a version that they have takes the ordinary route, which means
the same and checks more. An operator who limits that route gets no fast road at all: see `service.py`.
"""

from __future__ import annotations

from internal.catalog.recent import Shelf
from internal.platform.http import FastRoute
from internal.platform.http.fast import Scope, Send, answer

__all__ = ["event_page"]

_UNUSUAL = frozenset({b"authorization", b"cache-control", b"if-none-match"})


def event_page(shelf: Shelf, cache_control: str) -> FastRoute:
    """`GET /api/events/{id}`, when it is at hand."""
    cached = (b"cache-control", cache_control.encode())

    async def handle(scope: Scope, event_id: str, _: bytes, send: Send) -> bool:
        sent = shelf.events.known(event_id)
        if sent is None or scope["query_string"] or any(name in _UNUSUAL for name, _ in scope["headers"]):
            return False
        await answer(send, 200, sent.body, [(b"etag", sent.etag.encode()), cached])
        return True

    return FastRoute("GET", "/api/events/", "", handle)
