"""Layouts: one form and one hash for all that mean the same."""

from __future__ import annotations

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from internal.seatmap.domain import decode
from internal.seatmap.layout import Layout, canonical, content_hash, encode, places, seat_count
from tests.seatmap.layouts import layouts


@given(layouts(), st.randoms(use_true_random=False))
def test_order_without_meaning_does_not_change_the_hash(layout: Layout, chance: random.Random) -> None:
    """Tiers, sections, areas and flags in any order are the same layout."""

    def shuffled(values: tuple) -> tuple:  # type: ignore[type-arg]  # of anything
        return tuple(chance.sample(values, len(values)))

    other = msgspec.structs.replace(
        layout, tiers=shuffled(layout.tiers), sections=shuffled(layout.sections), areas=shuffled(layout.areas)
    )
    assert content_hash(encode(other)) == content_hash(encode(layout))


@given(layouts())
def test_the_order_of_seats_in_a_row_is_part_of_the_layout(layout: Layout) -> None:
    """Who sits beside whom changes the hash."""
    for section in layout.sections:
        for row in section.rows:
            turned = msgspec.structs.replace(row, seats=row.seats[::-1])
            rows = tuple(turned if other is row else other for other in section.rows)
            sections = tuple(
                msgspec.structs.replace(other, rows=rows) if other is section else other for other in layout.sections
            )
            same = encode(msgspec.structs.replace(layout, sections=sections)) == encode(layout)
            assert same == (len(row.seats) == 1)


@given(layouts())
def test_bytes_decode_to_the_layout_they_were_made_of(layout: Layout) -> None:
    """decode(encode(layout)) is its canonical form, and encodes to the same bytes."""
    body = encode(layout)
    assert decode(body) == canonical(layout)
    assert encode(decode(body)) == body


@given(layouts())
def test_every_place_has_an_id_of_its_own(layout: Layout) -> None:
    """There are as many ids as places, those of standing areas included."""
    found = [place.id for place in places(layout)]
    assert len(found) == len(set(found)) == seat_count(layout)
