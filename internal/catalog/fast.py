"""The fast road to an event's page: what was read within the last second, for anybody, or by a token that is known.

Whoever shows another token, asks for something fresh or names a version that they have takes the ordinary route, which
means the same and checks more. An operator who limits that route gets no fast road at all: see `service.py`.
"""

from __future__ import annotations

from internal.catalog.recent import Shelf
from internal.platform.http import FastRoute
from internal.platform.http.fast import Scope, Send, answer
from internal.platform.tokens import Verifier

__all__ = ["event_page"]

_UNUSUAL = frozenset({b"cache-control", b"if-none-match"})


def event_page(shelf: Shelf, verifier: Verifier, cache_control: str) -> FastRoute:
    """`GET /api/events/{id}`, when it is at hand."""
    cached = (b"cache-control", cache_control.encode())

    async def handle(scope: Scope, event_id: str, _: bytes, send: Send) -> bool:
        sent = shelf.events.known(event_id)
        if sent is None or scope["query_string"] or not _usual(scope, verifier):
            return False
        await answer(send, 200, sent.body, [(b"etag", sent.etag.encode()), cached])
        return True

    return FastRoute("GET", "/api/events/", "", handle)


def _usual(scope: Scope, verifier: Verifier) -> bool:
    """The page is the same for everybody; but who shows a token that is no good is to be told so."""
    for name, value in scope["headers"]:
        if name in _UNUSUAL:
            return False
        if name == b"authorization" and (value[:7].lower() != b"bearer " or verifier.known(value[7:].strip()) is None):
            return False
    return True
