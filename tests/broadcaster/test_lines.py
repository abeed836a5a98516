"""Places in line: how often they are told, and to how many."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
import structlog

from internal.broadcaster.config import Config
from internal.broadcaster.lines import Lines
from internal.broadcaster.people import Person
from internal.broadcaster.tasks import Tasks
from internal.platform.bus import Bus
from internal.platform.faults import Unavailable
from proto.bookings import BookingStands
from proto.live import LiveLine
from tests.broadcaster.test_rooms import Reader


class Quiet:
    """A bus on which the test itself says what is shown, and nobody answers."""

    def __init__(self) -> None:
        self.seen: Any = None
        self.left = 0

    async def watch(self, _: object, __: str, seen: Any) -> Quiet:
        self.seen = seen
        return self

    async def unsubscribe(self) -> None:
        self.left += 1

    async def request(self, _: object) -> None:
        raise Unavailable


@pytest.fixture
def quiet() -> Quiet:
    return Quiet()


def lines(quiet: Quiet, every: float) -> Lines:
    return Lines({}, cast("Bus", quiet), Config(queue_every=every), Tasks(structlog.get_logger()))


def waits(number: int, first: int = 1, **more: Any) -> BookingStands:
    return BookingStands(
        booking_id=f"booking_{number}", showtime_id="showtime_1", status="accepted", number=number, first=first, **more
    )


async def moved(quiet: Quiet, first: int) -> None:
    await asyncio.sleep(0)
    await quiet.seen(LiveLine(showtime_id="showtime_1", first=first))


async def test_ten_thousand_who_wait_are_not_told_of_each_step(quiet: Quiet) -> None:
    """A thousand steps of the line later each has heard of it once, and no more than 500 in one round."""
    made = lines(quiet, every=0.0)
    readers = [Reader() for _ in range(10_000)]
    for number, reader in enumerate(readers, 2_000):
        person = Person(f"user_{number}")
        person.readers.join(reader)
        made.stands(person, waits(number))
    for first in range(2, 1_002):
        await moved(quiet, first)
    assert {len(reader.frames) for reader in readers} == {1}
    await made.tell_once()
    assert sum(len(reader.frames) - 1 for reader in readers) == 500
    for _ in range(19):
        await made.tell_once()
    assert {len(reader.frames) for reader in readers} == {2}
    assert [reader.frames[-1]["position"] for reader in readers] == list(range(1_000, 11_000))


async def test_a_place_is_told_again_after_a_while_and_only_if_it_fell(quiet: Quiet) -> None:
    """However often the line moves in between."""
    made, person, reader = lines(quiet, every=3_600.0), Person("user_1"), Reader()
    person.readers.join(reader)
    made.stands(person, waits(10))
    for first in range(2, 9):
        await moved(quiet, first)
        await made.tell_once()
    assert [frame["position"] for frame in reader.frames] == [10]
    eager = lines(quiet, every=0.0)
    eager.stands(person, waits(10))
    await moved(quiet, 4)
    for _ in range(3):
        await eager.tell_once()
    assert [frame["position"] for frame in reader.frames] == [10, 10, 7]


async def test_pictures_in_another_order_change_nothing(quiet: Quiet) -> None:
    """A line does not go back, an answer that comes late does not bring a booking back, and an end is told once."""
    made, person, reader = lines(quiet, every=0.0), Person("user_1"), Reader()
    person.readers.join(reader)
    made.stands(person, waits(10, first=5))
    await moved(quiet, 3)
    await made.tell_once()
    over = BookingStands(booking_id="booking_10", showtime_id="showtime_1", status="held")
    for _ in range(2):
        made.stands(person, over)
    made.stands(person, waits(10, first=5))
    await made.tell_once()
    assert [(frame["status"], frame.get("position")) for frame in reader.frames] == [("accepted", 6), ("held", None)]


async def test_who_leaves_is_forgotten(quiet: Quiet) -> None:
    """And with the last of them the line."""
    made, reader = lines(quiet, every=0.0), Reader()
    for at in range(2):  # gone and back within a moment is another person here
        person = Person("user_1")
        person.readers.join(reader)
        made.stands(person, waits(10))
        assert len(reader.frames) == at + 1
    await asyncio.sleep(0)
    person.readers.leave(reader)
    await made.tell_once()
    await asyncio.sleep(0)
    assert quiet.left == 2, "one for each time that nobody was left"
    await made.tell_once()
    assert len(reader.frames) == 2
