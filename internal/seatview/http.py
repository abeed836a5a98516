"""The routes of seatview, and the fast road to the picture that everybody asks for."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from internal.platform.http import FastRoute, RouteHandler, problems
from internal.platform.http.answers import matches
from internal.platform.http.fast import Straight
from internal.platform.http.forms import Web
from internal.platform.ids import is_id
from internal.seatview.domain import NoSuchShowtime, SeatView, Snapshot
from internal.seatview.handlers import Picture, Views

__all__ = ["fast_routes", "routes"]

Which = Annotated[str | None, QueryParameter(name="showtimeId", max_length=64, description="else the next one")]


_PLAIN = b"content-type: application/json\r\n"
_PACKED = _PLAIN + b"content-encoding: gzip\r\n"
_UNUSUAL = frozenset({b"authorization", b"x-request-id", b"traceparent"})


class SeatList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Seats with their states."""

    showtime_id: str
    version: int
    seats: list[SeatView]


_UNCHANGED = ResponseSpec(None, generate_examples=False, description="Nothing has changed since this ETag.")


def _shown(kind: type) -> dict[int, ResponseSpec]:
    seen = ResponseSpec(kind, generate_examples=False, description="The picture; its ETag names its version.")
    return {200: seen, 304: _UNCHANGED, **problems(NoSuchShowtime)}


def routes(views: Views) -> list[RouteHandler]:
    """Every route."""

    @get("/api/showtimes/{showtime_id:str}/seats", tags=["seats"], responses=_shown(Snapshot))
    async def sparse(request: Web, showtime_id: FromPath[str]) -> Response[bytes]:
        """What is not free in a showtime, with a version: the layout says which seats there are."""
        return _told(request, await _opened(views, showtime_id, lambda: views.sparse(showtime_id)))

    @get("/api/events/{event_id:str}/seats", tags=["seats"], responses=_shown(SeatList))
    async def every(request: Web, event_id: FromPath[str], which: Which = None) -> Response[bytes]:
        """Every seat of an event's next showtime, or of the one named, with its state."""
        showtime_id = which or await views.showtime_of(event_id)
        return _told(request, await _opened(views, showtime_id, lambda: views.full(showtime_id, only_free=False)))

    @get("/api/events/{event_id:str}/seats/available", tags=["seats"], responses=_shown(SeatList))
    async def free(request: Web, event_id: FromPath[str], which: Which = None) -> Response[bytes]:
        """Every free seat of an event's next showtime, or of the one named."""
        showtime_id = which or await views.showtime_of(event_id)
        return _told(request, await _opened(views, showtime_id, lambda: views.full(showtime_id, only_free=True)))

    return [sparse, every, free]


def fast_routes(views: Views) -> list[FastRoute]:
    """`GET /api/showtimes/{id}/seats` without the framework."""

    def sparse(request: Straight) -> bool:
        if not is_id("showtime", request.id) or any(name in _UNUSUAL for name, _ in request.headers):
            return False
        views.tell_sparse(request.id, lambda picture: _tell(request, picture))
        return True

    return [FastRoute("GET", "/api/showtimes/", "/seats", sparse)]


def _tell(request: Straight, picture: Picture | Exception) -> None:
    if isinstance(picture, Exception):
        request.ordinary()
        return
    known = packed = b""
    for name, value in request.headers:
        if name == b"if-none-match":
            known = value
        elif name == b"accept-encoding":
            packed = value
    if known == picture.etag:
        request.answer(304, picture.head, b"")
    elif b"gzip" in packed:
        request.answer(200, _PACKED + picture.head, picture.packed)
    else:
        request.answer(200, _PLAIN + picture.head, picture.body)


async def _opened(views: Views, showtime_id: str, look: Any) -> Picture:
    """Look; if the showtime is not in Redis, have it opened and look once more."""
    if not is_id("showtime", showtime_id):
        raise NoSuchShowtime
    try:
        picture: Picture = await look()
    except NoSuchShowtime:
        await views.opened(showtime_id)
        picture = await look()
    return picture


def _told(request: Web, picture: Picture) -> Response[bytes]:
    headers = {"etag": picture.etag.decode(), "cache-control": "no-cache", "vary": "accept-encoding"}
    if matches(request, picture.etag.decode()):
        return Response(b"", status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        packed = {**headers, "content-encoding": "gzip"}
        return Response(picture.packed, headers=packed, media_type="application/json")
    return Response(picture.body, headers=headers, media_type="application/json")
