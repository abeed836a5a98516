"""Whatever is killed, every reader who is there at the end has the picture that Redis has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from internal.embedded.server import free_port
from internal.platform.ids import new_id
from tests.broadcaster.conftest import Theatre, played
from tests.broadcaster.process import broadcaster
from tests.broadcaster.watching import Returning, Watcher, address, in_redis, watching
from tests.conftest import Addresses
from tests.inventory.house import House, beside
from tests.inventory.stage import Desk, Stage, layout
from tests.waiting import until


@pytest.fixture(scope="module")
async def fragile(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Theatre]:
    """Two processes whose servers are killed."""
    async with played(servers, tmp_path_factory.mktemp("fragile")) as made:
        yield made


async def busy(house: House, stage: Stage, seats: list[str]) -> None:
    """Each of these seats held, every third given back, as far as somebody is there to do it."""
    for at, seat in enumerate(seats):
        buyer = house.buyer(at % len(house.clients))
        answer = await buyer.hold(stage, seat)
        if answer.status_code == 201 and at % 3 == 0:
            await buyer("DELETE", f"/api/holds/{answer.json()['holdId']}")


async def same(desk: Desk, stage: Stage, *watchers: Watcher) -> None:
    """All of them have what Redis has, sooner or later."""

    async def alike() -> bool:
        truth = await in_redis(desk.lane, stage)
        return all(watcher.pictures[stage.id] == truth for watcher in watchers)

    await until(alike, seconds=20)
    assert await in_redis(desk.lane, stage) != {}


async def test_nats_away_and_back(fragile: Theatre) -> None:
    """While it is away readers see changes by looking at Redis; afterwards at once again."""
    house = fragile.house
    stage = await house.stage(layout(rows=10))
    async with watching(address(house, 0)) as one, watching(address(house, 1)) as two, beside(house) as desk:
        await one.watch(stage)
        await two.watch(stage)
        await busy(house, stage, stage.seats[:20])
        await fragile.nats.kill()
        await busy(house, stage, stage.seats[20:40])
        await same(desk, stage, one, two)
        await fragile.nats.start()
        await busy(house, stage, stage.seats[40:60])
        await same(desk, stage, one, two)
        assert (one.closed, two.closed, one.gaps, two.gaps) == (0, 0, 0, 0)


async def test_who_comes_while_nats_is_away_is_served(fragile: Theatre) -> None:
    """A hall that is known here is read from Redis, and followed."""
    house = fragile.house
    stage = await house.stage(layout(rows=10))
    async with watching(address(house)) as first, beside(house) as desk:
        await first.watch(stage)
        await fragile.nats.kill()
        async with watching(address(house)) as second:
            await second.watch(stage)
            await busy(house, stage, stage.seats[:10])
            await same(desk, stage, first, second)
            await fragile.nats.start()
            await busy(house, stage, stage.seats[10:20])
            await same(desk, stage, first, second)


async def test_what_was_said_while_nats_was_away(fragile: Theatre) -> None:
    """A showtime called off and another put on sale, of which no fact was heard: both are known when it is back."""
    house, event_id = fragile.house, new_id("event")
    stage = await house.stage(event_id=event_id)
    async with watching(address(house)) as watcher:
        await watcher.watch(stage)
        await watcher.say("SUBSCRIBE_EVENT", eventId=event_id)
        await watcher.heard("SHOWTIME", showtimeId=stage.id, status="published")
        await fragile.nats.kill()
        house.showtimes[stage.id] = msgspec.structs.replace(house.showtimes[stage.id], status="canceled")
        later = await house.stage(event_id=event_id)
        await fragile.nats.start()
        await watcher.heard("SHOWTIME", showtimeId=stage.id, status="canceled", seconds=30)
        await watcher.heard("SHOWTIME", showtimeId=later.id, status="published", seconds=30)
        assert watcher.closed == 0


async def test_redis_emptied(fragile: Theatre) -> None:
    """It is told again what is held, under other versions; nobody has to come again."""
    house = fragile.house
    stage = await house.stage(layout(rows=10))
    async with watching(address(house, 0)) as one, watching(address(house, 1)) as two, beside(house) as desk:
        await one.watch(stage)
        await two.watch(stage)
        await busy(house, stage, stage.seats[:20])
        await same(desk, stage, one, two)
        await desk.lane.command("FLUSHALL")
        await until(lambda: desk.locks.is_open(stage.id), seconds=30)
        await busy(house, stage, stage.seats[20:40])
        await same(desk, stage, one, two)


async def test_redis_killed(fragile: Theatre) -> None:
    """Connections stay, pictures stand still, and go on when it is back."""
    house = fragile.house
    stage = await house.stage(layout(rows=10))
    async with watching(address(house, 0)) as one, watching(address(house, 1)) as two, beside(house) as desk:
        await one.watch(stage)
        await two.watch(stage)
        await busy(house, stage, stage.seats[:20])
        await same(desk, stage, one, two)
        await fragile.valkey.kill()
        await fragile.valkey.start()
        await until(lambda: desk.lane.ready)
        await until(lambda: desk.locks.is_open(stage.id), seconds=30)
        await busy(house, stage, stage.seats[20:40])
        await same(desk, stage, one, two)
        assert (one.closed, two.closed) == (0, 0)


async def test_a_broadcaster_killed_and_started_again(fragile: Theatre, tmp_path: Path) -> None:
    """Readers come back by themselves, again and again, and have the picture at the end."""
    house, port = fragile.house, free_port()
    stage = await house.stage(layout(rows=20))
    settings = {
        "AISLE_NATS_URL": fragile.nats.url,
        "AISLE_REDIS_URL": fragile.valkey.url,
        "AISLE_HTTP_PORT": str(port),
        "AISLE_GATE_PROXIES": "1",
    }
    readers = [Returning(f"ws://127.0.0.1:{port}/ws", stage) for _ in range(20)]
    staying = [asyncio.create_task(reader.stay()) for reader in readers]
    try:
        async with beside(house) as desk:
            for life in range(3):
                async with broadcaster(settings, tmp_path / f"{life}.log"):
                    await until(lambda life=life: all(reader.came > life for reader in readers))  # type: ignore[misc]
                    await busy(house, stage, stage.seats[life * 50 : life * 50 + 25])
                await busy(house, stage, stage.seats[life * 50 + 25 : life * 50 + 50])
            async with broadcaster(settings, tmp_path / "last.log"):

                async def alike() -> bool:
                    truth = await in_redis(desk.lane, stage)
                    return bool(truth) and all(reader.picture == truth for reader in readers)

                await until(alike, seconds=20)
                assert sum(reader.gaps for reader in readers) == 0
    finally:
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
