"""The routes of venues and of their layouts, for organisers."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, delete, get, patch, post, put
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody
from litestar.types import Guard

from internal.platform.http import Page, RouteHandler, cursor_of, json_answer, member_of, problems
from internal.platform.http.forms import Cursor, PageLimit, Web, changes_of
from internal.platform.roles import NotAllowedHere
from internal.seatmap import pretix
from internal.seatmap.domain import BadLayout, LayoutChanged, NoSuchVenue, Venue, VenueHasNoLayout
from internal.seatmap.handlers import Venues
from internal.seatmap.http.forms import (
    LARGEST_LAYOUT,
    LARGEST_PLAN,
    IfMatch,
    NewVenue,
    OrganizationQuery,
    VenueChange,
    encoded,
    expected_of,
    venue_position,
)
from internal.seatmap.layout import Layout

__all__ = ["routes"]

_VENUE = problems(NoSuchVenue, NotAllowedHere)
_READ = problems(NoSuchVenue, VenueHasNoLayout, NotAllowedHere)
_WRITTEN = problems(NoSuchVenue, NotAllowedHere, BadLayout, LayoutChanged)


def routes(venues: Venues) -> list[RouteHandler]:
    """All of them."""
    return [*_of_venues(venues), *_of_layouts(venues), *_of_plans(venues)]


def _of_venues(venues: Venues) -> list[RouteHandler]:
    @post("/api/venues", status_code=201, tags=["venues"], responses=problems(NotAllowedHere))
    async def add_venue(request: Web, data: JSONBody[NewVenue]) -> Response[Venue]:
        """Add a venue. For the organization's staff."""
        made = await venues.add(member_of(request), data.organization_id, data.name, data.city, data.country)
        return Response(made, headers={"location": f"/api/venues/{made.id}"})

    @get("/api/venues", tags=["venues"], responses=problems(NotAllowedHere))
    async def list_venues(
        request: Web, organization_id: OrganizationQuery, limit: PageLimit = 50, cursor: Cursor = None
    ) -> Page[Venue]:
        """An organization's venues. For its staff."""
        found = await venues.after(member_of(request), organization_id, venue_position(cursor), limit)
        return Page(items=found, next_cursor=cursor_of(found[-1].id) if len(found) == limit else None)

    @get("/api/venues/{venue_id:str}", tags=["venues"], responses=_VENUE)
    async def get_venue(request: Web, venue_id: FromPath[str]) -> Venue:
        """One venue. For the staff of its organization."""
        return await venues.get(member_of(request), venue_id)

    @patch("/api/venues/{venue_id:str}", tags=["venues"], responses=_VENUE)
    async def change_venue(request: Web, venue_id: FromPath[str], data: JSONBody[VenueChange]) -> Venue:
        """Change its name or where it is. For the staff of its organization."""
        changes = changes_of(data)
        return await venues.change(member_of(request), venue_id, changes)

    @delete("/api/venues/{venue_id:str}", tags=["venues"], responses=_VENUE)
    async def remove_venue(request: Web, venue_id: FromPath[str]) -> None:
        """Remove a venue. Layouts that showtimes were sold on stay. For the staff of its organization."""
        await venues.remove(member_of(request), venue_id)

    return [add_venue, list_venues, get_venue, change_venue, remove_venue]


def _of_layouts(venues: Venues) -> list[RouteHandler]:
    @put(
        "/api/venues/{venue_id:str}/layout",
        tags=["layouts"],
        responses=_WRITTEN,
        request_max_body_size=LARGEST_LAYOUT,
        guards=[_for_staff(venues)],
    )
    async def set_layout(
        request: Web, venue_id: FromPath[str], data: JSONBody[Layout], if_match: IfMatch = None
    ) -> Response[Venue]:
        """Give the venue another layout. Showtimes keep the one they were made with. For staff."""
        venue = await venues.set_layout(member_of(request), venue_id, data, expected_of(if_match))
        return tagged(venue)

    return [set_layout]


def _of_plans(venues: Venues) -> list[RouteHandler]:
    @post(
        "/api/venues/{venue_id:str}/layout/import",
        status_code=200,
        tags=["layouts"],
        responses=_WRITTEN,
        request_max_body_size=LARGEST_PLAN,
        guards=[_for_staff(venues)],
    )
    async def import_plan(
        request: Web, venue_id: FromPath[str], data: JSONBody[pretix.SeatingPlan], if_match: IfMatch = None
    ) -> Response[Venue]:
        """Take over a seating plan in pretix's form as the venue's layout. For staff."""
        layout = await asyncio.to_thread(pretix.layout_of, data)
        return tagged(await venues.set_layout(member_of(request), venue_id, layout, expected_of(if_match)))

    @get("/api/venues/{venue_id:str}/layout/export", tags=["layouts"], responses=_READ)
    async def export_plan(request: Web, venue_id: FromPath[str]) -> Response[pretix.SeatingPlan]:
        """The current layout as a seating plan in pretix's form. For staff."""
        _, layout = await venues.layout(member_of(request), venue_id)
        return encoded(json_answer(request, await asyncio.to_thread(pretix.write, layout)))

    return [import_plan, export_plan]


def _for_staff(venues: Venues) -> Guard:
    """Before the body is read: the largest one takes a process, and all who buy there, more than a second."""

    async def require(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        assert isinstance(connection, Request)
        await venues.get(member_of(connection), connection.path_params["venue_id"])

    return require


def tagged(venue: Venue) -> Response[Venue]:
    """The venue, with the ETag of its layout for the next change."""
    return Response(venue, headers={"etag": f'"{venue.layout_hash}"'})
