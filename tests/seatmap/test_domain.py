"""Changes to one seat."""

from __future__ import annotations

from math import hypot

import pytest

from internal.seatmap.domain import (
    BadLayout,
    NoSuchRow,
    NoSuchSeat,
    SeatExists,
    find_seat,
    with_changed_seat,
    with_seat,
    without_seat,
)
from internal.seatmap.layout import Seat, seat_count
from internal.seatmap.theatre import demo_theatre, row_name, simple

NEW = Seat("Z1", "Z1", 1.0, 2.0, "Standard")


def test_a_seat_is_added_where_it_was_asked_for() -> None:
    """Before the position named, or at the end of the row."""
    hall = simple("Hall", 50)
    ids = [seat.id for seat in with_seat(hall, "hall", "B", NEW, at=1).sections[0].rows[1].seats]
    assert ids[:3] == ["B1", "Z1", "B2"]
    assert with_seat(hall, "hall", "B", NEW).sections[0].rows[1].seats[-1] == NEW


def test_a_seat_is_not_added_twice_nor_to_a_row_that_is_not_there() -> None:
    """Both are told as what they are."""
    hall = simple("Hall", 50)
    with pytest.raises(SeatExists):
        with_seat(hall, "hall", "B", Seat("A1", "1", 0.0, 0.0, "Standard"))
    with pytest.raises(NoSuchRow):
        with_seat(hall, "hall", "Q", NEW)


def test_a_change_that_breaks_the_layout_is_refused() -> None:
    """An unknown tier, or a companion without a wheelchair beside it."""
    hall = simple("Hall", 50)
    with pytest.raises(BadLayout):
        with_changed_seat(hall, "A1", tier="Gold")
    with pytest.raises(BadLayout):
        with_changed_seat(hall, "A1", flags=("companion",))
    assert find_seat(with_changed_seat(hall, "A1", label="Box"), "A1")[2].label == "Box"


def test_a_row_goes_with_its_last_seat() -> None:
    """Removing seats never leaves an empty row or section; the last seat of all stays."""
    hall = simple("Hall", 10)
    for number in range(1, 10):
        hall = without_seat(hall, f"A{number}")
    with pytest.raises(NoSuchSeat):
        find_seat(hall, "A1")
    with pytest.raises(BadLayout):
        without_seat(hall, "A10")


@pytest.mark.parametrize("total", [10, 11, 24, 25, 26, 99, 651, 1000])
def test_the_simple_hall_has_as_many_seats_as_were_asked_for(total: int) -> None:
    """Rows of about equal length, at most 25, named A to Z and on."""
    rows = simple("Hall", total).sections[0].rows
    lengths = {len(row.seats) for row in rows}
    assert sum(len(row.seats) for row in rows) == total
    assert max(lengths) <= 25
    assert max(lengths) - min(lengths) <= 1
    assert rows[-1].seats[0].id == f"{row_name(len(rows) - 1)}1"


def test_rows_are_named_as_in_a_theatre() -> None:
    """A, Z, AA, AZ, BA."""
    assert [row_name(number) for number in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_the_demo_theatre_shows_everything() -> None:
    """About 1,200 seats, 500 standing, wheelchairs with companions, four tiers of seats."""
    theatre = demo_theatre()
    flags = {flag for section in theatre.sections for row in section.rows for seat in row.seats for flag in seat.flags}
    assert 1_650 < seat_count(theatre) < 1_750
    assert {"accessible", "companion", "restrictedView"} <= flags
    assert len(theatre.tiers) == 5


def test_the_middle_of_the_first_row_is_the_best_of_the_demo_theatre() -> None:
    """Its rows are curved, and still no two seats of a half row are equally near its focus."""
    theatre = demo_theatre()
    first = theatre.sections[0].rows[0].seats
    far = [hypot(seat.x - theatre.focus.x, seat.y - theatre.focus.y) for seat in first]
    assert first[far.index(min(far))].label == "13"
    assert len({round(one, 1) for one in far}) == len(first) // 2 + 1
