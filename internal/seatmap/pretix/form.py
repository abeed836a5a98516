"""The fields of pretix's seating plan. Reading ignores what it does not know: editors differ in what they add."""

from __future__ import annotations

import re
from typing import get_args

import msgspec

from internal.seatmap.layout import Flag

__all__ = [
    "FOCUS",
    "ORIGIN",
    "PlanArea",
    "PlanCategory",
    "PlanPoint",
    "PlanRow",
    "PlanSeat",
    "PlanSize",
    "PlanText",
    "PlanZone",
    "SeatingPlan",
    "category_name",
    "category_of",
    "standing_of",
    "standing_text",
]

ORIGIN, FOCUS = "aisle:origin", "aisle:focus"

_FLAGS_IN_NAME = re.compile(r"(.*?)\s*\[([^\[\]]*)\]")
_STANDING = re.compile(r"(.*) \[standing (\d{1,9}), ([^\[\]]+)\]", re.DOTALL)
_BY_WORD: dict[str, Flag] = {flag.lower(): flag for flag in get_args(Flag)}


class _Piece(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A piece of the plan; what was not set is not written."""


class PlanPoint(_Piece):
    x: float
    y: float


class PlanSize(_Piece):
    width: float
    height: float


class PlanCategory(_Piece):
    name: str
    color: str = ""


class PlanSeat(_Piece):
    seat_guid: str
    position: PlanPoint
    seat_number: str | int = ""
    category: str = ""
    uuid: str = ""


class PlanRow(_Piece):
    seats: list[PlanSeat]
    row_number: str | int = ""
    row_label: str | None = None
    seat_label: str | None = None
    row_number_position: str | None = None
    position: PlanPoint | None = None
    uuid: str = ""


class PlanText(_Piece):
    text: str = ""
    color: str = ""
    position: PlanPoint | None = None


class PlanRadius(_Piece):
    radius: float


class PlanRadii(_Piece):
    radius: PlanPoint


class PlanPolygon(_Piece):
    points: list[PlanPoint]


class PlanArea(_Piece):
    position: PlanPoint
    shape: str = ""
    color: str = ""
    border_color: str = ""
    rotation: float = 0.0
    uuid: str = ""
    text: PlanText | str | None = None
    rectangle: PlanSize | None = None
    circle: PlanRadius | None = None
    ellipse: PlanRadii | None = None
    polygon: PlanPolygon | None = None


class PlanZone(_Piece):
    position: PlanPoint
    rows: list[PlanRow] | None = None
    areas: list[PlanArea] | None = None
    name: str = ""
    zone_id: str = ""
    uuid: str = ""


class SeatingPlan(_Piece):
    name: str
    categories: list[PlanCategory]
    zones: list[PlanZone]
    size: PlanSize | None = None


def category_name(tier: str, flags: tuple[Flag, ...]) -> str:
    """`Stalls [accessible, companion]`."""
    return f"{tier} [{', '.join(flags)}]" if flags else tier


def category_of(name: str) -> tuple[str, tuple[Flag, ...]]:
    """Tier and flags of a category; brackets that hold anything but flags are part of the name, made round."""
    found = _FLAGS_IN_NAME.fullmatch(name.strip())
    words = [re.sub(r"[\s_-]", "", word).lower() for word in found[2].split(",")] if found else []
    if found and found[1] and words and all(word in _BY_WORD for word in words):
        return found[1], tuple(sorted({_BY_WORD[word] for word in words}))
    return name.strip().translate(str.maketrans("[]", "()")), ()


def standing_text(label: str, capacity: int, tier: str) -> str:
    """`Floor [standing 500, Standing]`."""
    return f"{label} [standing {capacity}, {tier}]"


def standing_of(text: str) -> tuple[str, int, str] | None:
    """Label, capacity and tier of standing room, or None for a text that says nothing of it."""
    found = _STANDING.fullmatch(text)
    return (found[1], int(found[2]), found[3]) if found else None
