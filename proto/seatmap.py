"""Venues and their layouts. A layout never changes: its hash is its name, so whoever has read it may keep it."""

from __future__ import annotations

from typing import Literal

from proto import Answer, Event, Part, Request, SeatId, event, rpc

__all__ = [
    "Area",
    "CreateSimple",
    "Flag",
    "GetLayout",
    "GetVenue",
    "LayoutPage",
    "LayoutPublished",
    "Point",
    "Row",
    "Seat",
    "Section",
    "Shape",
    "SimpleCreated",
    "TierColor",
    "VenueCreated",
    "VenueDeleted",
    "VenueFacts",
    "VenueUpdated",
]

Flag = Literal[
    "accessible",
    "companion",
    "restrictedView",
    "hearingImpaired",
    "semiAmbulatory",
    "signLanguage",
    "plusSize",
    "liftUpArmrests",
]


class Point(Part, frozen=True, kw_only=True):
    """A place on the plan, in the plan's own units."""

    x: float
    y: float


class Seat(Part, frozen=True, kw_only=True):
    """A seat: its id is unique in the layout, its number is what is written on it."""

    seat_id: SeatId
    number: str
    x: float
    y: float
    tier: str
    flags: list[Flag] = []


class Row(Part, frozen=True, kw_only=True):
    """Seats beside each other, from one end to the other."""

    row_id: str
    label: str
    seats: list[Seat]


class Area(Part, frozen=True, kw_only=True):
    """Standing room: places without names. Place n of it is the seat `<areaId>:<n>`, counted from 1."""

    area_id: str
    name: str
    capacity: int
    tier: str
    x: float = 0.0  # the middle of it
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


class TierColor(Part, frozen=True, kw_only=True):
    """How the places of a tier are drawn; an empty colour leaves it to whoever draws."""

    name: str
    color: str = ""


class Shape(Part, frozen=True, kw_only=True):
    """What is drawn and not sold: the stage, a bar, a word."""

    kind: Literal["rectangle", "circle", "ellipse", "polygon", "text"]
    x: float
    y: float
    width: float = 0.0
    height: float = 0.0
    rotation: float = 0.0
    points: list[Point] = []
    text: str = ""
    color: str = ""
    border_color: str = ""


class Section(Part, frozen=True, kw_only=True):
    """A section, or the part of it that this page holds: it goes on under the same id on the next."""

    section_id: str
    name: str
    rows: list[Row] = []
    areas: list[Area] = []


class LayoutPage(Answer, frozen=True, kw_only=True):
    """A page of a layout, under 1 MB; the sections, rows and seats come in the layout's order.

    The tiers' colours and the shapes are on the first page of a whole layout.
    """

    layout_hash: str
    venue_id: str
    capacity: int
    focal_point: Point
    sections: list[Section]
    next_cursor: str | None = None
    tiers: list[TierColor] = []
    shapes: list[Shape] = []


@rpc("rpc.seatmap.layout")
class GetLayout(Request[LayoutPage], frozen=True, kw_only=True):
    """The next page of a layout, or of one section of it."""

    layout_hash: str
    section: str | None = None
    cursor: str | None = None


class VenueFacts(Answer, frozen=True, kw_only=True):
    """A venue as it stands: its current layout, and the tiers that this layout's places are in."""

    venue_id: str
    organization_id: str
    name: str
    city: str = ""
    country: str = ""
    layout_hash: str | None = None
    capacity: int = 0
    tiers: list[str] = []


@rpc("rpc.seatmap.venue")
class GetVenue(Request[VenueFacts], frozen=True, kw_only=True):
    """What is known of this venue?"""

    venue_id: str


class SimpleCreated(Answer, frozen=True, kw_only=True):
    """The venue that was made, and its layout."""

    venue_id: str
    layout_hash: str


@rpc("rpc.seatmap.create_simple")
class CreateSimple(Request[SimpleCreated], frozen=True, kw_only=True):
    """A plain hall of so many seats in rows. `requestKey` makes asking twice make one hall."""

    organization_id: str
    name: str
    total_seats: int
    request_key: str | None = None


class _VenueFacts(Event, frozen=True, kw_only=True):
    venue_id: str
    organization_id: str
    name: str
    city: str = ""
    country: str = ""


@event("seatmap.venue.created")
class VenueCreated(_VenueFacts, frozen=True, kw_only=True):
    """A venue was written down."""


@event("seatmap.venue.updated")
class VenueUpdated(_VenueFacts, frozen=True, kw_only=True):
    """A venue changed; all of it is told."""


@event("seatmap.venue.deleted")
class VenueDeleted(Event, frozen=True, kw_only=True):
    """A venue is gone; layouts that showtimes use stay."""

    venue_id: str
    organization_id: str


@event("seatmap.layout.published")
class LayoutPublished(Event, frozen=True, kw_only=True):
    """A venue has this layout from now on; the older ones stay as they are."""

    layout_hash: str
    venue_id: str
    organization_id: str
    capacity: int
