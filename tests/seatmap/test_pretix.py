"""Seating plans in pretix's form, there and back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internal.seatmap.domain import BadLayout
from internal.seatmap.layout import Layout, canonical, seat_count
from internal.seatmap.pretix import read, write
from internal.seatmap.theatre import demo_theatre
from tests.seatmap.layouts import grid, layouts


@settings(max_examples=200)
@given(layouts())
def test_a_layout_comes_back_as_it_went(layout: Layout) -> None:
    """Everything is kept: ids, labels, positions, rows, tiers, flags, areas, shapes and the focal point."""
    assert read(write(layout)) == canonical(layout)


@pytest.mark.parametrize("layout", [demo_theatre(), grid(50, 40, 25)], ids=["theatre", "50,000"])
def test_real_halls_come_back_as_they_went(layout: Layout) -> None:
    """The demo theatre, and 50,000 seats."""
    assert read(write(layout)) == canonical(layout)


def test_everything_is_drawn_right_of_and_below_the_origin() -> None:
    """Where pretix draws: no position is negative, and all lie within the plan's size."""
    plan = msgspec.json.decode(write(demo_theatre()))
    for zone in plan["zones"]:
        for row in zone["rows"]:
            for seat in row["seats"]:
                x, y = (row["position"][axis] + seat["position"][axis] for axis in "xy")
                assert 0 < x < plan["size"]["width"]
                assert 0 < y < plan["size"]["height"]


def plan(**changed: Any) -> dict[str, Any]:
    """A plan as pretix's editor writes it."""
    seats = [
        {
            "seat_guid": f"Ground floor-1-{number}",
            "seat_number": str(number),
            "uuid": f"00000000-0000-4000-8000-00000000000{number}",
            "position": {"x": number * 25, "y": 0},
            "category": "Wheelchair [accessible]" if number == 1 else "Stalls [front]",
            "radius": 10,
            "start_direction": "<",
        }
        for number in range(1, 4)
    ]
    row = {
        "row_number": "1",
        "row_label": "Row %s",
        "seat_label": "%s",
        "row_number_position": "both",
        "position": {"x": 5, "y": 10},
        "seats": seats,
        "uuid": "row-uuid",
    }
    stage = {
        "shape": "rectangle",
        "color": "#ccc",
        "border_color": "rgba(0,0,0,1)",
        "rotation": 0,
        "position": {"x": 40, "y": 0},
        "rectangle": {"width": 10, "height": 5},
        "text": {"text": "Bühne", "color": "#000", "position": {"x": 0, "y": 0}},
        "uuid": "stage-uuid",
    }
    zone = {
        "name": "Ground floor",
        "zone_id": "ground-floor",
        "uuid": "zone-uuid",
        "position": {"x": 100, "y": 100},
        "rows": [row],
        "areas": [stage],
    }
    categories = [{"name": "Stalls [front]", "color": "#7f4a91"}, {"name": "Wheelchair [accessible]", "color": "#000"}]
    whole = {"name": "Hall", "size": {"width": 600, "height": 600}, "categories": categories, "zones": [zone]}
    return {**whole, **changed}


def test_a_plan_of_pretix_becomes_a_layout() -> None:
    """Positions add up, labels are what pretix would show, ids lose their blanks, the stage is where people look."""
    layout = read(msgspec.json.encode(plan()))
    row = layout.sections[0].rows[0]
    assert [seat.id for seat in row.seats] == ["Ground_floor-1-1", "Ground_floor-1-2", "Ground_floor-1-3"]
    assert (row.label, row.seats[0].label) == ("Row 1", "1")
    assert (row.seats[0].x, row.seats[0].y) == (130.0, 110.0)
    assert (row.seats[0].tier, row.seats[0].flags) == ("Wheelchair", ("accessible",))
    assert row.seats[1].tier == "Stalls (front)"
    assert (layout.focus.x, layout.focus.y) == (140.0, 100.0)
    assert layout.shapes[0].text == "Bühne"


def broken(*path: str | int, value: Any = None) -> dict[str, Any]:
    """The plan with one thing changed, or taken out."""
    whole: Any = plan()
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return dict(whole)


SEAT = ("zones", 0, "rows", 0, "seats", 1)


@pytest.mark.parametrize(
    ("given_plan", "path"),
    [
        (broken("zones"), "$"),
        (broken("categories"), "$"),
        (broken(*SEAT, "seat_guid"), "$.zones[0].rows[0].seats[1]"),
        (broken(*SEAT, "position", "x", value="left"), "$.zones[0].rows[0].seats[1].position.x"),
        (broken(*SEAT, "category", value="Gold"), "$.zones[0].rows[0].seats[1].category"),
        (broken(*SEAT, "seat_guid", value="Ground floor-1-1"), "$.zones[0].rows[0].seats[1].seat_guid"),
        (broken(*SEAT, "seat_guid", value="ש"), "$.zones[0].rows[0].seats[1].seat_guid"),
        (broken("zones", 0, "areas", 0, "shape", value="star"), "$.zones[0].areas[0].shape"),
        (broken("zones", 0, "rows", 0, "seats", value=[]), "$.zones"),
        (plan(zones=[]), "$.zones"),
        (plan(name=""), "$.name"),
    ],
)
def test_a_flaw_is_told_in_the_plans_own_terms(given_plan: dict[str, Any], path: str) -> None:
    """The path leads to the field of the plan, not to something in our own layout."""
    with pytest.raises(BadLayout) as caught:
        read(msgspec.json.encode(given_plan))
    assert caught.value.extra["path"] == path


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["name", "size", "categories", "zones"]), json_values)
def test_anything_else_is_refused_without_breaking(key: str, value: object) -> None:
    """Whatever stands in a field, the answer is a layout or one fault."""
    with suppress(BadLayout):
        assert seat_count(read(msgspec.json.encode({**plan(), key: value}))) > 0
