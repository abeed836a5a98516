"""`GET /api/showtimes/{id}/live`: the same frames as Server-Sent Events, for whoever cannot open a WebSocket.

A browser's EventSource says what it accepts and gets a stream that does not end, on the fast road and without a task.
Everybody else gets what there is to say just now, and the end: by the rules of event streams they come again.
"""

from __future__ import annotations

import asyncio
from random import randrange
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, HeaderParameter

from internal.broadcaster.domain import NothingToWatch
from internal.broadcaster.frames import Frame
from internal.broadcaster.heart import Heart
from internal.broadcaster.showtimes import Showtimes
from internal.platform.faults import Fault, Kind, Unavailable
from internal.platform.http import Door, FastRoute, Outlet, RouteHandler, problems
from internal.platform.http.fast import Straight
from internal.platform.ids import is_id, new_id

__all__ = ["TooManyConnections", "fast_routes", "routes"]

_TYPE = "text/event-stream"
_HEAD = b"content-type: text/event-stream\r\ncache-control: no-store\r\nx-accel-buffering: no\r\n"
_PATIENCE = 5.0  # seconds for a showtime to be opened and read
_LONGEST = 20  # digits of a version

Since = Annotated[str | None, HeaderParameter(name="last-event-id", max_length=_LONGEST, description="a version")]


class _Seen(msgspec.Struct):
    """An event of the stream: its kind, its body, and the version that it brings the reader to."""

    data: str
    event: str
    id: str | None = None


class TooManyConnections(Fault, kind=Kind.LIMITED):
    """Too many live connections come from your address."""


class StreamReader:
    """Somebody who watches one showtime by a stream."""

    streams = True
    unanswered = 0  # nothing can be said on a stream

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet

    def show(self, frame: Frame) -> None:
        """See `Reader`."""
        self.outlet.send(frame.event)

    def refused(self, _: str) -> None:
        """See `Reader`."""
        self.outlet.close(0)


class _Collected:
    """An outlet that keeps what it is given: the frames of a greeting come all at once."""

    over = False

    def __init__(self) -> None:
        self.data = b""
        self.come = asyncio.Event()

    def send(self, data: bytes) -> None:
        self.data += data
        self.come.set()

    def spare(self, size: int) -> None:
        """There is room."""

    def close(self, code: int) -> None:  # noqa: ARG002 - an outlet's
        self.come.set()


def fast_routes(showtimes: Showtimes, door: Door, heart: Heart) -> list[FastRoute]:
    """The stream without an end."""

    def live(request: Straight) -> bool:
        headers = dict(request.headers)
        if not is_id("showtime", request.id) or _TYPE.encode() not in headers.get(b"accept", b""):
            return False
        stream = request.stream(door, _HEAD)
        if stream is None:
            request.problem(TooManyConnections(), new_id("req"))
            return True
        # each comes back after a pause of its own, should this process end
        stream.send(b"retry: %d\n\n" % randrange(1_000, 4_000))  # noqa: S311
        reader = StreamReader(stream)
        stream.left = lambda: showtimes.leave(reader, request.id)
        heart.watch(reader)
        showtimes.join(reader, request.id, _version(headers.get(b"last-event-id", b"").decode("latin-1")))
        return True

    return [FastRoute("GET", "/api/showtimes/", "/live", live)]


def routes(showtimes: Showtimes) -> list[RouteHandler]:
    """Its twin, which ends."""
    seen = ResponseSpec(
        _Seen, generate_examples=False, media_type=_TYPE, description="SNAPSHOT, SEATS, STATS, PING, ERROR; see /ws."
    )

    @get("/api/showtimes/{showtime_id:str}/live", tags=["seats"], responses={200: seen, **problems(NothingToWatch)})
    async def live(showtime_id: FromPath[str], since: Since = None) -> Response[bytes]:
        """What changes in a showtime, as Server-Sent Events; with `Accept: text/event-stream` it does not end."""
        collected = _Collected()
        reader = StreamReader(collected)
        try:
            showtimes.join(reader, showtime_id, _version(since or ""))
            async with asyncio.timeout(_PATIENCE):
                await collected.come.wait()
        except TimeoutError:
            raise Unavailable from None
        finally:
            showtimes.leave(reader, showtime_id)
        if collected.data.startswith(b"event: ERROR"):
            raise NothingToWatch
        return Response(collected.data, media_type=_TYPE, headers={"cache-control": "no-store"})

    return [live]


def _version(text: str) -> int | None:
    """What it saw last, if it says so in the form that we gave it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST else None
