"""A layout in pages that fit a message: rows one after another, then standing areas, in the layout's order."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from internal.platform.faults import Malformed
from internal.seatmap import layout as ours
from proto.seatmap import Area, LayoutPage, Point, Row, Seat, Section, Shape, TierColor

__all__ = ["page"]

_LARGEST = 400_000  # bytes after which a page is closed; the longest row that is accepted adds at most as much again


def page(layout: ours.Layout, layout_hash: str, venue_id: str, section: str | None, cursor: str | None) -> LayoutPage:
    """The page that begins at the cursor: the number of a row or an area, counted through the layout or the section."""
    start = _position(cursor)
    first = section is None and start == 0
    size, following = 0, None
    sections: list[Section] = []
    for number, part in enumerate(_parts(layout, section)):
        if number < start:
            continue
        if size >= _LARGEST:
            following = str(number)
            break
        size += len(msgspec.json.encode(part))
        _append(sections, part)
    return LayoutPage(
        layout_hash=layout_hash,
        venue_id=venue_id,
        capacity=ours.seat_count(layout),
        focal_point=Point(x=layout.focus.x, y=layout.focus.y),
        sections=sections,
        next_cursor=following,
        tiers=[TierColor(name=tier.name, color=tier.color) for tier in layout.tiers] if first else [],
        shapes=[_shape(shape) for shape in layout.shapes] if first else [],
    )


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 6):  # noqa: PLR2004 - of 50,000 rows
        raise Malformed("This cursor was not given by this system.", path="$.cursor")
    return int(cursor)


def _parts(layout: ours.Layout, only: str | None) -> Iterator[Section]:
    """Each row, and each area, as a section that holds nothing else."""
    for section in layout.sections:
        if only in (None, section.id):
            for row in section.rows:
                yield Section(section_id=section.id, name=section.label, rows=[_row(row)])
    for area in layout.areas:
        if only in (None, area.id):
            yield Section(section_id=area.id, name=area.label, areas=[_area(area)])


def _append(sections: list[Section], part: Section) -> None:
    if sections and sections[-1].section_id == part.section_id:
        sections[-1].rows.extend(part.rows)
    else:
        sections.append(part)


def _row(row: ours.Row) -> Row:
    return Row(row_id=row.id, label=row.label, seats=[_seat(seat) for seat in row.seats])


def _seat(seat: ours.Seat) -> Seat:
    return Seat(seat_id=seat.id, number=seat.label, x=seat.x, y=seat.y, tier=seat.tier, flags=list(seat.flags))


def _area(area: ours.Area) -> Area:
    x, y = area.x + area.width / 2, area.y + area.height / 2
    return Area(
        area_id=area.id,
        name=area.label,
        capacity=area.capacity,
        tier=area.tier,
        x=x,
        y=y,
        width=area.width,
        height=area.height,
    )


def _shape(shape: ours.Shape) -> Shape:
    return msgspec.convert(shape, Shape, from_attributes=True)
