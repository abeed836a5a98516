"""Layouts that nobody has to draw: the plain hall of the short form, and the theatre that shows what Aisle can do."""

from __future__ import annotations

from itertools import count
from math import ceil, cos, pi, sin
from typing import NamedTuple

from internal.seatmap.layout import Area, Flag, Layout, Point, Row, Seat, Section, Shape, Tier

__all__ = ["demo_theatre", "row_name", "simple"]

_PITCH = 22.0  # plan units from seat to seat: leaves two between circles of radius 10, pretix's own
_ROW_DEPTH = 30.0  # from row to row
_WIDEST_ROW = 25  # seats: wider ones are hard to leave in the middle
_ONLY_TIER = "Standard"  # of a plain hall


def row_name(number: int) -> str:
    """The name of the row, counted from 0: A to Z, then AA, AB, ..."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def simple(name: str, total: int) -> Layout:
    """One hall of straight rows of about equal length, the longest 25 seats; ids are A1, A2, ... AA1."""
    height = max(1, ceil(total / _WIDEST_ROW))
    shortest, longer = divmod(total, height)
    rows = []
    for number in range(height):
        width = shortest + (number < longer)
        label = row_name(number)
        left = -(width - 1) * _PITCH / 2
        seats = tuple(
            Seat(f"{label}{at + 1}", str(at + 1), left + at * _PITCH, (number + 2) * _ROW_DEPTH, _ONLY_TIER)
            for at in range(width)
        )
        rows.append(Row(label, label, seats))
    stage = Shape("rectangle", -150.0, -30.0, width=300.0, height=40.0, text="Stage", color="#333333")
    return Layout(name, (Tier(_ONLY_TIER, "#4b7bec"),), (Section("hall", "Hall", tuple(rows)),), shapes=(stage,))


class _Balcony(NamedTuple):
    """A section of curved rows, all centred on the stage."""

    id: str
    label: str
    rows: int
    first_row_seats: int
    more_each_row: int
    radius: float
    tiers: tuple[tuple[int, str], ...]  # up to which row, which tier
    wheelchair_rows: frozenset[int] = frozenset()


_SECTIONS = (
    _Balcony("stalls", "Stalls", 20, 25, 1, 330.0, ((6, "Premium"), (20, "Stalls")), frozenset({0, 19})),
    _Balcony("circle", "Circle", 8, 40, 1, 1000.0, ((3, "Premium"), (8, "Circle")), frozenset({0})),
    _Balcony("balcony", "Balcony", 5, 31, 1, 1290.0, ((5, "Balcony"),)),
)
_RESTRICTED_VIEW: frozenset[int] = frozenset({0, 1})  # the two outermost of each balcony row look past a pillar


def demo_theatre() -> Layout:
    """Stalls, circle and balcony of 1,203 curved seats in four tiers, and a floor for 500 to stand on."""
    tiers = (
        Tier("Premium", "#a55eea"),
        Tier("Stalls", "#4b7bec"),
        Tier("Circle", "#20bf6b"),
        Tier("Balcony", "#f7b731"),
        Tier("Standing", "#778ca3"),
    )
    floor = Area("floor", "Standing floor", 500, "Standing", -200.0, 60.0, 400.0, 220.0)
    stage = Shape("rectangle", -220.0, -60.0, width=440.0, height=80.0, text="Stage", color="#333333")
    # not where the rows are centred: from there every seat of a row is as good as any other
    focus = Point(0.0, 170.0)
    return Layout("Grand Theatre", tiers, tuple(map(_curved, _SECTIONS)), (floor,), (stage,), focus)


def _curved(section: _Balcony) -> Section:
    numbers = count()
    rows = tuple(_curved_row(section, next(numbers)) for _ in range(section.rows))
    return Section(section.id, section.label, rows)


def _curved_row(section: _Balcony, number: int) -> Row:
    width = section.first_row_seats + number * section.more_each_row
    radius = section.radius + number * _ROW_DEPTH
    step = _PITCH / radius
    tier = next(name for last, name in section.tiers if number < last)
    label = row_name(number)
    seats = []
    for at in range(width):
        angle = pi / 2 + (at - (width - 1) / 2) * -step
        x, y = round(radius * -cos(angle), 2), round(radius * sin(angle), 2)
        flags = _flags(section, number, at, width)
        seats.append(Seat(f"{section.id}-{label}{at + 1}", str(at + 1), -x, y, tier, flags))
    return Row(label, label, tuple(seats))


def _flags(section: _Balcony, row: int, at: int, width: int) -> tuple[Flag, ...]:
    from_edge = min(at, width - 1 - at)
    if row in section.wheelchair_rows:
        if from_edge in (0, 3):
            return ("accessible",)
        if from_edge in (1, 2):
            return ("companion",)
    if section.id == "balcony" and from_edge in _RESTRICTED_VIEW:
        return ("restrictedView",)
    if section.id == "stalls" and row == 1 and from_edge >= width // 2 - 4:
        return ("hearingImpaired", "signLanguage")
    return ()
