"""What is on, one event of it, and a first look at a showtime."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from internal.gateway.event import EventLook, EventNotShown
from internal.gateway.handlers import Events, Programmes, Showtimes
from internal.gateway.programme import Listing, Wanted
from internal.gateway.showtime import NotShown, ShowtimePage
from internal.platform.faults import Malformed
from internal.platform.http import RouteHandler, json_answer, position_of, problems
from internal.platform.http.answers import matches, takes_gzip
from internal.platform.http.forms import LINE, Cursor, PageLimit, Web

__all__ = ["routes"]

Text = Annotated[
    str | None,
    QueryParameter(
        name="q", min_length=1, max_length=200, pattern=LINE, description="Words of name, text, venue or city"
    ),
]
City = Annotated[str | None, QueryParameter(min_length=1, max_length=200, pattern=LINE)]
Category = Annotated[str | None, QueryParameter(name="categoryId", pattern=r"^category_[0-9a-f]{32}$(?!\n)")]
From = Annotated[datetime | None, QueryParameter(name="from", description="Played at this moment or later")]
Until = Annotated[datetime | None, QueryParameter(name="until", description="Played before this moment")]

_LISTED = "public, max-age=2, stale-while-revalidate=10"
_LOOKED = "public, max-age=1, stale-while-revalidate=5"  # live changes make up for what is older
_UNCHANGED = ResponseSpec(None, generate_examples=False, description="Nothing has changed since this ETag.")
_SHOWN = ResponseSpec(ShowtimePage, generate_examples=False, description="All that a first look needs.")


def routes(programmes: Programmes, events: Events, showtimes: Showtimes) -> list[RouteHandler]:
    """All three."""
    return [_programme(programmes), _event(events), _showtime(showtimes)]


def _programme(programmes: Programmes) -> RouteHandler:
    @get("/api/programme", tags=["events"])
    async def list_programme(
        request: Web,
        text: Text = None,
        city: City = None,
        category_id: Category = None,
        starts_from: From = None,
        starts_until: Until = None,
        limit: PageLimit = 24,
        cursor: Cursor = None,
    ) -> Response[Listing]:
        """What is still to be played, the soonest first, with places and prices. May be some seconds old."""
        wanted = Wanted(text, city, category_id, _utc(starts_from, "from"), _utc(starts_until, "until"))
        listing = await programmes.look(wanted, _position(cursor), limit)
        answer: Response[Any] = json_answer(request, listing, cache=_LISTED)
        return answer

    return list_programme


def _event(events: Events) -> RouteHandler:
    @get("/api/events/{event_id:str}/page", tags=["events"], responses=problems(EventNotShown))
    async def look_at_event(request: Web, event_id: FromPath[str]) -> Response[EventLook]:
        """An event with its times to come: where, for how much, and how many seats of the first ones are free."""
        answer: Response[Any] = json_answer(request, await events.look(event_id), cache=_LISTED)
        return answer

    return look_at_event


def _showtime(showtimes: Showtimes) -> RouteHandler:
    @get(
        "/api/showtimes/{showtime_id:str}/page",
        tags=["seats"],
        responses={200: _SHOWN, 304: _UNCHANGED, **problems(NotShown)},
    )
    async def look_at_showtime(request: Web, showtime_id: FromPath[str]) -> Response[bytes]:
        """Event, showtime, prices, layout and seats in one answer.

        The layout is in columns: a row has lists as long as it has seats. A seat's id is the row's `prefix` and its
        `suffixes` entry, or its `numbers` entry where there are none; `x` and `y` are hundredths of the plan's unit,
        the first and then the steps; `seats.states` has one character for each seat in the same order, and then for
        each place of the areas.
        """
        seen = await showtimes.look(showtime_id)
        headers = {"etag": seen.etag, "cache-control": _LOOKED, "vary": "accept-encoding"}
        if matches(request, seen.etag):
            return Response(b"", status_code=304, headers=headers)
        if takes_gzip(request):
            packed = {**headers, "content-encoding": "gzip"}
            return Response(seen.packed, headers=packed, media_type="application/json")
        return Response(seen.body, headers=headers, media_type="application/json")

    return look_at_showtime


def _position(cursor: str | None) -> tuple[datetime, str] | None:
    found = position_of(cursor, tuple[datetime, str])
    if found is not None and found[0].tzinfo is None:
        raise Malformed("This cursor was not given by this list.", path="$.cursor")
    return found


def _utc(moment: datetime | None, name: str) -> datetime | None:
    if moment is None:
        return None
    try:
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except OverflowError:
        pass
    raise Malformed("A moment with its offset from UTC is needed: 2027-01-31T20:00:00Z.", path=f"$.{name}")
