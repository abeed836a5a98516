"""The time, for pages that count down to the end of a hold on a device whose clock is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, get

from internal.platform.http import RouteHandler

__all__ = ["routes"]


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """The server's."""

    now: datetime


def routes() -> list[RouteHandler]:
    """The one."""

    @get("/api/time", tags=["gateway"])
    async def tell_time() -> Response[Time]:
        """What time is it? Ask a few times and believe the quickest answer."""
        return Response(Time(now=datetime.now(UTC)), headers={"cache-control": "no-store"})

    return [tell_time]
