"""Seats on `/ws`: what is shown, to whom, and how it goes on."""

from __future__ import annotations

import asyncio
import json

import pytest

from internal.platform.ids import new_id
from proto.live import LiveStats
from proto.seatkeys import map_key, version_key
from tests.broadcaster.watching import address, in_redis, watching
from tests.inventory.house import House, beside
from tests.inventory.stage import layout
from tests.waiting import until


async def test_a_reader_gets_a_snapshot_and_then_what_changes(theatre: House) -> None:
    """What is held before is in the snapshot, what is held after comes as a change from its version."""
    stage, buyer = await theatre.stage(), theatre.buyer()
    assert (await buyer.hold(stage, "A1", "A2")).status_code == 201
    async with watching(address(theatre)) as watcher:
        await watcher.watch(stage)
        (snapshot,) = await watcher.heard("SNAPSHOT")
        assert sorted(snapshot["held"]) == ["A1", "A2"]
        assert (await buyer.hold(stage, "A3")).status_code == 201
        await watcher.heard("SEATS", held=["A3"])
        assert watcher.pictures[stage.id] == {"A1": "held", "A2": "held", "A3": "held"}
        assert watcher.gaps == 0


async def test_readers_of_every_process_see_every_change(theatre: House) -> None:
    """Held, released, blocked, in whichever process: the same picture everywhere, and it is Redis' own."""
    stage, buyer = await theatre.stage(layout(rows=3)), theatre.buyer()
    async with (
        watching(address(theatre, 0)) as one,
        watching(address(theatre, 1)) as two,
        beside(theatre) as desk,
    ):
        for watcher in (one, two):
            await watcher.watch(stage)
        held = await theatre.at(1, buyer).hold(stage, "A1", "B2", "C3")
        await buyer.hold(stage, "A5")
        await buyer("DELETE", f"/api/holds/{held.json()['holdId']}")
        blocked = await theatre.staff(stage)(
            "POST", f"/api/showtimes/{stage.id}/blocks", {"seatIds": ["A9"], "reason": "rig"}
        )
        assert blocked.status_code in (200, 201, 204), blocked.text
        expected = {"A5": "held", "A9": "blocked"}
        await until(lambda: one.pictures[stage.id] == two.pictures[stage.id] == expected)
        assert await in_redis(desk.lane, stage) == expected
        assert one.gaps == two.gaps == 0


async def test_a_hundred_readers_and_a_hundred_changes_end_alike(theatre: House) -> None:
    """Whoever came when: at the end all have the map's picture, without a gap."""
    stage = await theatre.stage(layout(rows=10, seats=12), seats_per_buyer=50)
    buyers = [theatre.buyer(at % 2) for at in range(20)]
    async with beside(theatre) as desk, asyncio.TaskGroup() as group:

        async def watch(at: int) -> None:
            async with watching(
                address(theatre, at % 2), additional_headers={"x-forwarded-for": f"10.1.0.{at}"}
            ) as watcher:
                await watcher.watch(stage)
                await bought
                truth = await in_redis(desk.lane, stage)
                await until(lambda: watcher.pictures[stage.id] == truth)
                assert watcher.gaps == 0

        async def buy() -> None:
            for at, seat in enumerate(stage.seats[:100]):
                answer = await buyers[at % 20].hold(stage, seat)
                assert answer.status_code == 201
                if at % 3 == 0:
                    await buyers[at % 20]("DELETE", f"/api/holds/{answer.json()['holdId']}")

        bought = group.create_task(buy())
        for at in range(100):
            group.create_task(watch(at))


async def test_a_message_that_was_lost_is_noticed_in_the_silence(theatre: House) -> None:
    """Redis has another version, nobody told of it, and nothing more happens: a second later readers know."""
    stage, buyer = await theatre.stage(), theatre.buyer()
    await buyer.hold(stage, "A1")
    async with watching(address(theatre)) as watcher, beside(theatre) as desk:
        await watcher.watch(stage)
        await desk.lane.command("SETRANGE", map_key(stage.id), 4, "s")
        await desk.lane.command("INCR", version_key(stage.id))
        await watcher.heard("SEATS", sold=["A5"], seconds=5)
        assert watcher.pictures[stage.id] == await in_redis(desk.lane, stage)


async def test_who_comes_back_resumes_from_the_version_it_had(theatre: House) -> None:
    """The changes since, and no snapshot; another process knows them as well if it watched."""
    stage, buyer = await theatre.stage(), theatre.buyer()
    async with watching(address(theatre)) as first, watching(address(theatre)) as stays:
        await first.watch(stage)
        await stays.watch(stage)
        version = first.versions[stage.id]
        await buyer.hold(stage, "A1")
        await stays.heard("SEATS", held=["A1"])
        await buyer.hold(stage, "A2")
        await stays.heard("SEATS", held=["A2"])
        async with watching(address(theatre)) as back:
            await back.say("SUBSCRIBE", showtimeId=stage.id, sinceVersion=version)
            await back.heard("SEATS", held=["A2"])
            assert [frame["held"] for frame in back.frames if frame["type"] == "SEATS"] == [["A1"], ["A2"]]


async def test_a_showtime_that_is_not_there_is_refused(theatre: House) -> None:
    """Unknown, malformed: an ERROR that names it, and the connection stays."""
    stage, unknown = await theatre.stage(), new_id("showtime")
    async with watching(address(theatre)) as watcher:
        for wrong in (unknown, "x", "", "showtime_*", "showtime_>"):
            await watcher.say("SUBSCRIBE", showtimeId=wrong)
        await watcher.heard("ERROR", count=5)
        (refused,) = await watcher.heard("ERROR", showtimeId=unknown)
        assert refused["code"]
        await watcher.watch(stage)


async def test_who_unsubscribes_hears_no_more(theatre: House) -> None:
    """Of that showtime; others go on."""
    stage, other, buyer = await theatre.stage(), await theatre.stage(), theatre.buyer()
    async with watching(address(theatre)) as watcher:
        await watcher.watch(stage)
        await watcher.watch(other)
        await watcher.say("UNSUBSCRIBE", showtimeId=stage.id)
        await buyer.hold(stage, "A1")
        await buyer.hold(other, "A1")
        await watcher.heard("SEATS", showtimeId=other.id, held=["A1"])
        assert watcher.pictures[stage.id] == {}


async def test_one_connection_watches_so_many_and_no_more(theatre: House) -> None:
    """The twenty-first is refused by name; giving one up makes room."""
    stages = [await theatre.stage() for _ in range(21)]
    async with watching(address(theatre)) as watcher:
        for stage in stages[:20]:
            await watcher.watch(stage)
        await watcher.say("SUBSCRIBE", showtimeId=stages[20].id)
        await watcher.heard("ERROR", code="too_many_subscriptions")
        await watcher.say("UNSUBSCRIBE", showtimeId=stages[0].id)
        await watcher.watch(stages[20])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type":"SUBSCRIBE"}',
        '{"type":"OTHER"}',
        '{"type":"SUBSCRIBE","showtimeId":7}',
        "é\u0000",
    ],
)
async def test_what_is_no_message_is_told_so(theatre: House, text: str) -> None:
    """One ERROR, and the connection stays."""
    async with watching(address(theatre)) as watcher:
        await watcher.socket.send(text)
        await watcher.heard("ERROR", code="malformed")
        await watcher.watch(await theatre.stage())


async def test_readers_of_an_event_get_an_update_for_each_seat(theatre: House) -> None:
    """In the words of the event form, for each of its showtimes."""
    event_id, buyer = new_id("event"), theatre.buyer()
    stages = [await theatre.stage(event_id=event_id) for _ in range(2)]
    for stage in stages:
        await buyer.hold(stage, "A9")
    async with watching(address(theatre)) as watcher:
        await watcher.say("SUBSCRIBE_EVENT", eventId=event_id)
        for stage in stages:  # until both are heard of: what happens before is not told again
            await watcher.watch(stage)
        await buyer.hold(stages[0], "A1", "A2")
        await buyer.hold(stages[1], "A3")
        updates = await watcher.heard("SEAT_UPDATE", count=3)
        assert {(one["showtimeId"], one["seatNumber"], one["status"]) for one in updates} == {
            (stages[0].id, "A1", "held"),
            (stages[0].id, "A2", "held"),
            (stages[1].id, "A3", "held"),
        }
        assert all(one["eventId"] == event_id and one["timestamp"].endswith("Z") for one in updates)


async def test_readers_see_the_counts_of_their_showtime(theatre: House) -> None:
    """What stats tells of the event, and of no other showtime."""
    stage = await theatre.stage()
    async with watching(address(theatre)) as watcher:
        await watcher.watch(stage)

        async def shown() -> bool:  # until somebody listens
            for showtime in (stage.id, new_id("showtime")):
                await theatre.bus.show(LiveStats(event_id=stage.event_id, showtime_id=showtime, version=3, sold=2))
            return any(frame["type"] == "STATS" for frame in watcher.frames)

        await until(shown)
        assert {(frame["showtimeId"], frame["sold"]) for frame in watcher.frames if frame["type"] == "STATS"} == {
            (stage.id, 2)
        }


async def test_nobody_is_told_who_holds_a_seat(theatre: House) -> None:
    """No frame holds a buyer's id or a hold's."""
    stage, buyer = await theatre.stage(), theatre.buyer()
    async with watching(address(theatre)) as watcher:
        await watcher.watch(stage)
        hold = (await buyer.hold(stage, "A1")).json()["holdId"]
        await watcher.heard("SEATS", held=["A1"])
        text = json.dumps(watcher.frames)
        assert buyer.id not in text
        assert hold not in text
