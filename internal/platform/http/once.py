"""The Idempotency-Key of a request, as a handler's `Once`."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request
from litestar.params import HeaderParameter

from internal.platform.http.gate import member_of, secret_of
from internal.platform.idempotency import fingerprint, scope
from internal.platform.once import Once

__all__ = ["IdempotencyKey", "once_of"]

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="A key of your own: the same request with the same key has one effect and one answer, for a day",
    ),
]


async def once_of(request: Request[Any, Any, Any], key: str | None) -> Once:
    """The member's key for this route; another body, or another path of the route, is another request."""
    route = f"{request.method} {request.scope['path_template']}"
    body = await request.body()  # it may hold a card
    mark = fingerprint(str(request.url.path), str(request.url.query), body, secret=secret_of(request))
    return Once(scope(member_of(request).user_id, route), key, mark)
