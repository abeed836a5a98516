"""Many at once: nobody gets what another has, nobody gets more than allowed, and somebody always wins."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence

import pytest

from internal.embedded import Valkey
from internal.inventory import store
from internal.inventory.domain import Hold
from internal.inventory.faults import HoldClaimed, HoldEnded, NotEnoughSeats, SeatTaken
from internal.inventory.search import Wanted
from internal.platform.faults import Fault
from internal.platform.ids import new_id
from proto.inventory import Claim, Claimed, Purchase, Release
from tests.inventory.house import House
from tests.inventory.stage import Desk, Stage, desk, layout
from tests.waiting import until


@pytest.fixture(scope="module")
async def desks(calm: Desk, own_valkey: Valkey) -> AsyncIterator[list[Desk]]:
    """Two replicas on one database and one Redis."""
    async with desk(own_valkey.url, calm.database) as other:
        yield [calm, other]


async def outcomes(work: Sequence[Awaitable[Hold]]) -> tuple[list[Hold], list[BaseException]]:
    """Those who got something, and why the others did not."""
    done = await asyncio.gather(*work, return_exceptions=True)
    refused = [one for one in done if isinstance(one, BaseException)]
    assert all(isinstance(one, Fault) for one in refused), refused
    return [one for one in done if not isinstance(one, BaseException)], refused


def user() -> str:
    return new_id("user")


def claim_of(hold: Hold, buyer: str, order: str) -> Claim:
    return Claim(hold_id=hold.hold_id, order_id=order, user_id=buyer, saga_id="saga", showtime_id=hold.showtime_id)


async def test_two_hundred_buyers_one_seat(shared_house: House) -> None:
    """Of 200 buyers at two processes exactly one gets the seat; the others hear that it is taken."""
    stage = await shared_house.stage()
    buyers = [shared_house.buyer(n % 2) for n in range(200)]
    answers = await asyncio.gather(*(buyer.hold(stage, "A1") for buyer in buyers))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 199}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"seat_taken"}


@pytest.mark.parametrize("opposite", [False, True])
async def test_overlapping_groups_never_split(desks: list[Desk], opposite: bool) -> None:
    """Groups that overlap in a chain, asked for in opposite orders: each whole or not at all, and one at least wins."""
    stage = await desks[0].stage(layout(seats=11))
    for _ in range(20):
        pairs = [(f"A{n}", f"A{n + 1}") for n in range(1, 11)]
        groups = [pair[::-1] if opposite and n % 2 else pair for n, pair in enumerate(pairs)]
        buyers = [user() for _ in groups]
        won, _ = await outcomes([desks[n % 2].holds.hold(stage.id, buyers[n], group) for n, group in enumerate(groups)])
        taken = [seat for hold in won for seat in hold.seat_ids]
        assert len(won) >= 1
        assert len(taken) == len(set(taken)) == 2 * len(won)
        states = await desks[0].states(stage)
        assert {seat for seat, state in states.items() if state == "h"} == set(taken)
        owners = {hold.hold_id: buyers[groups.index((hold.seat_ids[0], hold.seat_ids[1]))] for hold in won}
        await asyncio.gather(*(desks[0].holds.release(hold, owner) for hold, owner in owners.items()))


async def test_the_limit_holds_through_two_processes(shared_house: House) -> None:
    """Fifty requests at once by one buyer at two processes: never a seat more than allowed."""
    stage = await shared_house.stage(layout(rows=5, seats=10), seats_per_buyer=5)
    buyer = shared_house.buyer()
    both = [buyer, shared_house.at(1, buyer)]
    answers = await asyncio.gather(*(both[n % 2].hold(stage, seat) for n, seat in enumerate(stage.seats)))
    codes = Counter("held" if a.status_code == 201 else a.json()["code"] for a in answers)
    assert codes["held"] == 5
    assert set(codes) <= {"held", "too_many_seats", "limited"}


async def test_fifty_orders_one_hold(desks: list[Desk]) -> None:
    """Of 50 orders that claim one hold exactly one has it."""
    stage, buyer = await desks[0].stage(), user()
    hold = await desks[0].holds.hold(stage.id, buyer, ["A1", "A2"])
    orders = [new_id("order") for _ in range(50)]
    done = await asyncio.gather(
        *(desks[n % 2].claims.claim(claim_of(hold, buyer, order)) for n, order in enumerate(orders)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Claimed) for one in done) == 1
    assert all(isinstance(one, Claimed | HoldClaimed) for one in done), done
    assert await desks[0].rows(stage.id) == {"A1": "claimed", "A2": "claimed"}


async def test_one_order_claiming_at_once_everywhere_has_one_claim(desks: list[Desk]) -> None:
    """The same command ten times at once has one effect and one answer."""
    stage, buyer, order = await desks[0].stage(), user(), new_id("order")
    hold = await desks[0].holds.hold(stage.id, buyer, ["A1"])
    done = await asyncio.gather(*(desks[n % 2].claims.claim(claim_of(hold, buyer, order)) for n in range(10)))
    assert len({one.fence for one in done}) == 1
    assert (await desks[0].states(stage))["A1"] == "c"


async def test_release_waits_for_the_claim_that_is_being_written(calm: Desk) -> None:
    """Whatever the claim has written by then is dropped, seats and all."""
    stage, order = await calm.stage(), new_id("order")

    async def waits() -> bool:
        sql = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        async with calm.database.read() as tx:
            return await (await tx.execute(sql)).fetchone() is not None

    async with calm.database.transaction() as tx:
        assert await store.claim(tx, order, new_id("hold"), stage.id, user(), "saga", ["A1", "A2"])
        releasing = asyncio.create_task(calm.claims.release(Release(order_id=order, saga_id="saga")))
        await until(waits)
    assert (await releasing).released == 2
    assert await calm.rows(stage.id) == {}


async def test_purchase_racing_release_and_expiry(desks: list[Desk]) -> None:
    """However they meet, a seat is sold to its order or free for others; Redis and Postgres say the same."""
    stage = await desks[0].stage(layout(rows=2, seats=20), seats_per_buyer=6)

    async def race(seat: str) -> None:
        buyer, order = user(), new_id("order")
        hold = await desks[0].holds.hold(stage.id, buyer, [seat])
        await desks[0].claims.claim(claim_of(hold, buyer, order))
        sold, dropped, _ = await asyncio.gather(
            desks[0].claims.purchase(Purchase(order_id=order, saga_id="saga")),
            desks[1].claims.release(Release(order_id=order, saga_id="saga")),
            desks[1].sweep(stage),
            return_exceptions=True,
        )
        assert isinstance(sold, Fault) == (dropped.released == 1)  # type: ignore[union-attr]  # a release never fails
        expected = {"sold": "s"}.get((await desks[0].rows(stage.id)).get(seat, "held"), "h")
        assert (expected == "s") == (not isinstance(sold, Fault))
        assert (await desks[0].states(stage))[seat] == expected

    await asyncio.gather(*(race(seat) for seat in stage.seats))


async def test_claim_racing_release_of_the_hold(desks: list[Desk]) -> None:
    """A hold is given back or claimed, never both."""
    stage = await desks[0].stage(layout(rows=2, seats=20))

    async def race(seat: str) -> None:
        buyer, order = user(), new_id("order")
        hold = await desks[0].holds.hold(stage.id, buyer, [seat])
        claim, release = await asyncio.gather(
            desks[0].claims.claim(claim_of(hold, buyer, order)),
            desks[1].holds.release(hold.hold_id, buyer),
            return_exceptions=True,
        )
        if isinstance(claim, Claimed):
            assert isinstance(release, HoldClaimed)
        else:
            assert isinstance(claim, HoldEnded)
            assert release is None

    await asyncio.gather(*(race(seat) for seat in stage.seats))
    rows = await desks[0].rows(stage.id)
    assert {seat: "c" if seat in rows else "." for seat in stage.seats} == await desks[0].states(stage)


async def _everybody_sits(desks: list[Desk], stage: Stage, buyers: int, size: int) -> tuple[int, Counter[str]]:
    need = Wanted(size=size)
    won, refused = await outcomes([desks[n % 2].holds.hold_best(stage.id, user(), need) for n in range(buyers)])
    assert all(isinstance(fault, NotEnoughSeats) for fault in refused), set(map(type, refused))
    return len(won), Counter(seat for hold in won for seat in hold.seat_ids)


async def test_best_available_never_starves(desks: list[Desk]) -> None:
    """A hundred buyers of two seats each in a hall of 200: all of them sit, nobody on another's seat."""
    stage = await desks[0].stage(layout(rows=10, seats=20))
    winners, seats = await _everybody_sits(desks, stage, 100, 2)
    assert winners == 100
    assert len(seats) == 200
    assert set(seats.values()) == {1}


async def test_best_available_when_the_hall_is_too_small(desks: list[Desk]) -> None:
    """More buyers than seats: every seat is given once, and the rest hear that there are not enough."""
    stage = await desks[0].stage(layout(rows=5, seats=10))
    winners, seats = await _everybody_sits(desks, stage, 100, 1)
    assert winners == len(seats) == 50
    assert set(seats.values()) == {1}


async def test_standing_room_for_five_hundred(desks: list[Desk]) -> None:
    """600 buyers of standing room for 500: exactly 500 stand, each on a place of their own."""
    stage = await desks[0].stage(layout(rows=1, seats=2, standing=500))
    won, refused = await outcomes([desks[n % 2].holds.hold_standing(stage.id, user(), "floor", 1) for n in range(600)])
    assert len(won) == len({seat for hold in won for seat in hold.seat_ids}) == 500
    assert all(isinstance(fault, NotEnoughSeats) for fault in refused)
    assert len(refused) == 100


async def test_holding_and_blocking_one_seat(desks: list[Desk]) -> None:
    """Staff and a buyer at once: one of them has the seat."""
    stage = await desks[0].stage(layout(rows=1, seats=20))

    async def race(seat: str) -> None:
        hold, block = await asyncio.gather(
            desks[0].holds.hold(stage.id, user(), [seat]),
            desks[1].locks.block(stage.id, [seat]),
            return_exceptions=True,
        )
        assert isinstance(hold, SeatTaken) != isinstance(block, SeatTaken)

    await asyncio.gather(*(race(seat) for seat in stage.seats))
