from __future__ import annotations

import gzip
import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from internal.gateway.columns import Columns, columns_of
from internal.gateway.packing import joined, packed
from internal.seatmap.layout import Layout, Point, Row, Seat, Section, Tier, canonical
from internal.seatmap.layout import places as places_of
from internal.seatmap.pages import page
from proto.seatkeys import places
from proto.seatmap import LayoutPage
from tests.seatmap.layouts import layouts

_MOST = 300_000  # bytes of a packed layout of 20,000 seats


def pages_of(layout: Layout) -> list[LayoutPage]:
    found = [page(layout, "hash", "venue", None, None)]
    while found[-1].next_cursor is not None:
        found.append(page(layout, "hash", "venue", None, found[-1].next_cursor))
    return found


def read(columns: Columns) -> list[tuple[str, str, float, float, str, tuple[str, ...]]]:
    """The seats again, as the pages read them."""
    seats = []
    for row in (row for section in columns.sections for row in section.rows):
        x = y = 0
        for at, number in enumerate(row.numbers):
            x, y = x + row.x[at], y + row.y[at]
            name = row.prefix + (row.suffixes or row.numbers)[at]
            tier = row.tier if isinstance(row.tier, int) else row.tier[at]
            flags = tuple(columns.flags[flag] for flag in row.flags.get(str(at), []))
            seats.append((name, number, x / 100, y / 100, columns.tiers[tier].name, flags))
    return seats


@given(layouts())
def test_columns_say_what_the_layout_says(any_layout: Layout) -> None:
    """Every seat and area, in the order of the map, with its place, tier and flags; tiers with their colours."""
    layout = canonical(any_layout)
    pages = pages_of(layout)
    columns = msgspec.json.decode(msgspec.json.encode(columns_of(pages)), type=Columns)
    named = [(s.id, s.label, s.x, s.y, s.tier, tuple(s.flags)) for s in places_of(layout) if s.row_id]
    assert read(columns) == named
    standing = [f"{area.id}:{n}" for area in columns.areas for n in range(1, area.capacity + 1)]
    assert [seat[0] for seat in read(columns)] + standing == places([s for one in pages for s in one.sections])
    colors = {tier.name: tier.color for tier in layout.tiers}
    assert {tier.name: tier.color for tier in columns.tiers} == colors
    assert len(columns.shapes) == len(layout.shapes)


def test_a_large_hall_is_small() -> None:
    """20,000 seats whose places follow no rule at all stay below 300 kB packed, and a drawn hall far below."""
    assert len(_packed(0.0)) < _MOST // 10
    assert len(_packed(5.0)) < _MOST


def _packed(noise: float) -> bytes:
    chance = random.Random(7)
    sections = tuple(
        Section(
            f"block-{block}",
            f"Block {block}",
            tuple(
                Row(f"block-{block}-{row}", str(row), tuple(_seat(chance, noise, block, row, at) for at in range(50)))
                for row in range(20)
            ),
        )
        for block in range(20)
    )
    layout = Layout("Stadium", (Tier("A"), Tier("B")), sections, focus=Point(0.0, 0.0))
    plain = msgspec.json.encode(columns_of(pages_of(canonical(layout))))
    return joined(packed(plain, 9))[1]


def _seat(chance: random.Random, noise: float, block: int, row: int, at: int) -> Seat:
    x, y = block * 1200 + at * 22 + chance.random() * noise, row * 30 + chance.random() * noise
    return Seat(f"block-{block}-row-{row}-{at + 1}", str(at + 1), x, y, "AB"[row > 9])


@given(st.lists(st.tuples(st.binary(max_size=2_000), st.sampled_from([1, 6, 9])), max_size=5))
def test_parts_packed_apart_are_one_gzip(parts: list[tuple[bytes, int]]) -> None:
    """What is joined unpacks to what was packed, whatever the parts are, empty ones too."""
    plain, whole = joined(*(packed(text, level) for text, level in parts))
    assert gzip.decompress(whole) == plain == b"".join(text for text, _ in parts)
