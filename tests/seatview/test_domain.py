"""Pictures of seats, made of bytes."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from internal.seatview.domain import STATUS, Hall, SeatView, Snapshot, every_seat, snapshot
from proto.seatkeys import places
from tests.inventory.stage import layout


class _List(msgspec.Struct, rename="camel"):
    showtime_id: str
    version: int
    seats: list[SeatView]


MADE = layout(rows=2, seats=4, standing=3)
HALL = Hall(MADE.layout_hash, MADE.sections, places(MADE.sections))
states = st.text("".join(STATUS), min_size=11, max_size=11)


@given(states, st.integers(1, 2**52))
def test_the_sparse_picture_names_what_is_not_free(text: str, version: int) -> None:
    """Every seat that is not free is in the list of its state, in the hall's order; the rest are counted."""
    shown = msgspec.json.decode(snapshot(HALL, "showtime_1", version, text.encode()), type=Snapshot)
    expected: dict[str, list[str]] = {name: [] for name in set(STATUS.values())}
    for place, byte in zip(HALL.places, text, strict=True):
        expected[STATUS[byte]].append(place)
    assert (shown.held, shown.sold, shown.blocked) == (expected["held"], expected["sold"], expected["blocked"])
    assert (shown.version, shown.capacity, shown.available) == (version, 11, len(expected["available"]))


@given(states)
def test_the_full_picture_has_every_seat(text: str) -> None:
    """Each place with its section, row, number, tier and state; the short one only those that are free."""
    every = msgspec.json.decode(every_seat(HALL, "showtime_1", 7, text.encode(), only_free=False), type=_List)
    free = msgspec.json.decode(every_seat(HALL, "showtime_1", 7, text.encode(), only_free=True), type=_List)
    assert [seat.seat_id for seat in every.seats] == HALL.places
    assert [seat.status for seat in every.seats] == [STATUS[byte] for byte in text]
    assert free.seats == [seat for seat in every.seats if seat.status == "available"]
    assert {seat.tier for seat in every.seats} == {"T", "standing"}
    assert (every.seats[0].row, every.seats[0].number, every.seats[-1].number) == ("A", "1", "3")
