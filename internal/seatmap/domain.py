"""Decides whether a layout is sound, and what a change to one of its seats makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from internal.platform.faults import Fault, Kind
from internal.seatmap.layout import Layout, Row, Seat, Section
from internal.seatmap.soundness import Flaw, flaws

__all__ = [
    "BadLayout",
    "LayoutChanged",
    "LayoutContended",
    "NoSuchLayout",
    "NoSuchRow",
    "NoSuchSeat",
    "NoSuchVenue",
    "SeatExists",
    "Venue",
    "VenueHasNoLayout",
    "bad_layout",
    "checked",
    "decode",
    "find_seat",
    "of_decoder",
    "with_changed_seat",
    "with_seat",
    "without_seat",
]


class BadLayout(Fault, kind=Kind.INVALID):
    """The layout cannot be sold as it is; `errors` names each flaw and its path."""


class NoSuchVenue(Fault, kind=Kind.NOT_FOUND):
    """There is no such venue."""


class NoSuchLayout(Fault, kind=Kind.NOT_FOUND):
    """There is no layout with this hash."""


class VenueHasNoLayout(Fault, kind=Kind.NOT_FOUND):
    """This venue has no layout yet."""


class NoSuchSeat(Fault, kind=Kind.NOT_FOUND):
    """The venue's current layout has no such seat."""


class NoSuchRow(Fault, kind=Kind.NOT_FOUND):
    """The venue's current layout has no such section or row."""


class SeatExists(Fault, kind=Kind.CONFLICT):
    """The venue's current layout has a seat of this id already."""


class LayoutChanged(Fault, kind=Kind.STALE):
    """The layout is not the one named in If-Match: somebody changed it meanwhile; read it again."""


class LayoutContended(Fault, kind=Kind.CONFLICT):
    """Several people are changing this layout at this moment; try again."""


class Venue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A place where things are played; `layoutHash` names its current layout, `version` counts how many it has had."""

    id: str
    organization_id: str
    name: str
    city: str
    country: str
    layout_hash: str | None
    places: int
    version: int
    created_at: datetime
    updated_at: datetime


_decoder = msgspec.json.Decoder(Layout)


def decode(body: bytes) -> Layout:
    """The layout in these bytes, of the right form but not yet checked."""
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise of_decoder(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_layout([Flaw("$", f"This is not JSON: {error}")]) from None


def checked(layout: Layout) -> Layout:
    """The layout, if it is sound."""
    found = flaws(layout)
    if found:
        raise bad_layout(found)
    return layout


def bad_layout(found: Sequence[Flaw]) -> BadLayout:
    """The first flaw where a problem has its path, and all of them as `errors`."""
    first = found[0]
    return BadLayout(f"{first.message} ({first.path})", path=first.path, errors=[flaw._asdict() for flaw in found])


def of_decoder(text: str) -> BadLayout:
    """The decoder's words as a flaw with its path."""
    message, _, path = text.partition(" - at `")
    return bad_layout([Flaw(path.rstrip("`") or "$", message)])


def find_seat(layout: Layout, seat_id: str) -> tuple[Section, Row, Seat]:
    """The seat and where it stands."""
    for section in layout.sections:
        for row in section.rows:
            for seat in row.seats:
                if seat.id == seat_id:
                    return section, row, seat
    raise NoSuchSeat(f"There is no seat {seat_id!r} in the venue's current layout.")


def with_seat(layout: Layout, section_id: str, row_id: str, seat: Seat, at: int | None = None) -> Layout:
    """The layout with one more seat in this row, before the seat at position `at`, or at its end."""
    if any(other.id == seat.id for section in layout.sections for row in section.rows for other in row.seats):
        raise SeatExists
    if not any(
        section.id == section_id and any(row.id == row_id for row in section.rows) for section in layout.sections
    ):
        raise NoSuchRow

    def put(section: Section, row: Row) -> tuple[Seat, ...]:
        if (section.id, row.id) != (section_id, row_id):
            return row.seats
        place = len(row.seats) if at is None else at
        return (*row.seats[:place], seat, *row.seats[place:])

    return checked(_with_rows(layout, put))


def with_changed_seat(layout: Layout, seat_id: str, **changes: Any) -> Layout:
    """The layout with this seat changed."""
    _, changed_row, seat = find_seat(layout, seat_id)
    changed = msgspec.structs.replace(seat, **changes)

    def put(_: Section, row: Row) -> tuple[Seat, ...]:
        return tuple(changed if other is seat else other for other in row.seats) if row is changed_row else row.seats

    return checked(_with_rows(layout, put))


def without_seat(layout: Layout, seat_id: str) -> Layout:
    """The layout without this seat, and without what has become empty."""
    _, changed_row, seat = find_seat(layout, seat_id)

    def put(_: Section, row: Row) -> tuple[Seat, ...]:
        return tuple(other for other in row.seats if other is not seat) if row is changed_row else row.seats

    return checked(_with_rows(layout, put))


def _with_rows(layout: Layout, put: Callable[[Section, Row], tuple[Seat, ...]]) -> Layout:
    sections = []
    for section in layout.sections:
        rows = ((row, put(section, row)) for row in section.rows)
        kept = tuple(
            msgspec.structs.replace(row, seats=seats) if seats is not row.seats else row for row, seats in rows if seats
        )
        if kept:
            sections.append(msgspec.structs.replace(section, rows=kept))
    return msgspec.structs.replace(layout, sections=tuple(sections))
