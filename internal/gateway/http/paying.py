"""Who takes the money here, so that the checkout's page asks for what that provider needs."""

from __future__ import annotations

import msgspec
from litestar import Response, get

from internal.platform.http import RouteHandler

__all__ = ["routes"]

_KEPT = "public, max-age=60"  # an operator changes it with a new start


class WayToPay(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's name; empty where the operator has named none."""

    provider: str


def routes(provider: str) -> list[RouteHandler]:
    """The one."""

    @get("/api/paying", tags=["payments"])
    async def tell_provider() -> Response[WayToPay]:
        """By whom are payments taken where nobody is named?"""
        return Response(WayToPay(provider=provider), headers={"cache-control": _KEPT})

    return [tell_provider]
