"""What callers send and get besides layouts, and what the routes have in common."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.params import HeaderParameter, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from internal.platform.faults import Malformed
from internal.platform.http import position_of
from internal.platform.http.forms import LINE, Body
from internal.platform.ids import is_id
from internal.seatmap.layout import Flag, Row, Seat, Section

__all__ = [
    "LARGEST_LAYOUT",
    "LARGEST_PLAN",
    "IfMatch",
    "NewSeat",
    "NewVenue",
    "OrganizationQuery",
    "SeatChange",
    "SeatPlace",
    "VenueChange",
    "VenueQuery",
    "encoded",
    "expected_of",
    "place_of",
    "venue_position",
]

LARGEST_LAYOUT = 12 * 1024 * 1024  # bytes: 50,000 seats with long ids and labels, 240 bytes each
LARGEST_PLAN = 24 * 1024 * 1024  # pretix says twice as much of a seat

OrganizationQuery = Annotated[str, QueryParameter(name="organizationId", pattern=r"^org_[0-9a-f]{32}$(?!\n)")]
VenueQuery = Annotated[str, QueryParameter(name="venueId", max_length=64)]
IfMatch = Annotated[
    str | None,
    HeaderParameter(name="If-Match", max_length=200, description="The ETag of the layout that this is a change of"),
]

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE)]
City = Annotated[str, Meta(max_length=200, pattern=LINE)]
Country = Annotated[str, Meta(pattern=r"^([A-Z]{2})?$(?!\n)", description="ISO 3166, two letters")]
Organization = Annotated[str, Meta(pattern=r"^org_[0-9a-f]{32}$(?!\n)")]
VenueId = Annotated[str, Meta(pattern=r"^venue_[0-9a-f]{32}$(?!\n)")]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}$(?!\n)")]
Label = Annotated[str, Meta(min_length=1, max_length=100, pattern=LINE)]
Flags = Annotated[list[Flag], Meta(max_length=8)]
Number = Annotated[float, Meta(ge=-1_000_000, le=1_000_000)]


class NewVenue(Body, frozen=True, kw_only=True):
    """A place to play, and who runs it."""

    organization_id: Organization
    name: Name
    city: City = ""
    country: Country = ""


class VenueChange(Body, frozen=True, kw_only=True):
    """What is to be different; the rest stays."""

    name: Name | UnsetType = UNSET
    city: City | UnsetType = UNSET
    country: Country | UnsetType = UNSET


class NewSeat(Body, frozen=True, kw_only=True):
    """A seat and where it goes: before the one at `position` in its row, or at the row's end."""

    venue_id: VenueId
    section_id: Id
    row_id: Id
    id: Id
    label: Label
    x: Number
    y: Number
    tier: Label
    flags: Flags = []
    position: Annotated[int, Meta(ge=0, le=500)] | None = None


class SeatChange(Body, frozen=True, kw_only=True):
    """What is to be different; the rest stays. A seat's id is its name for ever: another id is another seat."""

    label: Label | UnsetType = UNSET
    x: Number | UnsetType = UNSET
    y: Number | UnsetType = UNSET
    tier: Label | UnsetType = UNSET
    flags: Flags | UnsetType = UNSET


class SeatPlace(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A seat and where it stands."""

    venue_id: str
    section_id: str
    row_id: str
    id: str
    label: str
    x: float
    y: float
    tier: str
    flags: tuple[Flag, ...]


def place_of(venue_id: str, section: Section, row: Row, seat: Seat) -> SeatPlace:
    """The seat as it is answered."""
    return SeatPlace(
        venue_id=venue_id,
        section_id=section.id,
        row_id=row.id,
        id=seat.id,
        label=seat.label,
        x=seat.x,
        y=seat.y,
        tier=seat.tier,
        flags=seat.flags,
    )


def expected_of(if_match: str | None) -> str | None:
    """The hash that the caller saw; None where any will do."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = re.fullmatch(r'\s*(?:W/)?"([^"]*)"\s*', if_match)
    if not found:
        raise Malformed("If-Match takes one ETag.", path="$.If-Match", source="header")
    return found[1]


def encoded(answer: Response[bytes]) -> Response[Any]:
    """An answer that is JSON already; the handler's annotation says of what, for the OpenAPI document."""
    return answer


def venue_position(cursor: str | None) -> str:
    """The venue after which the page begins."""
    position = position_of(cursor, tuple[str])
    if position is not None and not is_id("venue", position[0]):
        raise Malformed("This cursor was not given by this system.", path="$.cursor")
    return position[0] if position else ""
