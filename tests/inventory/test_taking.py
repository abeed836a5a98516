"""The rare roads of `lua/taking.lua`: locks that the map does not show, seats far apart, half a batch refused."""

from __future__ import annotations

import asyncio

from internal.inventory.domain import Hold
from internal.inventory.faults import SeatTaken
from internal.platform.ids import new_id
from proto.seatkeys import shard_of, tag_of
from tests.inventory.stage import Desk, Stage, layout


async def tried(desk: Desk, stage: Stage, *groups: tuple[str, ...]) -> list[Hold | BaseException]:
    """All of them in one tick, so in one script."""
    asked = (desk.holds.hold(stage.id, new_id("user"), group) for group in groups)
    return await asyncio.gather(*asked, return_exceptions=True)


def won(outcomes: list[Hold | BaseException]) -> list[list[str] | None]:
    return [one.seat_ids if isinstance(one, Hold) else None for one in outcomes]


async def test_a_lock_that_the_map_does_not_show(calm: Desk) -> None:
    """Somebody's lock on a seat that the map calls free refuses that hold alone: the others of its batch are made."""
    stage = await calm.stage(layout(seats=8))
    await calm.lane.command("SET", f"{tag_of(shard_of(stage.id))}:seat:{stage.id}:A2", "somebody")
    outcomes = await tried(calm, stage, ("A3", "A1"), ("A1", "A2"), ("A5", "A6"), ("A2",), ("A4",))
    assert won(outcomes) == [["A3", "A1"], None, ["A5", "A6"], None, ["A4"]]
    assert isinstance(outcomes[1], SeatTaken)
    assert outcomes[3].extra == {"seatIds": ["A2"]}  # type: ignore[union-attr]  # a fault
    held = {seat for seat, state in (await calm.states(stage)).items() if state == "h"}
    assert held == {"A1", "A3", "A4", "A5", "A6"}
    assert (await tried(calm, stage, ("A7", "A8")))[0].seat_ids == ["A7", "A8"]  # type: ignore[union-attr]  # a hold


async def test_the_refused_hold_does_not_count_for_its_buyer(calm: Desk) -> None:
    """A hold that failed at the lock leaves the buyer's number of seats as it was."""
    stage = await calm.stage(layout(seats=8))
    await calm.lane.command("SET", f"{tag_of(shard_of(stage.id))}:seat:{stage.id}:A2", "somebody")
    buyer = new_id("user")
    both = (calm.holds.hold(stage.id, buyer, group) for group in (("A1", "A2"), ("A3",)))
    assert won(await asyncio.gather(*both, return_exceptions=True)) == [None, ["A3"]]
    assert await calm.locks.seats_of_buyer(stage.id, buyer) == 1


async def test_seats_at_both_ends_of_a_large_hall(calm: Desk) -> None:
    """Too far apart to be read in one stretch, they are read one by one, and mean the same."""
    hall = layout(rows=100, seats=100)
    stage = await calm.stage(hall)
    first, last = stage.seats[0], stage.seats[-1]
    assert won(await tried(calm, stage, (last, first))) == [[last, first]]
    assert won(await tried(calm, stage, (first, last), (stage.seats[5000],))) == [None, [stage.seats[5000]]]
    held = {seat for seat, state in (await calm.states(stage)).items() if state == "h"}
    assert held == {first, last, stage.seats[5000]}


async def test_one_seat_in_one_batch(calm: Desk) -> None:
    """Of ten in one script who want the same seat, the first gets it."""
    stage = await calm.stage(layout(seats=4))
    outcomes = await tried(calm, stage, *[("A1",)] * 10)
    assert won(outcomes) == [["A1"], *[None] * 9]
