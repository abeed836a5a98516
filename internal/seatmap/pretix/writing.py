"""A layout as a pretix seating plan."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor

import msgspec

from internal.seatmap.layout import Area, Layout, Point, Row, Seat, Section, Shape
from internal.seatmap.pretix.form import (
    FOCUS,
    ORIGIN,
    PlanArea,
    PlanCategory,
    PlanPoint,
    PlanPolygon,
    PlanRadii,
    PlanRadius,
    PlanRow,
    PlanSeat,
    PlanSize,
    PlanText,
    PlanZone,
    SeatingPlan,
    category_name,
    standing_text,
)

__all__ = ["write"]

_MARGIN = 50  # plan units around everything, so that no seat is drawn half outside


def write(layout: Layout) -> bytes:
    """The plan as JSON."""
    corners = list(_corners(layout))
    left, top = (floor(min(axis)) - _MARGIN for axis in zip(*corners, strict=True))
    right, bottom = (ceil(max(axis)) + _MARGIN for axis in zip(*corners, strict=True))
    return msgspec.json.encode(_Writer(left, top).plan(layout, PlanSize(width=right - left, height=bottom - top)))


def _corners(layout: Layout) -> Iterator[tuple[float, float]]:
    """Points between which everything lies."""
    yield layout.focus.x, layout.focus.y
    for section in layout.sections:
        for row in section.rows:
            yield from ((seat.x, seat.y) for seat in row.seats)
    things: tuple[Area | Shape, ...] = (*layout.areas, *layout.shapes)
    for thing in things:
        yield thing.x, thing.y
        yield thing.x + thing.width, thing.y + thing.height


class _Writer:
    """Moves everything so that nothing lies left of or above (0, 0)."""

    def __init__(self, left: float, top: float) -> None:
        self._left, self._top = left, top

    def plan(self, layout: Layout, size: PlanSize) -> SeatingPlan:
        zones = [self._zone(section) for section in layout.sections]
        drawn = [self._shape(shape) for shape in layout.shapes]
        drawn += [self._standing(area) for area in layout.areas]
        drawn += [self._mark(ORIGIN, Point(0.0, 0.0)), self._mark(FOCUS, layout.focus)]
        zones.append(PlanZone(name="Areas", zone_id="aisle:areas", position=PlanPoint(x=0, y=0), rows=[], areas=drawn))
        return SeatingPlan(name=layout.name, categories=_categories(layout), zones=zones, size=size)

    def _at(self, x: float, y: float) -> PlanPoint:
        return PlanPoint(x=round(x - self._left, 2), y=round(y - self._top, 2))

    def _zone(self, section: Section) -> PlanZone:
        rows = [self._row(row) for row in section.rows]
        return PlanZone(name=section.label, zone_id=section.id, position=PlanPoint(x=0, y=0), rows=rows, areas=[])

    def _row(self, row: Row) -> PlanRow:
        at = self._at(row.seats[0].x, row.seats[0].y)
        seats = [self._seat(seat, at) for seat in row.seats]
        return PlanRow(row_number=row.label, row_number_position="both", uuid=row.id, position=at, seats=seats)

    def _seat(self, seat: Seat, row: PlanPoint) -> PlanSeat:
        at = self._at(seat.x, seat.y)
        return PlanSeat(
            seat_guid=seat.id,
            seat_number=seat.label,
            uuid=seat.id,
            position=PlanPoint(x=round(at.x - row.x, 2), y=round(at.y - row.y, 2)),
            category=category_name(seat.tier, seat.flags),
        )

    def _standing(self, area: Area) -> PlanArea:
        return PlanArea(
            shape="rectangle",
            uuid=area.id,
            position=self._at(area.x, area.y),
            rectangle=PlanSize(width=area.width, height=area.height),
            text=PlanText(text=standing_text(area.label, area.capacity, area.tier)),
        )

    def _mark(self, name: str, point: Point) -> PlanArea:
        return PlanArea(shape="circle", uuid=name, position=self._at(point.x, point.y), circle=PlanRadius(radius=0.0))

    def _shape(self, shape: Shape) -> PlanArea:
        area = PlanArea(
            shape=shape.kind,
            position=self._at(shape.x, shape.y),
            rotation=shape.rotation,
            color=shape.color,
            border_color=shape.border_color,
            text=PlanText(text=shape.text) if shape.text else None,
        )
        if shape.kind == "rectangle":
            area.rectangle = PlanSize(width=shape.width, height=shape.height)
        elif shape.kind == "circle":
            area.circle = PlanRadius(radius=shape.width / 2)
        elif shape.kind == "ellipse":
            area.ellipse = PlanRadii(radius=PlanPoint(x=shape.width / 2, y=shape.height / 2))
        elif shape.kind == "polygon":
            area.polygon = PlanPolygon(points=[PlanPoint(x=point.x, y=point.y) for point in shape.points])
        return area


def _categories(layout: Layout) -> list[PlanCategory]:
    """Every tier, and every tier with flags that some seat has."""
    colors = {tier.name: tier.color for tier in layout.tiers}
    flagged = {
        (seat.tier, seat.flags)
        for section in layout.sections
        for row in section.rows
        for seat in row.seats
        if seat.flags
    }
    plain = [PlanCategory(name=name, color=color) for name, color in colors.items()]
    return plain + [PlanCategory(name=category_name(*pair), color=colors[pair[0]]) for pair in sorted(flagged)]
