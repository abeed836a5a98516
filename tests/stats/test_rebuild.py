"""Counting anew: from the streams, from the owners for what those have forgotten, and while everything goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import nats
import pytest

from internal.platform.faults import Fault
from internal.platform.ids import new_id
from proto.stats import GetRebuild, Rebuild
from tests.conftest import Addresses
from tests.stats.conftest import House, housed
from tests.stats.story import Story
from tests.waiting import until

LASTING = ("sold", "blocked", "orders", "refunds", "gross", "refunded")
FUNNEL = ("holds", "holds_sold", "bought", "unsold")


async def told(house: House, seed: int, steps: int = 120) -> Story:
    story = house.story(seed).lives(steps)
    await house.publish(story)
    await house.tell(story.facts)
    await house.agrees(story)
    return story


async def spoil(house: House, story: Story) -> None:
    """As if a bug had counted."""
    for table in ("counts", "revenue"):
        column = "sold = sold + 7, held = 99" if table == "counts" else "gross = 1"
        await house.rows(f"update {table} set {column} where showtime_id = %s", story.showtime_id)


async def test_from_the_streams(house: House) -> None:
    """What was counted wrong is right again, for all showtimes; and no generation is left behind."""
    one, two = await told(house, 31), await told(house, 32)
    for story in (one, two):
        await spoil(house, story)
    done = await house.rebuilt()
    assert done.showtimes == len(house.owners.stories)
    for story in (one, two):
        assert await house.counts(story) == story.expected()
    for table in ("counts", "revenue", "sales", "funnel", "blocked_seats"):
        sql = f"select count(distinct generation) from {table} where showtime_id = %s"
        assert (await house.rows(sql, one.showtime_id))[0][0] <= 1


async def test_one_event(house: House) -> None:
    """Of one event alone: the others are not touched."""
    one, two = await told(house, 33), await told(house, 34)
    for story in (one, two):
        await spoil(house, story)
    await house.rebuilt(one.event_id)
    assert await house.counts(one) == one.expected()
    assert (await house.counts(two))[""]["held"] == 99
    await house.rebuilt()
    assert await house.counts(two) == two.expected()


async def test_no_such_event(house: House) -> None:
    """An event that nobody knows is refused at once; so is a rebuild that nobody asked for."""
    with pytest.raises(Fault):
        await house.system.bus.request(Rebuild(rebuild_id=new_id("rebuild"), event_id=new_id("event")))
    with pytest.raises(Fault):
        await house.system.bus.request(GetRebuild(rebuild_id=new_id("rebuild")))


async def test_an_empty_database(house: House) -> None:
    """With nothing left but the streams and the owners, everything comes back."""
    story = await told(house, 35)
    for table in ("counts", "revenue", "sales", "funnel", "blocked_seats", "showtimes"):
        await house.rows(f"truncate {table}")
    await house.rebuilt()
    assert await house.counts(story) == story.expected()


async def test_while_a_rush_goes_on(house: House) -> None:
    """Facts that come while it is counted anew are in it, however the two meet."""
    story = await told(house, 36, 200)
    over = asyncio.Event()

    async def rush() -> None:
        while not over.is_set():
            before = len(story.facts)
            story.lives(20)
            await house.tell(story.facts[before:])

    rushing = asyncio.create_task(rush())
    try:
        for event in (None, story.event_id, story.event_id):
            await house.rebuilt(event)
    finally:
        over.set()
        await rushing
    await house.agrees(story)


async def test_what_the_streams_have_forgotten(servers: Addresses, tmp_path: Path) -> None:
    """Sold seats and money come from the owners, how holds went from what was counted, and held seats from Redis."""
    async with housed(servers, tmp_path) as house:
        story = await told(house, 37, 250)
        funnel = {name: story.expected()[""][name] for name in FUNNEL}
        await house.paint(story)
        connection = await nats.connect(house.system.nats.url)
        try:
            js = connection.jetstream()
            for stream in ("INVENTORY", "ORDERS"):
                last = (await js.stream_info(stream)).state.last_seq
                await js.purge_stream(stream, seq=last * 2 // 3)
            await house.rows(
                "update counts set sold = 77, held = 99, orders = 5 where showtime_id = %s", story.showtime_id
            )
            await house.rebuilt(story.event_id)
            found = await house.counts(story)
            for section, row in story.expected().items():
                assert {name: found[section][name] for name in LASTING} == {name: row[name] for name in LASTING}
            assert {name: found[""][name] for name in FUNNEL} == funnel

            async def healed() -> bool:
                return (await house.counts(story))[""]["held"] == story.expected()[""]["held"]

            await until(healed, 30)
            for stream in ("INVENTORY", "ORDERS"):
                await js.purge_stream(stream)
            await house.rebuilt()
            found = await house.counts(story)
            assert {name: found[""][name] for name in LASTING + FUNNEL} == {
                **{name: story.expected()[""][name] for name in LASTING},
                **funnel,
            }
        finally:
            await connection.close()
