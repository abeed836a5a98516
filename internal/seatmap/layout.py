"""What a venue's layout is: frozen values, one canonical form, one hash.

A layout is never changed: a change makes another layout with another hash, so whoever knows a hash may keep what it
stands for, for ever. Order has a meaning in two places: seats stand in their row in the order in which people sit next
to one another, and rows stand in their section from front to back. Everywhere else the canonical form sorts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

__all__ = [
    "FLAGS",
    "Area",
    "Flag",
    "Layout",
    "Place",
    "Point",
    "Row",
    "Seat",
    "Section",
    "Shape",
    "Tier",
    "canonical",
    "content_hash",
    "encode",
    "places",
    "seat_count",
    "tiers_used",
]

Flag = Literal[
    "accessible",
    "companion",
    "hearingImpaired",
    "liftUpArmrests",
    "plusSize",
    "restrictedView",
    "semiAmbulatory",
    "signLanguage",
]
FLAGS: frozenset[str] = frozenset(get_args(Flag))

_DECIMALS = (
    2  # a hundredth of a plan's unit: finer than any screen draws, and what a float keeps exactly enough to hash
)


class _Value(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Frozen, camelCase on the wire; what has its default value is not written."""


class Point(_Value, frozen=True):
    x: float
    y: float


class Tier(_Value, frozen=True):
    """A category of seats; the catalog gives it a price for each showtime. The colour only draws it."""

    name: str
    color: str = ""


class Seat(_Value, frozen=True):
    id: str
    label: str
    x: float
    y: float
    tier: str
    flags: tuple[Flag, ...] = ()


class Row(_Value, frozen=True):
    """Seats in the order in which people sit next to one another."""

    id: str
    label: str
    seats: tuple[Seat, ...]


class Section(_Value, frozen=True):
    """Rows from front to back."""

    id: str
    label: str
    rows: tuple[Row, ...]


class Area(_Value, frozen=True):
    """Room to stand for `capacity` people; its places are seats without names. It counts as a section of its own."""

    id: str
    label: str
    capacity: int
    tier: str
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


class Shape(_Value, frozen=True):
    """What is drawn and not sold: the stage, a bar, a word."""

    kind: Literal["rectangle", "circle", "ellipse", "polygon", "text"]
    x: float
    y: float
    width: float = 0.0
    height: float = 0.0
    rotation: float = 0.0
    points: tuple[Point, ...] = ()
    text: str = ""
    color: str = ""
    border_color: str = ""


class Layout(_Value, frozen=True):
    """All that can be sold in a venue, where it is, and which way people look (`focus`)."""

    name: str
    tiers: tuple[Tier, ...]
    sections: tuple[Section, ...] = ()
    areas: tuple[Area, ...] = ()
    shapes: tuple[Shape, ...] = ()
    focus: Point = Point(0.0, 0.0)


class Place(_Value, frozen=True):
    """One thing that can be sold, named or not, with where it is."""

    id: str
    label: str
    section_id: str
    row_id: str
    x: float
    y: float
    tier: str
    flags: tuple[Flag, ...] = ()


def places(layout: Layout) -> Iterator[Place]:
    """Every place that can be sold, in the order of the layout; an area's are `<area>:1` to `<area>:N`."""
    for section in layout.sections:
        for row in section.rows:
            for seat in row.seats:
                yield Place(seat.id, seat.label, section.id, row.id, seat.x, seat.y, seat.tier, seat.flags)
    for area in layout.areas:
        x, y = area.x + area.width / 2, area.y + area.height / 2
        for number in range(1, area.capacity + 1):
            yield Place(f"{area.id}:{number}", str(number), area.id, "", x, y, area.tier)


def seat_count(layout: Layout) -> int:
    """How many places can be sold, standing ones included."""
    seats = sum(len(row.seats) for section in layout.sections for row in section.rows)
    return seats + sum(area.capacity for area in layout.areas)


def tiers_used(layout: Layout) -> list[str]:
    """The tiers that something to be sold is in; a layout may name more."""
    used = {seat.tier for section in layout.sections for row in section.rows for seat in row.seats}
    return sorted(used | {area.tier for area in layout.areas})


def canonical(layout: Layout) -> Layout:
    """The one form of all layouts that mean the same."""
    return Layout(
        name=layout.name,
        tiers=tuple(sorted(layout.tiers, key=lambda tier: tier.name)),
        sections=tuple(sorted(map(_canonical_section, layout.sections), key=lambda section: section.id)),
        areas=tuple(sorted(map(_canonical_area, layout.areas), key=lambda area: area.id)),
        shapes=tuple(
            map(_canonical_shape, layout.shapes)
        ),  # later ones are drawn over earlier ones: order means something
        focus=_canonical_point(layout.focus),
    )


def encode(layout: Layout) -> bytes:
    """The canonical JSON: what is hashed, stored and served."""
    return msgspec.json.encode(canonical(layout))


def content_hash(body: bytes) -> str:
    """The name of a layout: whoever has its bytes can check it."""
    return hashlib.sha256(body).hexdigest()


def _rounded(number: float) -> float:
    return round(number, _DECIMALS) + 0.0  # adding zero makes -0.0 the same as 0.0


def _canonical_section(section: Section) -> Section:
    return Section(section.id, section.label, tuple(map(_canonical_row, section.rows)))


def _canonical_row(row: Row) -> Row:
    return Row(row.id, row.label, tuple(map(_canonical_seat, row.seats)))


def _canonical_seat(seat: Seat) -> Seat:
    flags = tuple(sorted(set(seat.flags))) if seat.flags else ()
    return Seat(seat.id, seat.label, _rounded(seat.x), _rounded(seat.y), seat.tier, flags)


def _canonical_point(point: Point) -> Point:
    return Point(_rounded(point.x), _rounded(point.y))


def _canonical_area(area: Area) -> Area:
    x, y, width, height = map(_rounded, (area.x, area.y, area.width, area.height))
    return Area(area.id, area.label, area.capacity, area.tier, x, y, width, height)


def _canonical_shape(shape: Shape) -> Shape:
    return msgspec.structs.replace(
        shape,
        x=_rounded(shape.x),
        y=_rounded(shape.y),
        width=_rounded(shape.width),
        height=_rounded(shape.height),
        rotation=_rounded(shape.rotation),
        points=tuple(map(_canonical_point, shape.points)),
    )
