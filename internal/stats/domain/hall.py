"""Which section a place is in, and where in the map of Redis each section lies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import msgspec

from proto.seatkeys import areas, places, rows
from proto.seatmap import Section

__all__ = ["Hall", "Part"]


class Part(msgspec.Struct, frozen=True):
    """A section as it is shown beside its counts."""

    section_id: str
    name: str
    capacity: int


class _Sections(dict[str, str]):
    """Place -> section, whatever is asked for; a place to stand is known by the area before its number."""

    def __init__(self, sections: list[Section]) -> None:
        super().__init__((seat.seat_id, section.section_id) for section, row in rows(sections) for seat in row.seats)
        self._areas = {area.area_id: section.section_id for section, area in areas(sections)}

    def __missing__(self, place: str) -> str:
        return self._areas.get(place.rpartition(":")[0], "")


class Hall:
    """Made once for each layout."""

    def __init__(self, layout_hash: str, sections: list[Section]) -> None:
        self.layout_hash = layout_hash
        self._sections = sections
        self.sections = _Sections(sections)

    def section_of(self, place: str) -> str:
        """The section of this place; '' of one that the hall does not have, which counts for the whole alone."""
        return self.sections[place]

    @cached_property
    def places(self) -> list[str]:
        """In the map's order."""
        return places(self._sections)

    @property
    def parts(self) -> list[Part]:
        """The sections, in the layout's order."""
        names = {section.section_id: section.name for section in self._sections}
        capacity = dict.fromkeys(names, 0)
        for section, _, length in self._stretches:
            capacity[section] += length
        return [Part(section, name, capacity[section]) for section, name in names.items()]

    def seen(self, states: bytes, *wanted: str) -> dict[str, int]:
        """Section -> how many of its places have one of these states in the map."""
        found: dict[str, int] = {}
        marks = [mark.encode() for mark in wanted]
        for section, first, length in self._stretches:
            count = sum(states.count(mark, first, first + length) for mark in marks)
            found[section] = found.get(section, 0) + count
        return found

    @cached_property
    def _stretches(self) -> Sequence[tuple[str, int, int]]:
        """Section, first place in the map, how many."""
        found, first = [], 0
        for section, row in rows(self._sections):
            found.append((section.section_id, first, len(row.seats)))
            first += len(row.seats)
        for section, area in areas(self._sections):
            found.append((section.section_id, first, area.capacity))
            first += area.capacity
        return found
