"""What orders, bookings and the saga ask of holds."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from internal.inventory.buying import Buying
from internal.inventory.faults import HoldEnded, HoldNotYours, NoClaim, NotSoldYet, SeatTaken, TooManySeats
from internal.platform.ids import new_id
from proto.inventory import Claim, Extend, GetClaim, GetHold, HeldSeat, Purchase, Refund, Release, Take
from proto.seatkeys import shard_of, tag_of
from tests.inventory.stage import Desk, Stage, layout


def buying(desk: Desk) -> Buying:
    return Buying(desk.locks, desk.openings, desk.holds, desk.config)


async def test_a_hold_as_it_is_written_on_tickets(calm: Desk) -> None:
    """Its seats with section, row, number and tier; a standing place with its area; and when it was made."""
    stage, buyer = await calm.stage(layout(seats=4, standing=3)), new_id("user")
    before = await calm.locks.now_ms()
    hold = await calm.holds.hold(stage.id, buyer, ["A2", "floor:1"])
    told = await buying(calm).look(GetHold(hold_id=hold.hold_id, user_id=buyer))
    assert told.seats == [
        HeldSeat(seat_id="A2", tier="T", section="Section 0", row="A", number="2"),
        HeldSeat(seat_id="floor:1", tier="standing", section="Floor"),
    ]
    assert before <= told.held_at.timestamp() * 1000 <= await calm.locks.now_ms()
    await calm.holds.refresh(hold.hold_id, buyer)
    assert (await buying(calm).look(GetHold(hold_id=hold.hold_id, user_id=buyer))).held_at == told.held_at


async def test_another_ones_hold_is_not_shown(calm: Desk) -> None:
    """Only the buyer is told of a hold, and of one that is over nobody."""
    stage, buyer = await calm.stage(), new_id("user")
    hold = await calm.holds.hold(stage.id, buyer, ["A1"])
    with pytest.raises(HoldNotYours):
        await buying(calm).look(GetHold(hold_id=hold.hold_id, user_id=new_id("user")))
    await calm.holds.release(hold.hold_id, buyer)
    with pytest.raises(HoldEnded):
        await buying(calm).look(GetHold(hold_id=hold.hold_id, user_id=buyer))


async def test_taking_twice_is_one_hold(calm: Desk) -> None:
    """The same request id finds the hold it made, however often it comes; another's is refused."""
    stage, buyer, request = await calm.stage(), new_id("user"), new_id("booking")
    asked = Take(request_id=request, user_id=buyer, showtime_id=stage.id, seat_ids=["A1", "A2"])
    first = await buying(calm).take(asked)
    again = await asyncio.gather(*(buying(calm).take(asked) for _ in range(10)))
    assert {one.hold_id for one in again} == {first.hold_id}
    assert await calm.locks.seats_of_buyer(stage.id, buyer) == 2
    with pytest.raises(SeatTaken):
        await buying(calm).take(Take(request_id=request, user_id=new_id("user"), showtime_id=stage.id, seat_ids=["A1"]))


def taking(stage: Stage, buyer: str, *seats: str) -> Take:
    return Take(request_id=new_id("booking"), user_id=buyer, showtime_id=stage.id, seat_ids=list(seats))


async def test_taking_what_one_holds(calm: Desk) -> None:
    """One's own hold of just these seats, in any order and at one's limit; not more, not fewer, and not another's."""
    stage, buyer = await calm.stage(layout(seats=8), seats_per_buyer=2), new_id("user")
    hold = await calm.holds.hold(stage.id, buyer, ["A1", "A2"])
    for seats in (("A1", "A2"), ("A2", "A1")):
        told = await buying(calm).take(taking(stage, buyer, *seats))
        assert (told.hold_id, told.expires_at) == (hold.hold_id, hold.expires_at)
    assert await calm.locks.seats_of_buyer(stage.id, buyer) == 2
    for others in (("A1",), ("A1", "A2", "A3"), ("A1", "A3")):
        with pytest.raises((SeatTaken, TooManySeats)):
            await buying(calm).take(taking(stage, buyer, *others))
    with pytest.raises(SeatTaken):
        await buying(calm).take(taking(stage, new_id("user"), "A1", "A2"))


async def test_taking_what_one_has_bought(calm: Desk) -> None:
    """A hold that an order has claimed is no hold to buy any more, and sold seats are taken."""
    stage, buyer, order = await calm.stage(), new_id("user"), new_id("order")
    hold = await calm.holds.hold(stage.id, buyer, ["A1"])
    await calm.claims.claim(
        Claim(hold_id=hold.hold_id, order_id=order, user_id=buyer, saga_id=order, showtime_id=stage.id)
    )
    with pytest.raises(SeatTaken):
        await buying(calm).take(taking(stage, buyer, "A1"))
    await calm.claims.purchase(Purchase(order_id=order, saga_id=order))
    with pytest.raises(SeatTaken):
        await buying(calm).take(taking(stage, buyer, "A1"))


async def test_more_time_at_the_banks_page(calm: Desk) -> None:
    """A claimed hold lives until the moment named, asked once or often; nobody else can prolong it, nor without end."""
    stage, buyer, order = await calm.stage(), new_id("user"), new_id("order")
    hold = await calm.holds.hold(stage.id, buyer, ["A1"])
    until = hold.expires_at + timedelta(minutes=10)
    with pytest.raises(HoldNotYours):
        await buying(calm).extend(Extend(hold_id=hold.hold_id, order_id=order, until=until))
    await calm.claims.claim(
        Claim(hold_id=hold.hold_id, order_id=order, user_id=buyer, saga_id=order, showtime_id=stage.id)
    )
    for _ in range(2):
        told = await buying(calm).extend(Extend(hold_id=hold.hold_id, order_id=order, until=until))
        assert told.expires_at == until
    far = await buying(calm).extend(Extend(hold_id=hold.hold_id, order_id=order, until=until + timedelta(days=1)))
    assert far.expires_at < until + timedelta(hours=1)
    await calm.claims.release(Release(order_id=order, saga_id=order))
    assert (await calm.holds.look(hold.hold_id, buyer)).expires_at == far.expires_at


async def test_a_refresh_takes_no_time_away(calm: Desk) -> None:
    """What was given at the bank's page stays the buyer's, on the hold and on its locks, when the card was declined."""
    stage, buyer, order = await calm.stage(), new_id("user"), new_id("order")
    hold = await calm.holds.hold(stage.id, buyer, ["A1"])
    until = hold.expires_at + timedelta(minutes=10)
    claim = Claim(hold_id=hold.hold_id, order_id=order, user_id=buyer, saga_id=order, showtime_id=stage.id)
    await calm.claims.claim(claim)
    await buying(calm).extend(Extend(hold_id=hold.hold_id, order_id=order, until=until))
    await calm.claims.release(Release(order_id=order, saga_id=order))
    assert (await calm.holds.refresh(hold.hold_id, buyer)).expires_at == until
    assert (await calm.holds.look(hold.hold_id, buyer)).expires_at == until
    lock = f"{tag_of(shard_of(stage.id))}:seat:{stage.id}:A1"
    assert await calm.lane.command("PEXPIRETIME", lock) >= until.timestamp() * 1000


async def test_seats_asked_back_before_they_are_sold(calm: Desk) -> None:
    """An order completed a moment ago: who takes its seats back is told to come again, and then nobody has them."""
    stage, buyer, order = await calm.stage(), new_id("user"), new_id("order")
    hold = await calm.holds.hold(stage.id, buyer, ["A1", "A2"])
    await calm.claims.claim(
        Claim(hold_id=hold.hold_id, order_id=order, user_id=buyer, saga_id=order, showtime_id=stage.id)
    )
    back = Refund(order_id=order, seat_ids=["A1"])
    with pytest.raises(NotSoldYet):
        await calm.claims.refund(back)
    await calm.claims.purchase(Purchase(order_id=order, saga_id=order))
    assert (await calm.claims.refund(back)).seat_ids == ["A1"]
    states = await calm.states(stage)
    assert (states["A1"], states["A2"]) == (".", "s")


async def test_what_became_of_a_claim(calm: Desk) -> None:
    """Claimed, then purchased; looking changes nothing; an order that claimed nothing has none."""
    stage, buyer, order = await calm.stage(), new_id("user"), new_id("order")
    asked = GetClaim(order_id=order)
    with pytest.raises(NoClaim):
        await calm.claims.look(asked)
    hold = await calm.holds.hold(stage.id, buyer, ["A1"])
    await calm.claims.claim(
        Claim(hold_id=hold.hold_id, order_id=order, user_id=buyer, saga_id=order, showtime_id=stage.id)
    )
    for _ in range(2):
        assert (await calm.claims.look(asked)).state == "claimed"
    await calm.claims.purchase(Purchase(order_id=order, saga_id=order))
    sold = await calm.claims.look(asked)
    assert (sold.state, sold.showtime_id, sold.seat_ids) == ("purchased", stage.id, ["A1"])
