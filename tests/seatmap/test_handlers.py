"""What other services ask of seatmap."""

from __future__ import annotations

from functools import partial
from typing import get_args

import msgspec
import pytest

from internal.platform.faults import Malformed
from internal.platform.ids import new_id
from internal.seatmap import store
from internal.seatmap.domain import BadLayout, NoSuchLayout
from internal.seatmap.layout import Flag, Layout, Row, Seat, Section, Tier, places
from internal.seatmap.shelf import pack
from internal.seatmap.theatre import demo_theatre
from proto.seatmap import CreateSimple, GetLayout, LayoutPage
from tests.seatmap.conftest import Seatmap
from tests.seatmap.layouts import grid

LARGEST_MESSAGE = 1_000_000


async def stored(seatmap: Seatmap, layout: Layout) -> str:
    made = await seatmap.venues.create_simple(CreateSimple(organization_id=new_id("org"), name="Hall", total_seats=10))
    packed = pack(layout)
    async with seatmap.database.transaction() as tx:
        venue = await store.venue(tx, made.venue_id, lock=True)
        assert venue is not None
        await seatmap.venues._publish(tx, venue, packed)
    return packed.hash


async def pages_of(seatmap: Seatmap, layout_hash: str, section: str | None = None) -> list[LayoutPage]:
    found: list[LayoutPage] = []
    cursor: str | None = None
    while True:
        page = await seatmap.venues.page(GetLayout(layout_hash=layout_hash, section=section, cursor=cursor))
        found.append(page)
        cursor = page.next_cursor
        if cursor is None:
            return found


def ids_of(pages: list[LayoutPage]) -> list[str]:
    """The places in the order of the pages."""
    found = []
    for page in pages:
        for section in page.sections:
            found += [seat.seat_id for row in section.rows for seat in row.seats]
            found += [f"{area.area_id}:{n}" for area in section.areas for n in range(1, area.capacity + 1)]
    return found


@pytest.mark.parametrize("layout", [demo_theatre(), grid(50, 40, 25)], ids=["theatre", "50,000"])
async def test_the_pages_of_a_layout_hold_all_of_it_in_its_order(seatmap: Seatmap, layout: Layout) -> None:
    """Every place once, in the order by which states are kept, and no page outgrows a message."""
    layout_hash = await stored(seatmap, layout)
    pages = await pages_of(seatmap, layout_hash)
    opened = await seatmap.layouts.opened(layout_hash)
    assert ids_of(pages) == [place.id for place in places(opened)]
    assert max(len(msgspec.json.encode(page)) for page in pages) < LARGEST_MESSAGE


async def test_a_page_fits_a_message_whatever_is_written_on_the_seats(seatmap: Seatmap) -> None:
    """Rows of 500 seats with the longest ids, labels, tiers and all flags: still under 1 MB."""
    flags: tuple[Flag, ...] = tuple(flag for flag in get_args(Flag) if flag != "companion")
    tier = "é" * 64
    longest = partial(Seat, label="𝄞" * 100, x=-999_999.99, y=-999_999.99, tier=tier, flags=flags)

    def row(number: int) -> Row:
        seats = tuple(longest(id=f"{number}-{at}-".ljust(64, "x")) for at in range(500))
        return Row(str(number), "𝄞" * 100, seats)

    section = Section("s", "𝄞" * 100, tuple(map(row, range(5))))
    layout_hash = await stored(seatmap, Layout("Hall", (Tier(tier),), (section,)))
    pages = await pages_of(seatmap, layout_hash)
    assert len(ids_of(pages)) == 2_500
    assert max(len(msgspec.json.encode(page)) for page in pages) < LARGEST_MESSAGE


async def test_a_section_can_be_asked_for_alone(seatmap: Seatmap) -> None:
    """Only its rows; an area is a section of its own."""
    layout_hash = await stored(seatmap, demo_theatre())
    assert {
        section.section_id for page in await pages_of(seatmap, layout_hash, "circle") for section in page.sections
    } == {"circle"}
    (floor,) = (section for page in await pages_of(seatmap, layout_hash, "floor") for section in page.sections)
    assert (floor.areas[0].capacity, floor.rows) == (500, [])


async def test_an_unknown_layout_and_a_made_up_cursor_are_refused(seatmap: Seatmap) -> None:
    """Each is told as what it is."""
    with pytest.raises(NoSuchLayout):
        await seatmap.venues.page(GetLayout(layout_hash="0" * 64))
    layout_hash = await stored(seatmap, demo_theatre())
    with pytest.raises(Malformed):
        await seatmap.venues.page(GetLayout(layout_hash=layout_hash, cursor="-1"))


async def test_the_same_request_for_a_simple_hall_makes_one_hall(seatmap: Seatmap) -> None:
    """Asked twice with one key: one venue; without a key: two."""
    asked = CreateSimple(organization_id=new_id("org"), name="Hall", total_seats=120, request_key="event_1")
    first = await seatmap.venues.create_simple(asked)
    assert await seatmap.venues.create_simple(asked) == first
    other = await seatmap.venues.create_simple(msgspec.structs.replace(asked, request_key=None))
    assert (other.venue_id == first.venue_id, other.layout_hash) == (False, first.layout_hash)
    assert await seatmap.told("seatmap.layout.published", first.venue_id) == 1


@pytest.mark.parametrize("total", [0, -5, 50_001])
async def test_a_hall_of_an_impossible_size_is_refused(seatmap: Seatmap, total: int) -> None:
    """As a bad layout, with nothing made."""
    with pytest.raises(BadLayout):
        await seatmap.venues.create_simple(CreateSimple(organization_id=new_id("org"), name="Hall", total_seats=total))
