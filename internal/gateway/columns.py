"""A layout in columns: what a seat map needs of 20,000 seats in some tens of kilobytes.

As a list of objects a seat has 100 bytes, most of them names of fields. Here a row says what its seats have in common
once, and the rest is in lists as long as the row, whose values repeat from row to row, which is what gzip is good at:

    {"id": "hall-A", "label": "A", "prefix": "A", "numbers": ["1", "2", "3"],      seats A1, A2, A3
     "x": [1000, 2200, 2200], "y": [6000, 0, 0],                                   at 10, 32 and 54; all at 60
     "tier": 0, "flags": {"2": [0, 1]}}                                            the third: flags 0 and 1 of `flags`

- a seat's id is `prefix` and its part of `suffixes`, or of `numbers` where there are no suffixes;
- `x` and `y` are hundredths of the plan's unit, the first of the row, then the step from the seat before;
- `tier` is the place in `tiers`, one for the whole row or a list.

The order of sections, rows and seats, and then of the areas' places, is that of `states` in the same answer, so that
the seat number n has the state `states[n]`. The web pages read it by `js/core/layout.js`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os.path import commonprefix

import msgspec

from proto.seatmap import Area, LayoutPage, Row, Seat, Shape, TierColor

__all__ = ["AreaColumn", "Columns", "RowColumns", "SectionColumns", "columns_of"]

_HUNDREDTHS = 100  # as fine as the seatmap keeps them


class _Column(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """camelCase; what is as always is left out."""


class RowColumns(_Column, frozen=True, kw_only=True):
    """Seats beside each other."""

    id: str
    label: str
    prefix: str
    numbers: list[str]
    suffixes: list[str] | None = None
    x: list[int]
    y: list[int]
    tier: int | list[int]
    flags: dict[str, list[int]] = {}  # msgspec copies it


class SectionColumns(_Column, frozen=True, kw_only=True):
    """A section with its rows, from front to back."""

    id: str
    name: str
    rows: list[RowColumns]


class AreaColumn(_Column, frozen=True, kw_only=True):
    """Standing room. Place n of it, from 1, is `<id>:<n>`; x and y are its middle, all in hundredths."""

    id: str
    name: str
    capacity: int
    tier: int
    x: int
    y: int
    width: int = 0
    height: int = 0


class Columns(_Column, frozen=True, kw_only=True):
    """A whole layout."""

    hash: str
    capacity: int
    focus: tuple[float, float]
    tiers: list[TierColor]
    flags: list[str]
    sections: list[SectionColumns]
    areas: list[AreaColumn]
    shapes: list[Shape]


def columns_of(pages: Sequence[LayoutPage]) -> Columns:
    """All pages of a layout as one."""
    tiers, flags = _Numbers([tier.name for tier in pages[0].tiers]), _Numbers([])
    rows: dict[str, tuple[str, list[RowColumns]]] = {}
    areas: list[AreaColumn] = []
    for section in (section for page in pages for section in page.sections):
        if section.rows:
            own = rows.setdefault(section.section_id, (section.name, []))[1]
            own.extend(_row(row, tiers, flags) for row in section.rows)
        areas.extend(_area(area, tiers) for area in section.areas)
    first = pages[0]
    colors = {tier.name: tier.color for tier in first.tiers}
    return Columns(
        hash=first.layout_hash,
        capacity=first.capacity,
        focus=(first.focal_point.x, first.focal_point.y),
        tiers=[TierColor(name=name, color=colors.get(name, "")) for name in tiers.names],
        flags=flags.names,
        sections=[SectionColumns(id=key, name=name, rows=own) for key, (name, own) in rows.items()],
        areas=areas,
        shapes=first.shapes,
    )


class _Numbers:
    """Names by the order in which they were first met."""

    def __init__(self, names: Iterable[str]) -> None:
        self._numbers = {name: number for number, name in enumerate(names)}

    @property
    def names(self) -> list[str]:
        return list(self._numbers)

    def of(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))


def _row(row: Row, tiers: _Numbers, flags: _Numbers) -> RowColumns:
    prefix, suffixes = _names([seat.seat_id for seat in row.seats], [seat.number for seat in row.seats])
    of_seats = [tiers.of(seat.tier) for seat in row.seats]
    return RowColumns(
        id=row.row_id,
        label=row.label,
        prefix=prefix,
        suffixes=suffixes,
        numbers=[seat.number for seat in row.seats],
        x=_steps(seat.x for seat in row.seats),
        y=_steps(seat.y for seat in row.seats),
        tier=of_seats[0] if len(set(of_seats)) == 1 else of_seats,
        flags=_flagged(row.seats, flags),
    )


def _names(ids: Sequence[str], numbers: Sequence[str]) -> tuple[str, list[str] | None]:
    """What the ids have in common, and the rest of each; None where that is the number."""
    first, number = (ids[0], numbers[0]) if ids else ("", "")
    prefix = first.removesuffix(number)
    if number and all(one == prefix + number for one, number in zip(ids, numbers, strict=True)):
        return prefix, None
    prefix = commonprefix(list(ids))  # noqa: RUF071 - characters are what is meant
    return prefix, [one[len(prefix) :] for one in ids]


def _steps(values: Iterable[float]) -> list[int]:
    steps, last = [], 0
    for value in values:
        now = round(value * _HUNDREDTHS)
        steps.append(now - last)
        last = now
    return steps


def _flagged(seats: Sequence[Seat], flags: _Numbers) -> dict[str, list[int]]:
    return {str(at): [flags.of(flag) for flag in seat.flags] for at, seat in enumerate(seats) if seat.flags}


def _area(area: Area, tiers: _Numbers) -> AreaColumn:
    x, y, width, height = (round(value * _HUNDREDTHS) for value in (area.x, area.y, area.width, area.height))
    return AreaColumn(
        id=area.area_id,
        name=area.name,
        capacity=area.capacity,
        tier=tiers.of(area.tier),
        x=x,
        y=y,
        width=width,
        height=height,
    )
