"""Whether a layout can be sold as it is: one walk through it that names every flaw with its path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from internal.seatmap.layout import FLAGS, Area, Layout, Row, Seat, Section, seat_count

__all__ = ["LONGEST_LABEL", "MOST_SEATS", "Flaw", "flaws"]

MOST_SEATS = 50_000  # the largest venue this is measured with; the snapshot of its states stays under 64 KiB
MOST_IN_ROW = 500  # ten times the longest row of a stadium; so that one row always fits a page of 1 MB
MOST_TIERS = 64  # no venue prices more categories, and a buyer could not read them
MOST_SHAPES = 1_000  # drawings, not seats: enough for every pillar of an arena
MOST_POINTS = 500  # corners of one polygon
MOST_FLAWS = 50  # told at once; who has more will have them from one mistake
LONGEST_LABEL = 100
FURTHEST = 1_000_000.0  # units from the origin; two decimals of it are still exact in a float

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})|[a-z]{3,20}|")
_LABEL = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_TIER = re.compile(r"[^\x00-\x1f\x7f\[\]]{1,64}")  # no brackets: pretix's categories carry a seat's flags in them


class Flaw(NamedTuple):
    """What is wrong, and where."""

    path: str
    message: str


def flaws(layout: Layout) -> list[Flaw]:
    """All that is wrong with it, at most 50."""
    total = seat_count(layout)
    if total > MOST_SEATS:  # said at once and alone: nothing of this size is walked through
        return [Flaw("$.sections", f"{total} places, at most {MOST_SEATS} are possible")]
    if not total:
        return [Flaw("$.sections", "There is no place to sell")]
    found: list[Flaw] = []
    for flaw in _Check(layout).run():
        found.append(flaw)
        if len(found) == MOST_FLAWS:
            break
    return found


class _Check:
    """One walk through a layout: what was seen so far, and what is known."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.tiers: set[str] = set()
        self.sections: dict[str, str] = {}
        self.seats: dict[str, str] = {}
        self.areas = {area.id for area in layout.areas}

    def run(self) -> Iterator[Flaw]:
        yield from _text("$.name", self.layout.name)
        yield from self._check_tiers()
        for at, section in enumerate(self.layout.sections):
            yield from self._check_section(f"$.sections[{at}]", section)
        for at, area in enumerate(self.layout.areas):
            yield from self._check_area(f"$.areas[{at}]", area)
        yield from self._check_shapes()
        yield from _numbers("$.focus", self.layout.focus.x, self.layout.focus.y)

    def _check_tiers(self) -> Iterator[Flaw]:
        if len(self.layout.tiers) > MOST_TIERS:
            yield Flaw("$.tiers", f"{len(self.layout.tiers)} tiers, at most {MOST_TIERS} are possible")
        for at, tier in enumerate(self.layout.tiers):
            if not _TIER.fullmatch(tier.name) or tier.name != tier.name.strip():
                yield Flaw(
                    f"$.tiers[{at}].name", "1 to 64 characters, no control characters, no brackets, no outer blanks"
                )
            if tier.name in self.tiers:
                yield Flaw(f"$.tiers[{at}].name", f"Tier {tier.name!r} is there twice")
            if not _COLOR.fullmatch(tier.color):
                yield Flaw(f"$.tiers[{at}].color", "A colour is #rgb, #rrggbb or a word")
            self.tiers.add(tier.name)

    def _check_section(self, path: str, section: Section) -> Iterator[Flaw]:
        yield from self._new_id(path, section.id, self.sections, "Section or area")
        yield from _text(f"{path}.label", section.label)
        if not section.rows:
            yield Flaw(f"{path}.rows", "A section has at least one row")
        rows: dict[str, str] = {}
        for at, row in enumerate(section.rows):
            yield from self._check_row(f"{path}.rows[{at}]", row, rows)

    def _check_row(self, path: str, row: Row, rows: dict[str, str]) -> Iterator[Flaw]:
        yield from self._new_id(path, row.id, rows, "Row")
        yield from _text(f"{path}.label", row.label)
        if not 1 <= len(row.seats) <= MOST_IN_ROW:
            yield Flaw(f"{path}.seats", f"A row has 1 to {MOST_IN_ROW} seats")
        flagged = False
        for at, seat in enumerate(row.seats):
            flagged = flagged or bool(seat.flags)
            if self._is_plain(seat):
                self.seats[seat.id] = path
            else:
                yield from self._check_seat(f"{path}.seats[{at}]", seat)
        if flagged:
            yield from _lonely_companions(path, row)

    def _is_plain(self, seat: Seat) -> bool:
        """The short way for the 49,990 seats that are in order; the long way finds out what is wrong with the rest."""
        return (
            seat.id not in self.seats
            and ":" not in seat.id
            and seat.tier in self.tiers
            and -FURTHEST <= seat.x <= FURTHEST
            and -FURTHEST <= seat.y <= FURTHEST
            and not seat.flags
            and _ID.fullmatch(seat.id) is not None
            and _LABEL.fullmatch(seat.label) is not None
        )

    def _check_seat(self, path: str, seat: Seat) -> Iterator[Flaw]:
        yield from self._new_id(path, seat.id, self.seats, "Seat")
        area, _, number = seat.id.rpartition(":")
        if area in self.areas and number.isdigit():
            yield Flaw(f"{path}.id", f"{seat.id!r} is the name of a place in area {area!r}")
        yield from _text(f"{path}.label", seat.label)
        yield from _numbers(path, seat.x, seat.y)
        yield from self._known_tier(path, seat.tier)
        if len(set(seat.flags)) != len(seat.flags) or not FLAGS.issuperset(seat.flags):
            yield Flaw(f"{path}.flags", "Each flag once, of: " + ", ".join(sorted(FLAGS)))
        if "accessible" in seat.flags and "companion" in seat.flags:
            yield Flaw(f"{path}.flags", "A seat is accessible or for a companion, not both")

    def _check_area(self, path: str, area: Area) -> Iterator[Flaw]:
        yield from self._new_id(path, area.id, self.sections, "Section or area")
        longest = 64 - len(f":{MOST_SEATS}")
        if len(area.id) > longest:
            yield Flaw(f"{path}.id", f"At most {longest} characters, so that its places have ids too")
        yield from _text(f"{path}.label", area.label)
        yield from _numbers(path, area.x, area.y, area.width, area.height)
        yield from self._known_tier(path, area.tier)
        if not 1 <= area.capacity <= MOST_SEATS:
            yield Flaw(f"{path}.capacity", f"1 to {MOST_SEATS}")

    def _check_shapes(self) -> Iterator[Flaw]:
        if len(self.layout.shapes) > MOST_SHAPES:
            yield Flaw("$.shapes", f"At most {MOST_SHAPES}")
            return
        for at, shape in enumerate(self.layout.shapes):
            path = f"$.shapes[{at}]"
            yield from _numbers(path, shape.x, shape.y, shape.width, shape.height, shape.rotation)
            if len(shape.points) > MOST_POINTS:
                yield Flaw(f"{path}.points", f"At most {MOST_POINTS}")
            for number, point in enumerate(shape.points[:MOST_POINTS]):
                yield from _numbers(f"{path}.points[{number}]", point.x, point.y)
            if shape.text:
                yield from _text(f"{path}.text", shape.text)
            for name, color in (("color", shape.color), ("borderColor", shape.border_color)):
                if not _COLOR.fullmatch(color):
                    yield Flaw(f"{path}.{name}", "A colour is #rgb, #rrggbb or a word")

    def _known_tier(self, path: str, tier: str) -> Iterator[Flaw]:
        if tier not in self.tiers:
            yield Flaw(f"{path}.tier", f"There is no tier {tier!r} in this layout")

    @staticmethod
    def _new_id(path: str, id_: str, seen: dict[str, str], what: str) -> Iterator[Flaw]:
        if not _ID.fullmatch(id_):
            yield Flaw(f"{path}.id", f"{id_[:70]!r} is no id: 1 to 64 of A-Z a-z 0-9 . _ : -")
        if id_ in seen:
            yield Flaw(f"{path}.id", f"{what} {id_!r} is also in {seen[id_]}")
        else:
            seen[id_] = path


def _text(path: str, text: str) -> Iterator[Flaw]:
    if not _LABEL.fullmatch(text):
        yield Flaw(path, f"1 to {LONGEST_LABEL} characters, no control characters")


def _numbers(path: str, *numbers: float) -> Iterator[Flaw]:
    if not all(-FURTHEST <= number <= FURTHEST for number in numbers):
        yield Flaw(path, f"Coordinates lie between -{FURTHEST:.0f} and {FURTHEST:.0f}")


def _lonely_companions(path: str, row: Row) -> Iterator[Flaw]:
    """A companion seat is for someone beside an accessible one: next to it, or with only companions between."""
    reached = set[int]()
    for seats in (list(enumerate(row.seats)), list(enumerate(row.seats))[::-1]):
        near = False
        for at, seat in seats:
            near = "accessible" in seat.flags or (near and "companion" in seat.flags)
            if near:
                reached.add(at)
    for at, seat in enumerate(row.seats):
        if "companion" in seat.flags and at not in reached:
            yield Flaw(f"{path}.seats[{at}].flags", "A companion seat has an accessible seat beside it")
