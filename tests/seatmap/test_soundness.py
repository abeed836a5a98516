"""What is refused, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from internal.seatmap.domain import BadLayout, checked, decode
from internal.seatmap.layout import Area, Layout, Point, Row, Seat, Section, Shape, Tier
from internal.seatmap.soundness import flaws
from tests.seatmap.layouts import grid, layouts


def seat(id_: str = "A1", **changed: Any) -> Seat:
    return Seat(**{"id": id_, "label": "1", "x": 0.0, "y": 0.0, "tier": "T", **changed})


def hall(*seats: Seat, **changed: Any) -> Layout:
    section = Section("hall", "Hall", (Row("A", "A", seats),))
    return Layout(**{"name": "Hall", "tiers": (Tier("T"),), "sections": (section,), **changed})


@given(layouts())
def test_a_sound_layout_has_no_flaw(layout: Layout) -> None:
    """Whatever follows the rules is accepted."""
    assert flaws(layout) == []


@pytest.mark.parametrize(
    ("layout", "path"),
    [
        (hall(seat("A1"), seat("A1")), "$.sections[0].rows[0].seats[1].id"),
        (hall(seat("A 1")), "$.sections[0].rows[0].seats[0].id"),
        (hall(seat("A" * 65)), "$.sections[0].rows[0].seats[0].id"),
        (hall(seat("A1\n")), "$.sections[0].rows[0].seats[0].id"),
        (hall(seat("")), "$.sections[0].rows[0].seats[0].id"),
        (hall(seat(label="")), "$.sections[0].rows[0].seats[0].label"),
        (hall(seat(label="\x00")), "$.sections[0].rows[0].seats[0].label"),
        (hall(seat(tier="U")), "$.sections[0].rows[0].seats[0].tier"),
        (hall(seat(x=float("nan"))), "$.sections[0].rows[0].seats[0]"),
        (hall(seat(y=1e7)), "$.sections[0].rows[0].seats[0]"),
        (hall(seat(flags=("companion",))), "$.sections[0].rows[0].seats[0].flags"),
        (hall(seat(flags=("accessible", "companion"))), "$.sections[0].rows[0].seats[0].flags"),
        (hall(seat(flags=("accessible", "accessible"))), "$.sections[0].rows[0].seats[0].flags"),
        (hall(seat(), sections=(Section("s", "S", ()),), areas=(Area("f", "F", 1, "T"),)), "$.sections[0].rows"),
        (
            hall(seat(), sections=(Section("s", "S", (Row("A", "A", ()), Row("B", "B", (seat(),)))),)),
            "$.sections[0].rows[0].seats",
        ),
        (hall(sections=()), "$.sections"),
        (hall(seat(), tiers=()), "$.sections[0].rows[0].seats[0].tier"),
        (hall(seat(), tiers=(Tier("T"), Tier("T"))), "$.tiers[1].name"),
        (hall(seat(), tiers=(Tier("T"), Tier("[x]"))), "$.tiers[1].name"),
        (hall(seat(), tiers=(Tier("T", "expression()"),)), "$.tiers[0].color"),
        (hall(seat(), areas=(Area("hall", "F", 1, "T"),)), "$.areas[0].id"),
        (hall(seat("f:1"), areas=(Area("f", "F", 1, "T"),)), "$.sections[0].rows[0].seats[0].id"),
        (hall(seat(), areas=(Area("f", "F", 0, "T"),)), "$.areas[0].capacity"),
        (hall(seat(), areas=(Area("f" * 60, "F", 1, "T"),)), "$.areas[0].id"),
        (hall(seat(), areas=(Area("f", "F", 50_000, "T"),)), "$.sections"),
        (hall(seat(), shapes=(Shape("polygon", 0.0, 0.0, points=(Point(1e9, 0.0),)),)), "$.shapes[0].points[0]"),
        (hall(seat(), name=""), "$.name"),
    ],
)
def test_a_flaw_is_told_with_its_path(layout: Layout, path: str) -> None:
    """The first flaw names exactly where it is."""
    assert flaws(layout)[0].path == path


def test_companions_may_sit_in_a_chain_beside_an_accessible_seat() -> None:
    """Accessible, companion, companion is sound from either side."""
    chain = [seat("1", flags=("accessible",)), seat("2", flags=("companion",)), seat("3", flags=("companion",))]
    assert flaws(hall(*chain)) == flaws(hall(*chain[::-1])) == []


def test_fifty_thousand_seats_are_sound_and_one_more_is_not() -> None:
    """The largest layout is accepted; beyond it the answer is short and immediate."""
    assert flaws(grid(50, 40, 25)) == []
    assert len(flaws(grid(50, 40, 26))) == 1


def test_no_more_than_fifty_flaws_are_told() -> None:
    """A layout that is wrong everywhere gives a bounded answer."""
    assert len(flaws(hall(*[seat("A1")] * 200))) == 50


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{", "$"),
        (b"\xff", "$"),
        (b"[]", "$"),
        (b'{"name":"x","tiers":[],"sections":[{"id":"a","label":"a","rows":[{"id":1}]}]}', "$.sections[0].rows[0].id"),
        (b'{"name":"x","tiers":[],"other":1}', "$"),
    ],
)
def test_what_is_no_layout_is_told_with_its_path(body: bytes, path: str) -> None:
    """Wrong JSON, wrong types and unknown fields are one clear fault."""
    with pytest.raises(BadLayout) as caught:
        decode(body)
    assert caught.value.extra["path"] == path


def test_a_bad_layout_lists_all_its_flaws() -> None:
    """Detail and path of the first, and all of them as errors."""
    with pytest.raises(BadLayout) as caught:
        checked(hall(seat("A 1"), seat("A1", tier="U")))
    assert [error["path"] for error in caught.value.extra["errors"]] == [
        "$.sections[0].rows[0].seats[0].id",
        "$.sections[0].rows[0].seats[1].tier",
    ]
