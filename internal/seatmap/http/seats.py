"""The routes of single seats, for organisers. What is under `/api/seats/{eventId}/...` belongs to inventory."""

from __future__ import annotations

from functools import partial
from itertools import islice

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from internal.platform.faults import Malformed
from internal.platform.http import Page, RouteHandler, cursor_of, member_of, position_of, problems
from internal.platform.http.forms import Cursor, PageLimit, Web, changes_of
from internal.platform.roles import NotAllowedHere
from internal.seatmap.domain import (
    BadLayout,
    LayoutChanged,
    LayoutContended,
    NoSuchRow,
    NoSuchSeat,
    NoSuchVenue,
    SeatExists,
    Venue,
    VenueHasNoLayout,
    find_seat,
    with_changed_seat,
    with_seat,
    without_seat,
)
from internal.seatmap.handlers import Venues
from internal.seatmap.http.forms import (
    IfMatch,
    NewSeat,
    SeatChange,
    SeatPlace,
    VenueQuery,
    expected_of,
    place_of,
)
from internal.seatmap.http.venues import tagged
from internal.seatmap.layout import Seat

__all__ = ["routes"]

_KNOWN = problems(NoSuchVenue, VenueHasNoLayout, NoSuchSeat, NotAllowedHere)
_CHANGED = problems(
    NoSuchVenue, VenueHasNoLayout, NoSuchSeat, NoSuchRow, NotAllowedHere, BadLayout, LayoutChanged, LayoutContended
)
_ADDED = problems(
    NoSuchVenue, VenueHasNoLayout, NoSuchRow, NotAllowedHere, BadLayout, SeatExists, LayoutChanged, LayoutContended
)


def routes(venues: Venues) -> list[RouteHandler]:
    """All of them."""
    return [*_readers(venues), *_writers(venues)]


def _readers(venues: Venues) -> list[RouteHandler]:
    @get("/api/seats", tags=["seats"], responses=_KNOWN)
    async def list_seats(
        request: Web, venue_id: VenueQuery, limit: PageLimit = 100, cursor: Cursor = None
    ) -> Page[SeatPlace]:
        """The seats of a venue's current layout, row by row. For staff."""
        venue, layout = await venues.layout(member_of(request), venue_id)
        start = _position(cursor)
        seats = ((section, row, seat) for section in layout.sections for row in section.rows for seat in row.seats)
        found = [place_of(venue.id, *where) for where in islice(seats, start, start + limit)]
        return Page(items=found, next_cursor=cursor_of(start + limit) if len(found) == limit else None)

    @get("/api/seats/{seat_id:str}", tags=["seats"], responses=_KNOWN)
    async def get_seat(request: Web, seat_id: FromPath[str], venue_id: VenueQuery) -> SeatPlace:
        """One seat of a venue's current layout. For staff."""
        venue, layout = await venues.layout(member_of(request), venue_id)
        return place_of(venue.id, *find_seat(layout, seat_id))

    return [list_seats, get_seat]


def _writers(venues: Venues) -> list[RouteHandler]:
    @post("/api/seats", status_code=201, tags=["seats"], responses=_ADDED)
    async def add_seat(request: Web, data: JSONBody[NewSeat], if_match: IfMatch = None) -> Response[Venue]:
        """Add a seat; the venue has another layout then. Showtimes keep the one they were made with. For staff."""
        seat = Seat(data.id, data.label, data.x, data.y, data.tier, tuple(data.flags))
        change = partial(with_seat, section_id=data.section_id, row_id=data.row_id, seat=seat, at=data.position)
        return tagged(await venues.edit(member_of(request), data.venue_id, change, expected_of(if_match)))

    @patch("/api/seats/{seat_id:str}", tags=["seats"], responses=_CHANGED)
    async def change_seat(
        request: Web, seat_id: FromPath[str], venue_id: VenueQuery, data: JSONBody[SeatChange], if_match: IfMatch = None
    ) -> Response[Venue]:
        """Change a seat's label, position, tier or flags. For staff."""
        changes = changes_of(data)
        if "flags" in changes:
            changes["flags"] = tuple(changes["flags"])
        change = partial(with_changed_seat, seat_id=seat_id, **changes)
        return tagged(await venues.edit(member_of(request), venue_id, change, expected_of(if_match)))

    @delete("/api/seats/{seat_id:str}", status_code=200, tags=["seats"], responses=_CHANGED)
    async def remove_seat(
        request: Web, seat_id: FromPath[str], venue_id: VenueQuery, if_match: IfMatch = None
    ) -> Response[Venue]:
        """Remove a seat from the venue's layout, and its row with the last one. For staff."""
        change = partial(without_seat, seat_id=seat_id)
        return tagged(await venues.edit(member_of(request), venue_id, change, expected_of(if_match)))

    return [add_seat, change_seat, remove_seat]


def _position(cursor: str | None) -> int:
    position = position_of(cursor, tuple[int])
    if position is not None and not 0 <= position[0] <= 50_000:  # noqa: PLR2004 - the largest layout
        raise Malformed("This cursor was not given by this system.", path="$.cursor")
    return position[0] if position else 0
