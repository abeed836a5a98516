"""Layouts as they are stored: by hash for everybody, who may keep them for ever, and as a venue's current one."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from internal.platform.http import RouteHandler, member_of, problems
from internal.platform.http.answers import matches, takes_gzip
from internal.platform.http.forms import Web
from internal.platform.roles import NotAllowedHere
from internal.seatmap.domain import NoSuchLayout, NoSuchVenue, VenueHasNoLayout
from internal.seatmap.handlers import Venues
from internal.seatmap.layout import Layout
from internal.seatmap.layouts import Layouts

__all__ = ["routes"]

_FOR_EVER = "public, max-age=31536000, immutable"


def routes(venues: Venues, layouts: Layouts) -> list[RouteHandler]:
    """Both."""

    @get("/api/layouts/{layout_hash:str}", tags=["layouts"], responses=problems(NoSuchLayout))
    async def get_layout_by_hash(request: Web, layout_hash: FromPath[str]) -> Response[Layout]:
        """A layout by its hash: the SHA-256 of these very bytes. It never changes."""
        return await _send(request, layouts, layout_hash, _FOR_EVER)

    @get(
        "/api/venues/{venue_id:str}/layout",
        tags=["layouts"],
        responses=problems(NoSuchVenue, VenueHasNoLayout, NotAllowedHere),
    )
    async def get_layout(request: Web, venue_id: FromPath[str]) -> Response[Layout]:
        """The current layout; its ETag is its hash. For the staff of the venue's organization."""
        venue = await venues.get(member_of(request), venue_id)
        if venue.layout_hash is None:
            raise VenueHasNoLayout
        return await _send(request, layouts, venue.layout_hash, "no-cache")

    return [get_layout_by_hash, get_layout]


async def _send(request: Web, layouts: Layouts, layout_hash: str, cache: str) -> Response[Any]:
    packed = await layouts.packed(layout_hash)
    headers = {"etag": f'"{layout_hash}"', "cache-control": cache, "vary": "accept-encoding"}
    if matches(request, headers["etag"]):
        return Response(b"", status_code=304, headers=headers)
    if takes_gzip(request):
        headers["content-encoding"] = "gzip"
        return Response(packed.body, media_type="application/json", headers=headers)
    return Response(await layouts.plain(layout_hash), media_type="application/json", headers=headers)
