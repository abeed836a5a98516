"""A place in line: asked for, and told while it falls, to whom it concerns alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from internal.bookings.service import SERVICE as BOOKINGS
from internal.bookings.telling import Telling
from internal.broadcaster.service import SERVICE as BROADCASTER
from proto.bookings import ListBookings
from tests.bookings.conftest import QUICK, House, Others
from tests.broadcaster.watching import Watcher, watching
from tests.conftest import Addresses
from tests.running import Person, running
from tests.waiting import until

_LIVELY = {**QUICK, "AISLE_BROADCASTER_QUEUE_EVERY": "0.05"}


@pytest.fixture
async def lobby(servers: Addresses, tmp_path: Path) -> AsyncIterator[House]:
    """Bookings and the broadcaster, in which people sit and wait."""
    others = Others()
    async with running([BOOKINGS, BROADCASTER, *others.services()], servers, tmp_path, environment=_LIVELY) as system:
        yield House(system, others)


def live(house: House) -> str:
    return str(house.system.client.base_url).replace("http", "ws").rstrip("/") + "/ws"


async def place(person: Person, booking_id: str) -> Any:
    return (await person("GET", f"/api/bookings/{booking_id}")).json()["position"]


def words(watcher: Watcher, booking_id: str) -> list[tuple[str, int]]:
    """What was said of this booking."""
    said = [frame for frame in watcher.frames if frame["type"] == "QUEUE" and frame["bookingId"] == booking_id]
    return [(frame["status"], frame.get("position", 0)) for frame in said]


async def test_a_booking_says_its_place(house: House) -> None:
    """Each showtime has a line of its own; it moves up, and who is served has no place any more."""
    buyer = house.system.person()
    (one, _), (other, _) = house.others.event(), house.others.event()
    house.others.away = True
    line = [await house.books(buyer, one, f"A-{at}") for at in range(4)]
    elsewhere = await house.books(buyer, other)
    assert [await place(buyer, booking) for booking in line] == [1, 2, 3, 4]
    assert await place(buyer, elsewhere) == 1
    house.others.mute = {"A-2"}
    house.others.away = False
    await house.becomes(buyer, line[1], "completed")
    assert [await place(buyer, booking) for booking in line[:2]] == [None, None]
    await house.becomes(buyer, line[3], "completed")
    assert await place(buyer, line[2]) is None, "it was set aside, and is tried beside the line"
    house.others.away = True
    late = await house.books(buyer, one, "A-9")
    began = len(house.others.taken)
    await until(lambda: len(house.others.taken) >= began)
    assert await place(buyer, late) == 1


async def test_who_waits_hears_their_place_fall_and_the_end(lobby: House) -> None:
    """Never a place behind one that was told before; then held, then completed. Nobody hears of another's."""
    crowd, buyer, last = lobby.system.person(), lobby.system.person(), lobby.system.person()
    event_id, (showtime_id,) = lobby.others.event()
    lobby.others.away = True
    for at in range(20):
        await lobby.books(crowd, event_id, f"A-{at}")
    async with watching(live(lobby)) as mine, watching(live(lobby)) as theirs:
        await mine.say("SUBSCRIBE_USER", token=buyer.token)
        await theirs.say("SUBSCRIBE_USER", token=last.token)
        booking = await lobby.books(buyer, event_id, "B-1")
        behind = await lobby.books(last, event_id, "B-2")
        await mine.heard("QUEUE", bookingId=booking, showtimeId=showtime_id, status="accepted", position=21)
        await theirs.heard("QUEUE", bookingId=behind, position=22)
        lobby.others.slow = 0.1
        lobby.others.away = False
        await mine.heard("QUEUE", bookingId=booking, status="completed", seconds=30)
        await theirs.heard("QUEUE", bookingId=behind, status="completed", seconds=30)
        told = words(mine, booking)
        places = [at for status, at in told if status == "accepted"]
        assert places == sorted(set(places), reverse=True)
        assert len(places) > 1, "it fell while it was watched"
        assert [status for status, _ in told if status != "accepted"] == ["held", "completed"]
        assert told[-2:] == [("held", 0), ("completed", 0)]
        assert words(mine, behind) == words(theirs, booking) == []


async def test_who_comes_while_they_wait_is_told(lobby: House) -> None:
    """By another page, after the booking; both pages hear the end, and why it came to nothing."""
    quick, buyer = lobby.system.person(), lobby.system.person()
    event_id, _ = lobby.others.event()
    lobby.others.away = True
    await lobby.books(quick, event_id, "A-1")
    booking = await lobby.books(buyer, event_id, "A-1")
    async with watching(live(lobby)) as one:
        await one.say("SUBSCRIBE_USER", token=buyer.token)
        await one.heard("QUEUE", bookingId=booking, position=2)
        async with watching(live(lobby)) as two:
            await two.say("SUBSCRIBE_USER", token=buyer.token)
            await two.heard("QUEUE", bookingId=booking, position=2)
            lobby.others.away = False
            for page in (one, two):
                (end,) = await page.heard("QUEUE", bookingId=booking, status="failed")
                assert (end["code"], "position" in end) == ("seat_gone", False)
        async with watching(live(lobby)) as three:
            await three.say("SUBSCRIBE_USER", token=buyer.token)
            await three.say("SUBSCRIBE", showtimeId="x")
            await three.heard("ERROR")
            assert words(three, booking) == []


async def test_an_end_that_was_not_heard_is_asked_for(lobby: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures may be lost: the line has gone on without them, so they ask."""

    async def lost(*_: object) -> None:
        return

    monkeypatch.setattr(Telling, "changed", lost)
    buyer = lobby.system.person()
    event_id, _ = lobby.others.event()
    lobby.others.away = True
    async with watching(live(lobby)) as watcher:
        await watcher.say("SUBSCRIBE_USER", token=buyer.token)
        bookings = [await lobby.books(buyer, event_id, f"A-{at}") for at in range(2)]
        await watcher.heard("QUEUE", bookingId=bookings[1], position=2)
        lobby.others.away = False
        for booking in bookings:
            await lobby.becomes(buyer, booking, "completed")
            await watcher.heard("QUEUE", bookingId=booking, status="completed", seconds=40)


async def test_what_is_asked_about_is_ones_own(house: House) -> None:
    """Whatever ids are named: only those of the user come back."""
    buyer, other = house.system.person(), house.system.person()
    event_id, _ = house.others.event()
    done = await house.books(buyer, event_id, "A-1")
    await house.becomes(buyer, done, "completed")
    house.others.away = True
    waits = await house.books(buyer, event_id, "A-2")
    async with asyncio.timeout(10):
        own = await house.system.bus.request(ListBookings(user_id=buyer.id, booking_ids=[done, "x"]))
        strange = await house.system.bus.request(ListBookings(user_id=other.id, booking_ids=[done, waits]))
    assert [(one.booking_id, one.status, one.number, one.first) for one in own.bookings] == [
        (waits, "accepted", 2, 2),
        (done, "completed", 0, 0),
    ]
    assert strange.bookings == []
