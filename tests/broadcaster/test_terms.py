"""How a showtime stands and is sold: told to all who watch it when it changes, and to who comes after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from nats.aio.client import Client

from internal.platform.bus import Message
from internal.platform.ids import new_id
from proto import Event
from proto.catalog import ShowtimeUpdated, Tier
from tests.broadcaster.test_stream import stream
from tests.broadcaster.watching import Watcher, address, watching
from tests.inventory.house import House
from tests.inventory.stage import Stage, canceled
from tests.waiting import until


async def tell(made: House, *events: Event) -> None:
    """As the catalog does, to its consumers and to whoever sees it in passing."""
    await made.bus.publish_batch([Message.of(event) for event in events])


async def whisper(made: House, event: Event) -> None:
    """To whoever listens just now, and to nobody's consumers."""
    client: Client = made.bus.client()
    await client.publish(Message.of(event).subject, Message.of(event).body)


def stands(made: House, stage: Stage, **facts: Any) -> None:
    """What the catalog answers from now on."""
    made.showtimes[stage.id] = msgspec.structs.replace(made.showtimes[stage.id], **facts)


def updated(stage: Stage, **facts: Any) -> ShowtimeUpdated:
    told = {name: getattr(stage.facts, name) for name in ShowtimeUpdated.__struct_fields__}
    return ShowtimeUpdated(**{**told, **facts})


async def on_terms(watcher: Watcher, stage: Stage) -> None:
    """Watch, and wait until it is said how it stands."""
    await watcher.watch(stage)
    await watcher.heard("SHOWTIME", showtimeId=stage.id, status="published")


async def test_all_who_watch_hear_that_it_is_called_off(theatre: House) -> None:
    """By sockets of every process and by a stream; nobody who watches another showtime does."""
    stage, other = await theatre.stage(), await theatre.stage()
    async with (
        watching(address(theatre, 0)) as one,
        watching(address(theatre, 1)) as two,
        watching(address(theatre, 0)) as elsewhere,
        stream(theatre, stage.id) as events,
    ):
        for watcher in (one, two):
            await on_terms(watcher, stage)
        await on_terms(elsewhere, other)
        stands(theatre, stage, status="canceled")
        await tell(theatre, canceled(stage))
        for watcher in (one, two):
            (off,) = await watcher.heard("SHOWTIME", status="canceled")
            assert (off["showtimeId"], off["eventId"], off["reason"]) == (stage.id, stage.event_id, "ill")
        streamed = [await anext(events)]
        while streamed[-1].get("status") != "canceled":
            streamed.append(await anext(events))
        assert streamed[-1]["event"] == "SHOWTIME"
        assert {frame["status"] for frame in elsewhere.frames if frame["type"] == "SHOWTIME"} == {"published"}


async def test_who_comes_later_hears_it_as_well(theatre: House) -> None:
    """Behind the picture, where there still is one; behind the refusal, where there is none."""
    stage, never_open = await theatre.stage(), await theatre.stage()
    async with watching(address(theatre)) as first:
        await on_terms(first, stage)
        for one in (stage, never_open):
            stands(theatre, one, status="canceled")
            await tell(theatre, canceled(one))
        await first.heard("SHOWTIME", status="canceled")
        async with watching(address(theatre)) as later:
            await later.say("SUBSCRIBE", showtimeId=stage.id, sinceVersion=first.versions[stage.id])
            await later.heard("SHOWTIME", showtimeId=stage.id, status="canceled")

        async def closed() -> bool:
            return (await theatre.buyer().hold(never_open, "A1")).status_code in {404, 409}

        await until(closed)
        async with watching(address(theatre)) as late:
            await late.say("SUBSCRIBE", showtimeId=never_open.id)
            await late.heard("ERROR", showtimeId=never_open.id)
            await late.heard("SHOWTIME", showtimeId=never_open.id, status="canceled")
            await late.say("SUBSCRIBE", showtimeId=never_open.id)
            await late.heard("ERROR", count=2)
            await late.heard("SHOWTIME", showtimeId=never_open.id, count=2)


async def test_nobody_told_of_it_here(theatre: House) -> None:
    """It was called off before anybody here listened: the catalog says so to who asks."""
    stage = await theatre.stage()
    stands(theatre, stage, status="canceled")
    async with watching(address(theatre)) as watcher:
        await watcher.watch(stage)
        await watcher.heard("SHOWTIME", showtimeId=stage.id, status="canceled")


async def test_other_terms_are_told_as_they_are_now(theatre: House) -> None:
    """Moved, dearer, fewer for each buyer: all of it in one frame; told twice, it is shown once."""
    stage = await theatre.stage()
    async with watching(address(theatre)) as watcher:
        await on_terms(watcher, stage)
        terms: dict[str, Any] = {
            "starts_at": stage.facts.starts_at + timedelta(hours=2),
            "seats_per_buyer": 2,
            "tiers": [Tier(tier_id=new_id("tier"), name="T", price=900)],
        }
        stands(theatre, stage, **terms)
        for _ in range(2):
            await tell(theatre, updated(stage, **terms))
        (moved,) = await watcher.heard("SHOWTIME", seatsPerBuyer=2)
        assert moved["startsAt"] == terms["starts_at"].isoformat().replace("+00:00", "Z")
        assert [(tier["name"], tier["price"]) for tier in moved["tiers"]] == [("T", 900)]
        assert moved["status"] == "published"
        await theatre.buyer().hold(stage, "A1")
        await watcher.heard("SEATS", held=["A1"])
        assert len([frame for frame in watcher.frames if frame["type"] == "SHOWTIME"]) == 2


async def test_what_is_called_off_stays_so(theatre: House) -> None:
    """An update that comes late brings nothing back, nor does an answer of the catalog that is older."""
    stage = await theatre.stage()
    async with watching(address(theatre)) as watcher:
        await on_terms(watcher, stage)
        await whisper(theatre, canceled(stage))
        await whisper(theatre, updated(stage, seats_per_buyer=3))
        await watcher.heard("SHOWTIME", status="canceled")
        await watcher.watch(stage)
        await watcher.heard("SHOWTIME", status="canceled", count=2)
        assert [frame["status"] for frame in watcher.frames if frame["type"] == "SHOWTIME"] == [
            "published",
            "canceled",
            "canceled",
        ]


async def test_nothing_is_said_of_a_draft(theatre: House) -> None:
    """Neither when its terms change nor when it is asked for."""
    stage, other = await theatre.stage(), await theatre.stage()
    stands(theatre, stage, status="draft")
    async with watching(address(theatre)) as watcher:
        await watcher.watch(stage)
        await on_terms(watcher, other)
        await whisper(theatre, updated(stage, seats_per_buyer=1))
        await whisper(theatre, updated(other, seats_per_buyer=1))
        await watcher.heard("SHOWTIME", showtimeId=other.id, seatsPerBuyer=1)
        assert not [one for one in watcher.frames if one["type"] == "SHOWTIME" and one["showtimeId"] == stage.id]


async def test_an_event_is_followed_into_showtimes_of_later(theatre: House) -> None:
    """Put on sale after somebody began to watch the event: they hear of it, and of its seats; others do not."""
    event_id, buyer = new_id("event"), theatre.buyer()
    first = await theatre.stage(event_id=event_id)
    async with watching(address(theatre, 0)) as watcher, watching(address(theatre, 1)) as gone:
        for one in (watcher, gone):
            await one.say("SUBSCRIBE_EVENT", eventId=event_id)
            await one.heard("SHOWTIME", showtimeId=first.id)
        await gone.say("UNSUBSCRIBE", eventId=event_id)
        later = await theatre.stage(event_id=event_id)
        await tell(theatre, later.facts)
        await watcher.heard("SHOWTIME", showtimeId=later.id, status="published")
        await buyer.hold(later, "A1")
        (seat,) = await watcher.heard("SEAT_UPDATE", showtimeId=later.id)
        assert (seat["seatNumber"], seat["status"], seat["eventId"]) == ("A1", "held", event_id)
        assert not [one for one in gone.frames if one.get("showtimeId") == later.id]


async def test_who_comes_to_an_event_has_the_later_showtimes_too(theatre: House) -> None:
    """With others there already, and after all have left; leaving ends all of it."""
    event_id, buyer = new_id("event"), theatre.buyer()
    await theatre.stage(event_id=event_id)
    async with watching(address(theatre)) as first, watching(address(theatre)) as second:
        await first.say("SUBSCRIBE_EVENT", eventId=event_id)
        await first.heard("SHOWTIME")
        later = await theatre.stage(event_id=event_id)
        await tell(theatre, later.facts)
        await first.heard("SHOWTIME", showtimeId=later.id)
        await second.say("SUBSCRIBE_EVENT", eventId=event_id)
        await second.watch(later)
        await buyer.hold(later, "A1")
        for watcher in (first, second):
            await watcher.heard("SEAT_UPDATE", showtimeId=later.id, seatNumber="A1")
        await second.say("UNSUBSCRIBE", eventId=event_id)
        await buyer.hold(later, "A2")
        await first.heard("SEAT_UPDATE", seatNumber="A2")
        await second.heard("SEATS", held=["A2"])
        assert not [one for one in second.frames if one.get("seatNumber") == "A2"]
