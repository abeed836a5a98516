"""The fast road to an event's page: what was read within the last second, for anybody, or by a token that is known.

Whoever shows another token, asks for something fresh or names a version that they have takes the ordinary route, which
means the same and checks more. An operator who limits that route gets no fast road at all: see `service.py`.
"""

from __future__ import annotations

from internal.catalog.recent import Shelf
from internal.platform.http import FastRoute
from internal.platform.http.fast import Headers, Straight
from internal.platform.tokens import Verifier

__all__ = ["event_page"]

_UNUSUAL = frozenset({b"cache-control", b"if-none-match", b"x-request-id", b"traceparent"})


def event_page(shelf: Shelf, verifier: Verifier, cache_control: str) -> FastRoute:
    """`GET /api/events/{id}`, when it is at hand."""
    head = f"content-type: application/json\r\ncache-control: {cache_control}\r\netag: ".encode()

    def handle(request: Straight) -> bool:
        sent = shelf.events.known(request.id)
        if sent is None or request.query or not _usual(request.headers, verifier):
            return False
        request.answer(200, b"%s%s\r\n" % (head, sent.etag.encode()), sent.body)
        return True

    return FastRoute("GET", "/api/events/", "", handle)


def _usual(headers: Headers, verifier: Verifier) -> bool:
    """The page is the same for everybody; but who shows a token that is no good is to be told so."""
    for name, value in headers:
        if name in _UNUSUAL:
            return False
        if name == b"authorization" and (value[:7].lower() != b"bearer " or verifier.known(value[7:].strip()) is None):
            return False
    return True
