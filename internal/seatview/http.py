"""The routes of seatview, and the fast road to the picture that everybody asks for."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from internal.platform.faults import Fault
from internal.platform.http import FastRoute, RouteHandler, problems
from internal.platform.http.answers import matches
from internal.platform.http.fast import Scope, Send, answer
from internal.platform.ids import is_id
from internal.seatview.domain import NoSuchShowtime, SeatView, Snapshot
from internal.seatview.handlers import Picture, Views

__all__ = ["fast_routes", "routes"]

Web = Request[Any, Any, Any]
Which = Annotated[str | None, QueryParameter(name="showtimeId", max_length=64, description="else the next one")]


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

    async def sparse(scope: Scope, showtime_id: str, _: bytes, send: Send) -> bool:
        known = packed = b""
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                known = value
            elif name == b"accept-encoding":
                packed = value
            elif name == b"authorization":
                return False  # the gate looks at the token
        if not is_id("showtime", showtime_id):
            return False
        try:
            picture = await views.sparse(showtime_id)
        except Fault:
            return False
        headers = [(b"etag", picture.etag), (b"cache-control", b"no-cache"), (b"vary", b"accept-encoding")]
        if known == picture.etag:
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif b"gzip" in packed:
            await answer(send, 200, picture.packed, [*headers, (b"content-encoding", b"gzip")])
        else:
            await answer(send, 200, picture.body, headers)
        return True

    return [FastRoute("GET", "/api/showtimes/", "/seats", sparse)]


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
