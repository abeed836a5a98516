"""A layout as the chooser of the best seats needs it: made once for each layout, shared by its showtimes.

Places are numbered in the layout's order, so that a row's seats stand side by side in the numbers as they do in the
hall, and a standing area's places come one after another. The same numbers index the string of states.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from math import hypot
from operator import sub
from typing import NamedTuple

__all__ = [
    "ACCESSIBLE",
    "ALL",
    "COMPANION",
    "EVERY_KIND",
    "ORDINARY",
    "AreaSpan",
    "Plan",
    "RowSpan",
    "SeatRow",
    "StandingArea",
]

ORDINARY, COMPANION, ACCESSIBLE = 0, 1, 2  # what kind of seat: the byte in `SeatRow.kinds`
EVERY_KIND = frozenset({ORDINARY, COMPANION, ACCESSIBLE})
ALL = -1  # the mask of a row of which every seat may be given: as an integer, every bit is set

_FILTERS_KEPT = (
    64  # buyers ask for few combinations of tiers and sections; who tries them all only makes their own slower
)
_SIZES_KEPT = 16  # of 400 kB each in a hall of 50,000: parties of 1 to 10, and some groups


class SeatRow(NamedTuple):
    """A row as it comes in: everything by seat, in the order in which people sit."""

    section: str
    tiers: Sequence[str]
    xs: Sequence[float]
    ys: Sequence[float]
    kinds: bytes


class StandingArea(NamedTuple):
    """Standing room as it comes in."""

    section: str
    tier: str
    capacity: int
    x: float
    y: float


class RowSpan(NamedTuple):
    """A row within the numbering: its places are `first` to `end - 1`."""

    first: int
    end: int
    section: str
    tiers: frozenset[str]
    kinds: frozenset[int]


class AreaSpan(NamedTuple):
    """A standing area within the numbering, and how far it is from the focal point."""

    first: int
    end: int
    section: str
    tier: str
    distance: float


class Windows(NamedTuple):
    """For each place the summed distance of the party that begins there; and rows, the nearest possible party first."""

    scores: array[float]
    order: list[tuple[float, int, int, int]]  # distance of its best party, the row, its first place, its end


class Plan:
    """Rows front to back by section, then standing areas; all distances are to the focal point."""

    def __init__(self, rows: Sequence[SeatRow], areas: Sequence[StandingArea], focus: tuple[float, float]) -> None:
        self.xs, self.ys = array("d"), array("d")
        self.kinds = b"".join(row.kinds for row in rows)
        self.has_special_seats = any(self.kinds)
        self.tiers: list[str] = []
        self.rows: list[RowSpan] = []
        for row in rows:
            first = len(self.xs)
            self.xs.extend(row.xs)
            self.ys.extend(row.ys)
            self.tiers.extend(row.tiers)
            span = RowSpan(first, len(self.xs), row.section, frozenset(row.tiers), frozenset(row.kinds))
            self.rows.append(span)
        self.seats = len(self.xs)
        self.distances = array("d", (hypot(x - focus[0], y - focus[1]) for x, y in zip(self.xs, self.ys, strict=True)))
        self.areas = _spans(areas, self.seats, focus)
        self.size = self.seats + sum(area.capacity for area in areas)
        self._sums = array("d", accumulate(self.distances, initial=0.0))
        self._windows: dict[int, Windows] = {}
        self._masks: dict[tuple[frozenset[str] | None, frozenset[str] | None, frozenset[int]], list[int]] = {}

    def windows(self, size: int) -> Windows:
        """Where a party of this size could sit in an empty hall."""
        known = self._windows.get(size)
        if known is None:
            scores = array("d", map(sub, self._sums[size:], self._sums))
            order = sorted(
                (min(scores[row.first : row.end - size + 1]), number, row.first, row.end)
                for number, row in enumerate(self.rows)
                if row.end - row.first >= size
            )
            known = Windows(scores, order)
            _keep(self._windows, size, known, _SIZES_KEPT)
        return known

    def masks(self, tiers: frozenset[str] | None, sections: frozenset[str] | None, kinds: frozenset[int]) -> list[int]:
        """For each row which of its seats may be given: `ALL`, 0 for none, or a byte of ones for each that may."""
        key = (tiers, sections, kinds)
        known = self._masks.get(key)
        if known is None:
            known = [self._mask(row, tiers, sections, kinds) for row in self.rows]
            _keep(self._masks, key, known, _FILTERS_KEPT)
        return known

    def _mask(
        self, row: RowSpan, tiers: frozenset[str] | None, sections: frozenset[str] | None, kinds: frozenset[int]
    ) -> int:
        if sections is not None and row.section not in sections:
            return 0
        if (tiers is None or row.tiers <= tiers) and row.kinds <= kinds:
            return ALL
        allowed = (
            0xFF if (tiers is None or self.tiers[place] in tiers) and self.kinds[place] in kinds else 0
            for place in range(row.first, row.end)
        )
        return int.from_bytes(allowed, "big")


def _spans(areas: Sequence[StandingArea], first: int, focus: tuple[float, float]) -> list[AreaSpan]:
    spans = []
    for area in areas:
        end = first + area.capacity
        distance = hypot(area.x - focus[0], area.y - focus[1])
        spans.append(AreaSpan(first, end, area.section, area.tier, distance))
        first = end
    return spans


def _keep(kept: dict, key: object, value: object, most: int) -> None:  # type: ignore[type-arg]  # any small cache
    """Remember, and forget the oldest beyond `most`."""
    while len(kept) >= most:
        del kept[next(iter(kept))]
    kept[key] = value
