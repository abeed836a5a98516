"""Redis is told of an order late, when the seats have another owner already: what is newer stays."""

from __future__ import annotations

import pytest

from internal.inventory import store
from internal.inventory.domain import SeatState
from internal.platform.ids import new_id
from proto.inventory import Claim, Purchase, Refund, Release
from tests.inventory.stage import Desk, Stage

SEATS = ["A1", "A2"]


async def claimed(desk: Desk, stage: Stage) -> Claim:
    """Held and claimed, by somebody."""
    buyer = new_id("user")
    hold = await desk.holds.hold(stage.id, buyer, SEATS)
    command = Claim(
        hold_id=hold.hold_id, order_id=new_id("order"), user_id=buyer, saga_id=new_id("saga"), showtime_id=stage.id
    )
    await desk.claims.claim(command)
    return command


async def late(desk: Desk, command: Claim, fence: int, state: SeatState) -> None:
    """What a process that stood still since its commit tells Redis only now."""
    await desk.locks.settle(
        command.showtime_id,
        state,
        SEATS,
        order=command.order_id,
        hold=command.hold_id,
        user=command.user_id,
        fence=fence,
    )


async def fence_of(desk: Desk, command: Claim) -> int:
    return (await desk.claims.claim(command)).fence


@pytest.mark.parametrize("told", [SeatState.SOLD, SeatState.CLAIMED])
async def test_a_sale_told_after_its_refund(calm: Desk, told: SeatState) -> None:
    """The seats are held anew: that hold keeps its locks, its seats are shown as held, and it is bought."""
    stage = await calm.stage()
    command = await claimed(calm, stage)
    fence = await fence_of(calm, command)
    await calm.claims.purchase(Purchase(order_id=command.order_id, saga_id=command.saga_id))
    await calm.claims.refund(Refund(order_id=command.order_id))
    next_buyer = new_id("user")
    hold = await calm.holds.hold(stage.id, next_buyer, SEATS)
    await late(calm, command, fence, told)
    assert {seat: (await calm.states(stage))[seat] for seat in SEATS} == dict.fromkeys(SEATS, "h")
    again = Claim(
        hold_id=hold.hold_id, order_id=new_id("order"), user_id=next_buyer, saga_id="saga", showtime_id=stage.id
    )
    await calm.claims.claim(again)
    await calm.claims.purchase(Purchase(order_id=again.order_id, saga_id="saga"))
    assert {seat: (await calm.states(stage))[seat] for seat in SEATS} == dict.fromkeys(SEATS, "s")


@pytest.mark.parametrize("told", [SeatState.SOLD, SeatState.CLAIMED])
async def test_a_sale_told_after_its_refund_of_seats_that_are_free(calm: Desk, told: SeatState) -> None:
    """They stay free."""
    stage = await calm.stage()
    command = await claimed(calm, stage)
    fence = await fence_of(calm, command)
    await calm.claims.purchase(Purchase(order_id=command.order_id, saga_id=command.saga_id))
    await calm.claims.refund(Refund(order_id=command.order_id, seat_ids=["A2"]))
    await late(calm, command, fence, told)
    assert (await calm.states(stage))["A2"] == "."
    assert (await calm.states(stage))["A1"] == told.value  # of the other seat it is no news that it is this order's


async def test_a_claim_told_after_its_release(calm: Desk) -> None:
    """The hold is the buyer's again, and ends when its time is over."""
    stage = await calm.stage()
    command = await claimed(calm, stage)
    fence = await fence_of(calm, command)
    await calm.claims.release(Release(order_id=command.order_id, saga_id=command.saga_id))
    await late(calm, command, fence, SeatState.CLAIMED)
    record = await calm.locks.read(command.hold_id)
    assert record is not None
    assert record[2] == "h"
    await calm.holds.release(command.hold_id, command.user_id)
    assert set((await calm.states(stage)).values()) == {"."}


async def test_a_release_that_nobody_told_redis_of(calm: Desk) -> None:
    """Its process died behind the commit: said again, it gives the seats back to their hold."""
    stage = await calm.stage()
    command = await claimed(calm, stage)
    async with calm.database.transaction() as tx:
        await store.drop(tx, command.order_id, command.saga_id)
    assert {seat: (await calm.states(stage))[seat] for seat in SEATS} == dict.fromkeys(SEATS, "c")
    again = await calm.claims.release(Release(order_id=command.order_id, saga_id=command.saga_id))
    assert again.released == 0
    assert {seat: (await calm.states(stage))[seat] for seat in SEATS} == dict.fromkeys(SEATS, "h")


async def test_an_older_claim_is_over_once_more(calm: Desk) -> None:
    """That the one before it is over, said again, does not bring back a newer one that is over, too."""
    stage = await calm.stage()
    first = await claimed(calm, stage)
    older = await fence_of(calm, first)
    await calm.claims.release(Release(order_id=first.order_id, saga_id=first.saga_id))
    second = Claim(
        hold_id=first.hold_id, order_id=new_id("order"), user_id=first.user_id, saga_id="saga", showtime_id=stage.id
    )
    newer = (await calm.claims.claim(second)).fence
    assert newer > older
    await calm.claims.release(Release(order_id=second.order_id, saga_id="saga"))
    await calm.claims.release(Release(order_id=first.order_id, saga_id=first.saga_id))
    await late(calm, second, newer, SeatState.CLAIMED)
    assert {seat: (await calm.states(stage))[seat] for seat in SEATS} == dict.fromkeys(SEATS, "h")


async def test_a_refund_that_nobody_told_redis_of(calm: Desk) -> None:
    """Its process died behind the commit: said again, it frees the seats."""
    stage = await calm.stage()
    command = await claimed(calm, stage)
    await calm.claims.purchase(Purchase(order_id=command.order_id, saga_id=command.saga_id))
    async with calm.database.transaction() as tx:
        await store.refund(tx, command.order_id, ["A2"])
    assert (await calm.states(stage))["A2"] == "s"
    await calm.claims.refund(Refund(order_id=command.order_id, seat_ids=["A2"]))
    assert [(await calm.states(stage))[seat] for seat in SEATS] == ["s", "."]


async def test_a_refund_said_again_when_the_seats_are_sold_to_another(calm: Desk) -> None:
    """They are the other's, in Postgres and in Redis; the same for a release said again."""
    stage = await calm.stage()
    refunded = await claimed(calm, stage)
    await calm.claims.purchase(Purchase(order_id=refunded.order_id, saga_id=refunded.saga_id))
    await calm.claims.refund(Refund(order_id=refunded.order_id))
    released = await claimed(calm, stage)
    await calm.claims.release(Release(order_id=released.order_id, saga_id=released.saga_id))
    await calm.holds.release(released.hold_id, released.user_id)
    owner = await claimed(calm, stage)
    await calm.claims.purchase(Purchase(order_id=owner.order_id, saga_id=owner.saga_id))
    await calm.claims.refund(Refund(order_id=refunded.order_id))
    await calm.claims.release(Release(order_id=released.order_id, saga_id=released.saga_id))
    assert [(await calm.states(stage))[seat] for seat in SEATS] == ["s", "s"]


async def test_a_refund_or_a_release_said_again_when_the_seats_are_blocked(calm: Desk) -> None:
    """They stay off sale, and the buyer's seats are not counted down twice."""
    stage = await calm.stage(seats_per_buyer=2)
    refunded = await claimed(calm, stage)
    await calm.claims.purchase(Purchase(order_id=refunded.order_id, saga_id=refunded.saga_id))
    await calm.claims.refund(Refund(order_id=refunded.order_id))
    released = await claimed(calm, stage)
    await calm.claims.release(Release(order_id=released.order_id, saga_id=released.saga_id))
    await calm.holds.release(released.hold_id, released.user_id)
    async with calm.database.transaction() as tx:
        await store.block(tx, stage.id, SEATS, new_id("user"), "broken")
    await calm.locks.block(stage.id, SEATS)
    for command in (refunded, released):
        await calm.holds.hold(stage.id, command.user_id, ["A3", "A4"] if command is refunded else ["A5", "A6"])
    await calm.claims.refund(Refund(order_id=refunded.order_id))
    await calm.claims.release(Release(order_id=released.order_id, saga_id=released.saga_id))
    assert [(await calm.states(stage))[seat] for seat in SEATS] == ["b", "b"]
    for command in (refunded, released):
        assert await calm.locks.seats_of_buyer(stage.id, command.user_id) == 2
