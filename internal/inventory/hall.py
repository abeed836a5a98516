"""A hall as its showtimes are sold: its places in the map's order, and what the chooser of the best seats needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import msgspec

from internal.inventory.faults import UnknownSeat
from internal.inventory.plan import ACCESSIBLE, ALL, COMPANION, EVERY_KIND, ORDINARY, Plan, SeatRow, StandingArea
from internal.inventory.search import Wanted
from proto.inventory import HeldSeat
from proto.seatkeys import areas, places, rows
from proto.seatmap import Point, Seat, Section

__all__ = ["Hall"]


class Hall:
    """Made once for each layout; what only "best available" needs is made when it is first asked for."""

    def __init__(self, layout_hash: str, focal_point: Point, sections: list[Section]) -> None:
        self.layout_hash = layout_hash
        self.places = places(sections)
        self._focus = (focal_point.x, focal_point.y)
        self._sections = sections

    @cached_property
    def index(self) -> dict[str, int]:
        """Where in the map a place is."""
        return {place: number for number, place in enumerate(self.places)}

    def places_of(self, seats: Sequence[str]) -> list[int]:
        """Where in the map these seats are; `UnknownSeat` if there is one that the hall does not have."""
        index = self.index
        try:
            return [index[seat] for seat in seats]
        except KeyError as missing:
            seat = str(missing.args[0])
            raise UnknownSeat(f"There is no seat {seat} here.", seatId=seat) from None

    @cached_property
    def _labels(self) -> dict[str, HeldSeat]:
        found = {
            seat.seat_id: HeldSeat(
                seat_id=seat.seat_id, tier=seat.tier, section=section.name, row=row.label, number=seat.number
            )
            for section, row in rows(self._sections)
            for seat in row.seats
        }
        for section, area in areas(self._sections):
            found[area.area_id] = HeldSeat(seat_id=area.area_id, tier=area.tier, section=area.name or section.name)
        return found

    def held_seat(self, place: str) -> HeldSeat:
        """A place as it is written on a ticket; one of a standing area, `floor:7`, is known by its area alone."""
        label = self._labels.get(place) or self._labels[place.rpartition(":")[0]]
        return msgspec.structs.replace(label, seat_id=place)

    def area(self, area_id: str) -> tuple[int, int]:
        """Where a standing area begins in the map, and how many places it has."""
        first = len(self.places) - sum(area.capacity for _, area in areas(self._sections))
        for _, area in areas(self._sections):
            if area.area_id == area_id:
                return first, area.capacity
            first += area.capacity
        raise UnknownSeat(f"There is no standing area {area_id} here.", areaId=area_id)

    def stretches(self, need: Wanted) -> list[tuple[int, int]]:
        """First place and length of every run of places that would do for this need, the nearest rows first."""
        kinds = EVERY_KIND if need.accessible else frozenset({ORDINARY})
        masks = self.plan.masks(need.tiers, need.sections, kinds)
        runs: list[tuple[int, int]] = []
        for _, row, first, end in self.plan.windows(1).order:
            if masks[row] == ALL:
                runs.append((first, end - first))
            elif masks[row]:
                allowed = masks[row].to_bytes(end - first, "big")
                runs += [(first + run.start(), len(run[0])) for run in re.finditer(rb"\xff+", allowed)]
        for area in self.plan.areas:
            if (need.tiers is None or area.tier in need.tiers) and (
                need.sections is None or area.section in need.sections
            ):
                runs.append((area.first, area.end - area.first))
        return runs

    @cached_property
    def plan(self) -> Plan:
        """For the chooser."""
        return Plan(
            [
                SeatRow(
                    section=section.section_id,
                    tiers=[seat.tier for seat in row.seats],
                    xs=[seat.x for seat in row.seats],
                    ys=[seat.y for seat in row.seats],
                    kinds=bytes(_kind(seat) for seat in row.seats),
                )
                for section, row in rows(self._sections)
            ],
            [
                StandingArea(section.section_id, area.tier, area.capacity, area.x, area.y)
                for section, area in areas(self._sections)
            ],
            self._focus,
        )


def _kind(seat: Seat) -> int:
    if "accessible" in seat.flags:
        return ACCESSIBLE
    return COMPANION if "companion" in seat.flags else ORDINARY
