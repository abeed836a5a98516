"""The route of layouts by hash, for everybody: what a browser draws, and keeps for ever."""

from __future__ import annotations

from litestar import Response, get

from internal.platform.http import RouteHandler, problems
from internal.platform.http.answers import matches
from internal.seatmap.domain import NoSuchLayout
from internal.seatmap.http.forms import Web, encoded
from internal.seatmap.layout import Layout
from internal.seatmap.layouts import Layouts

__all__ = ["routes"]

_FOR_EVER = "public, max-age=31536000, immutable"


def routes(layouts: Layouts) -> list[RouteHandler]:
    """The one."""

    @get("/api/layouts/{layout_hash:str}", tags=["layouts"], responses=problems(NoSuchLayout))
    async def get_layout_by_hash(request: Web, layout_hash: str) -> Response[Layout]:
        """A layout by its hash: the SHA-256 of these very bytes. It never changes."""
        packed = await layouts.packed(layout_hash)
        headers = {"etag": f'"{packed.hash}"', "cache-control": _FOR_EVER, "vary": "accept-encoding"}
        if matches(request, headers["etag"]):
            return encoded(Response(b"", status_code=304, headers=headers))
        if _takes_gzip(request.headers.get("accept-encoding", "")):
            headers["content-encoding"] = "gzip"
            return encoded(Response(packed.body, media_type="application/json", headers=headers))
        return encoded(Response(await layouts.plain(layout_hash), media_type="application/json", headers=headers))

    return [get_layout_by_hash]


def _takes_gzip(accepted: str) -> bool:
    for offer in accepted.lower().split(","):
        name, _, quality = offer.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
