"""Holds end when they say, not before, and their seats are free within a second."""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec
import pytest
from nats.aio.msg import Msg

from internal.inventory.faults import HoldEnded, SeatTaken
from internal.inventory.loops import Sweep
from internal.inventory.search import Wanted
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from proto.inventory import HoldExpired
from proto.seatkeys import shard_of, tag_of
from tests.inventory.house import House, beside
from tests.inventory.stage import Desk, layout
from tests.waiting import until

ANN, BOB = "user_" + "a" * 32, "user_" + "b" * 32


async def test_none_early_and_all_within_a_second(shared_house: House) -> None:
    """A seat is refused until its hold's moment, and given to somebody else less than a second after it."""
    stage = await shared_house.stage(hold_seconds=1)
    async with beside(shared_house) as made:
        held = await made.holds.hold(stage.id, ANN, ["A1"])
        refused_at = 0

        async def given() -> bool:
            nonlocal refused_at
            asked_at = await made.locks.now_ms()
            try:
                await made.holds.hold(stage.id, BOB, ["A1"])
            except SeatTaken:
                refused_at = asked_at
                return False
            return True

        await until(given)
        ends = held.expires_at.timestamp() * 1000
        given_at = await made.locks.now_ms()
        assert ends - 100 < given_at
        assert given_at >= ends
        assert refused_at < ends + 1_000


async def test_a_hold_that_is_over_cannot_be_used_though_the_sweep_is_late(calm: Desk) -> None:
    """`expiresAt` decides at use: no refresh, no release, no claim, no look after it, swept or not."""
    stage = await calm.stage(hold_seconds=1)
    hold = await calm.holds.hold(stage.id, ANN, ["A1"])

    async def over() -> bool:
        return await calm.locks.now_ms() >= hold.expires_at.timestamp() * 1000

    assert not await over()
    await until(over)
    for use in (
        calm.holds.refresh(hold.hold_id, ANN),
        calm.holds.release(hold.hold_id, ANN),
        calm.holds.look(hold.hold_id, ANN),
        calm.locks.claim(hold.hold_id, ANN, stage.id, "order_1", 30_000),
    ):
        with pytest.raises(HoldEnded):
            await use


async def test_a_late_sweep_frees_nothing_of_a_new_owner(calm: Desk) -> None:
    """A seat that was taken over before the sweep came stays its new owner's, and the old one's count is given back."""
    stage = await calm.stage()
    old = await calm.holds.hold(stage.id, ANN, ["A1", "A2"])
    await _let_pass(calm, old.hold_id, stage.id, ["A1", "A2"])
    new = await calm.holds.hold(stage.id, BOB, ["A1"])
    await calm.sweep(stage)
    assert (await calm.holds.look(new.hold_id, BOB)).seat_ids == ["A1"]
    states = await calm.states(stage)
    assert (states["A1"], states["A2"]) == ("h", ".")
    assert await calm.locks.seats_of_buyer(stage.id, ANN) == 0
    assert await calm.locks.seats_of_buyer(stage.id, BOB) == 1


async def test_seats_of_a_hold_whose_locks_went_by_themselves_are_free_for_the_best_choice(calm: Desk) -> None:
    """After a sweep that was later than the locks' own time nothing stays painted as held."""
    stage = await calm.stage(layout(seats=2))
    old = await calm.holds.hold(stage.id, ANN, ["A1", "A2"])
    await _let_pass(calm, old.hold_id, stage.id, ["A1", "A2"])
    await calm.sweep(stage)
    assert set((await calm.states(stage)).values()) == {"."}
    assert len((await calm.holds.hold_best(stage.id, BOB, Wanted(size=2))).seat_ids) == 2


async def _let_pass(calm: Desk, hold_id: str, showtime_id: str, seats: list[str]) -> None:
    """The hold's time and its locks' grace are over, and nobody has swept."""
    tag = tag_of(shard_of(showtime_id))
    record = (await calm.lane.command("HGET", f"{tag}:holds", hold_id)).decode().split("|")
    past = await calm.locks.now_ms() - 5_001
    await calm.lane.command("HSET", f"{tag}:holds", hold_id, "|".join([str(past), *record[1:]]))
    await calm.lane.command("ZADD", f"{tag}:expiry", past, hold_id)
    for seat in seats:
        await calm.lane.command("DEL", f"{tag}:seat:{showtime_id}:{seat}")


async def test_a_refresh_is_not_cut_short(calm: Desk) -> None:
    """A sweep that looks at the old moment leaves a refreshed hold alone."""
    stage = await calm.stage()
    hold = await calm.holds.hold(stage.id, ANN, ["A1"])
    await calm.holds.refresh(hold.hold_id, ANN)
    tag = tag_of(shard_of(stage.id))
    await calm.lane.command("ZADD", f"{tag}:expiry", 1, hold.hold_id)
    await calm.sweep(stage)
    assert (await calm.holds.look(hold.hold_id, ANN)).seat_ids == ["A1"]


async def test_holds_expire_while_postgres_is_away(calm: Desk) -> None:
    """An unsettled claim that cannot be asked about does not hold up the sweep of others."""
    stage = await calm.stage()
    begun = await calm.holds.hold(stage.id, ANN, ["A1"])
    await calm.locks.claim(begun.hold_id, ANN, stage.id, "order_1", 0)
    other = await calm.holds.hold(stage.id, BOB, ["A2"])
    await _let_pass(calm, other.hold_id, stage.id, [])

    class Away:
        async def settle(self, _: str) -> None:
            raise Unavailable

    class Mine:
        mine = (shard_of(stage.id),)

    sweep = Sweep(calm.locks, Away(), Mine(), calm.config, calm.claims._log)  # type: ignore[arg-type]  # as much as it asks for
    await sweep.run_once()
    states = await calm.states(stage)
    assert (states["A1"], states["A2"]) == ("h", ".")
    await calm.claims.settle(begun.hold_id)
    assert (await calm.holds.look(begun.hold_id, ANN)).seat_ids == ["A1"]


async def test_fifty_thousand_at_once(shared_house: House) -> None:
    """50,000 seats whose holds end together are all free, and each expiry is on the stream once."""
    stage = await shared_house.stage(layout(rows=250, seats=200), hold_seconds=3, seats_per_buyer=50)
    told: Counter[str] = Counter()

    async def hear(message: Msg) -> None:
        fact = msgspec.json.decode(message.data, type=HoldExpired)
        if fact.showtime_id == stage.id:
            told.update(fact.seat_ids)

    subscription = await shared_house.bus.listen(HoldExpired.subject, hear)
    async with beside(shared_house) as made:
        await made.openings.open(stage.id)
        rows = [stage.seats[at : at + 50] for at in range(0, 50_000, 50)]
        held = await asyncio.gather(*(made.holds.hold(stage.id, new_id("user"), row) for row in rows))
        ends = max(hold.expires_at for hold in held).timestamp() * 1000
        await until(lambda: len(told) == 50_000, seconds=20)
        assert await made.locks.now_ms() - ends < 8_000
        assert set(told.values()) == {1}
        assert set(await made.locks.map(stage.id) or b"") == {ord(".")}
    await subscription.unsubscribe()
