"""A hall: its places in the map's order, its areas, and where a party may be put."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internal.inventory.faults import UnknownSeat
from internal.inventory.hall import Hall
from internal.inventory.search import Wanted
from internal.inventory.store import Layout
from proto.seatmap import Area, Point, Row, Seat, Section
from tests.inventory.stage import layout

CENTRE = Point(x=0.0, y=0.0)


def hall_of(made: Layout) -> Hall:
    return Hall(made.layout_hash, made.focal_point, made.sections)


@st.composite
def mixed(draw: st.DrawFn) -> Hall:
    """Sections with rows and areas in any order."""
    number = iter(range(100))
    sections = []
    for at in range(draw(st.integers(1, 4))):
        rows = []
        for _ in range(draw(st.integers(0, 3))):
            name = next(number)
            flags = draw(st.lists(st.sampled_from(["", "accessible", "companion"]), min_size=1, max_size=5))
            made = [
                Seat(
                    seat_id=f"{name}-{x}",
                    number=str(x),
                    x=float(x),
                    y=float(name),
                    tier=draw(st.sampled_from("AB")),
                    flags=[flag] if flag else [],  # type: ignore[list-item]  # one of them
                )
                for x, flag in enumerate(flags)
            ]
            rows.append(Row(row_id=str(name), label=str(name), seats=made))
        areas = [
            Area(area_id=f"area{at}.{n}", name="Floor", capacity=draw(st.integers(1, 5)), tier="B", y=1.0)
            for n in range(draw(st.integers(0, 2)))
        ]
        sections.append(Section(section_id=f"s{at}", name=str(at), rows=rows, areas=areas))
    return Hall("mixed", CENTRE, sections)


def tier_of(hall: Hall, place: int) -> str:
    plan = hall.plan
    if place < plan.seats:
        return plan.tiers[place]
    return next(area.tier for area in plan.areas if area.first <= place < area.end)


@given(mixed())
def test_the_chooser_and_the_map_count_places_alike(hall: Hall) -> None:
    """The chooser's numbers are the map's: as many places, and each area where the map has it."""
    assert hall.plan.size == len(hall.places) == len(set(hall.places))
    for section in hall._sections:
        for area in section.areas:
            first, capacity = hall.area(area.area_id)
            assert hall.places[first : first + capacity] == [f"{area.area_id}:{n}" for n in range(1, capacity + 1)]


@given(
    mixed(),
    st.sampled_from([None, frozenset("A"), frozenset("B")]),
    st.sampled_from([None, frozenset({"s0"})]),
    st.booleans(),
)
def test_stretches_hold_every_place_that_would_do_and_no_other(
    hall: Hall, tiers: frozenset[str] | None, sections: frozenset[str] | None, accessible: bool
) -> None:
    """The last resort looks at exactly the places that the party may be given."""
    need = Wanted(size=1, tiers=tiers, sections=sections, accessible=1 if accessible else 0)
    found = [place for first, length in hall.stretches(need) for place in range(first, first + length)]
    spans = [(row.first, row.end, row.section) for row in hall.plan.rows]
    spans += [(area.first, area.end, area.section) for area in hall.plan.areas]
    expected = {
        place
        for first, end, section in spans
        for place in range(first, end)
        if (tiers is None or tier_of(hall, place) in tiers)
        and (sections is None or section in sections)
        and (accessible or place >= hall.plan.seats or hall.plan.kinds[place] == 0)
    }
    assert sorted(found) == sorted(expected)


def test_an_area_that_is_not_there_is_refused() -> None:
    """An unknown area is an unknown place."""
    with pytest.raises(UnknownSeat):
        hall_of(layout(standing=3)).area("balcony")
