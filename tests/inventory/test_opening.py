"""How Redis learns what Postgres knows: at first, again, from two processes at once, and after it was emptied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from internal.embedded import Valkey
from internal.inventory import opening, store
from internal.inventory.domain import new_hold_id
from internal.inventory.faults import ShowtimeClosed, TooManySeats
from internal.inventory.recovery import MARK
from internal.inventory.search import Wanted
from internal.platform.bus import Bus
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from proto import Event
from proto.inventory import Claim, ClaimCreated, HoldCreated, HoldRefreshed, Purchase, Refund, Release
from proto.seatkeys import map_key, shard_of, show_key, tag_of, version_key
from tests.inventory.stage import Desk, Stage, desk, layout, put_on_sale, showtime

ANN, BOB = "user_" + "a" * 32, "user_" + "b" * 32


@pytest.fixture
async def twin(calm: Desk, own_valkey: Valkey) -> AsyncIterator[Desk]:
    """Another replica, which has seen nothing yet."""
    async with desk(own_valkey.url, calm.database, config=calm.config) as made:
        yield made


async def sold(calm: Desk, stage: Stage, user: str, *seats: str, purchase: bool = True) -> str:
    order = new_id("order")
    hold = await calm.holds.hold(stage.id, user, seats)
    await calm.claims.claim(
        Claim(hold_id=hold.hold_id, order_id=order, user_id=user, saga_id="s", showtime_id=stage.id)
    )
    if purchase:
        await calm.claims.purchase(Purchase(order_id=order, saga_id="s"))
    return order


async def forgotten(calm: Desk, stage: Stage) -> None:
    """This Redis knows nothing of the showtime any more."""
    keys = [key async for key in _keys(calm, stage.id)]
    await calm.lane.command("DEL", *keys)


async def _keys(calm: Desk, showtime_id: str) -> AsyncIterator[bytes]:
    for key in await calm.lane.command("KEYS", f"*:{showtime_id}*"):
        yield key


async def test_two_replicas_open_at_once(calm: Desk, twin: Desk) -> None:
    """However many ask at once, everybody finds the showtime open, and a hold made meanwhile stays."""
    stage = await put_on_sale(calm.database, layout(rows=4, seats=20))
    buyers = [new_id("user") for _ in range(40)]
    made = await asyncio.gather(
        *((calm, twin)[n % 2].holds.hold(stage.id, buyers[n], [seat]) for n, seat in enumerate(stage.seats[:40])),
        *(one.openings.open(stage.id) for one in (calm, twin) for _ in range(10)),
    )
    assert len({hold.hold_id for hold in made[:40] if hold}) == 40
    states = await calm.states(stage)
    assert [states[seat] for seat in stage.seats] == ["h"] * 40 + ["."] * 40


async def test_reopening_knows_what_is_sold_claimed_and_blocked(calm: Desk, twin: Desk) -> None:
    """After Redis forgot a showtime its seats are what Postgres says, and buyers' seats count as before."""
    stage = await calm.stage(seats_per_buyer=4)
    await sold(calm, stage, ANN, "A1", "A2")
    await sold(calm, stage, ANN, "A3", purchase=False)
    async with calm.database.transaction() as tx:
        await store.block(tx, stage.id, ["A4"], BOB, "broken")
    await forgotten(calm, stage)
    await twin.openings.open(stage.id)
    assert "".join((await twin.states(stage)).values()) == "sscb" + "." * 8
    with pytest.raises(TooManySeats):
        await twin.holds.hold(stage.id, ANN, ["A5", "A6"])
    assert (await twin.holds.hold(stage.id, ANN, ["A5"])).seat_ids == ["A5"]


async def test_new_showtimes_are_learnt_before_anybody_asks(twin: Desk) -> None:
    """A process that did not hear of a showtime itself knows its hall at the next look, and the ones it knew still."""
    first = await put_on_sale(twin.database, layout())
    await twin.openings.learn()
    second = await put_on_sale(twin.database, layout())
    assert twin.openings.known_hall(second.id) is None
    await twin.openings.learn()
    for stage in (first, second):
        hall = twin.openings.known_hall(stage.id)
        assert hall is not None
        assert hall.places == stage.seats


async def test_a_hall_of_fifty_thousand(calm: Desk) -> None:
    """It is opened, sold by seat and by best choice, within a few seconds and nothing missing."""
    hall = layout(rows=125, seats=200, sections=2)
    stage = await put_on_sale(calm.database, hall)
    async with asyncio.timeout(20):
        await calm.openings.open(stage.id)
        assert (await calm.holds.hold(stage.id, ANN, [stage.seats[-1], stage.seats[0]])).version
        best = await calm.holds.hold_best(stage.id, BOB, Wanted(size=4))
    states = await calm.locks.map(stage.id)
    assert states is not None
    assert (len(states), states.count(b"h")) == (50_000, 6)
    assert len(best.seat_ids) == 4


async def test_a_showtime_that_is_not_there_is_looked_up_once(calm: Desk, twin: Desk) -> None:
    """A thousand requests for an unknown showtime are a query or two, and once it is told of it is found."""
    showtime_id = new_id("showtime")
    before = calm.database.stats().get("requests_num", 0)
    done = await asyncio.gather(
        *(calm.holds.hold(showtime_id, new_id("user"), ["A1"]) for _ in range(1_000)), return_exceptions=True
    )
    assert {type(one) for one in done} == {ShowtimeClosed}
    assert calm.database.stats()["requests_num"] - before <= 4


async def test_an_on_sale_asks_postgres_once_for_all(calm: Desk, twin: Desk) -> None:
    """The first thousand requests of a process share what must be known to answer them."""
    stage = await put_on_sale(calm.database, layout(rows=50, seats=20))
    before = calm.database.stats().get("requests_num", 0)
    made = await asyncio.gather(*(twin.holds.hold(stage.id, new_id("user"), [seat]) for seat in stage.seats))
    assert len(made) == 1_000
    assert calm.database.stats()["requests_num"] - before <= 10


async def test_a_postponed_showtime_keeps_its_seats_as_long(calm: Desk) -> None:
    """What Redis keeps of a showtime is all kept until it is over, also when that moment moves."""
    soon = datetime.now(UTC) + timedelta(hours=1)
    stage = await calm.stage(layout(seats=7), starts_at=soon)
    held = await calm.holds.hold(stage.id, ANN, ["A1"])
    later = showtime(stage.hall, showtime_id=stage.id, starts_at=soon + timedelta(days=30))
    async with calm.database.transaction() as tx:
        await store.keep_showtime(tx, later, datetime.now(UTC))
    await calm.openings.open(stage.id)
    lives = [await calm.lane.command("PTTL", key(stage.id)) for key in (show_key, map_key, version_key)]
    layouts = await calm.lane.command("KEYS", f"*:layout:{stage.hall.layout_hash}")
    lives += [await calm.lane.command("PTTL", key) for key in layouts]
    assert min(lives) > timedelta(days=30) / timedelta(milliseconds=1)
    assert (await calm.holds.look(held.hold_id, ANN)).seat_ids == ["A1"]
    assert (await calm.states(stage))["A1"] == "h"


async def test_nothing_in_redis_stays_for_ever(calm: Desk) -> None:
    """Every key of a showtime ends by itself some time after the showtime."""
    stage = await calm.stage()
    await calm.holds.hold(stage.id, ANN, ["A1"])
    await sold(calm, stage, BOB, "A2", purchase=False)
    await sold(calm, stage, BOB, "A3")
    for key in [key async for key in _keys(calm, stage.id)]:
        assert await calm.lane.command("PTTL", key) > 0, key


async def test_a_refused_recovery_is_tried_again_at_once(calm: Desk, own_valkey: Valkey) -> None:
    """While NATS is away an emptied Redis refuses; the next try is not held up by the one that failed."""
    async with desk(own_valkey.url, calm.database, marked=False) as made:
        mark = await made.lane.command("GET", MARK)
        await made.lane.command("DEL", MARK)
        for _ in range(2):
            with pytest.raises(Unavailable):
                await made.openings.recover()
        assert await made.recovery.begin("other")
        await made.recovery.give_up()
        await made.lane.command("SET", MARK, mark)
        assert await made.recovery.is_over()


async def test_a_recovery_that_was_emptied_meanwhile_marks_nothing(calm: Desk) -> None:
    """Whose turn is gone cannot say that all holds are here."""
    await calm.recovery.begin("one")
    await calm.recovery.give_up()
    assert not await calm.recovery.end("one")
    await calm.recovery.go_on("one")
    assert not await calm.recovery.end("one")


async def remembered(calm: Desk, monkeypatch: pytest.MonkeyPatch, *told: tuple[datetime, Event]) -> int:
    """The way back of a Redis that has lost its mark, from facts of these moments; how many holds came back."""

    async def facts(_: Bus, __: Sequence[type[Event]], since: datetime) -> AsyncIterator[Event]:
        for moment, fact in told:
            if moment >= since:
                yield fact

    monkeypatch.setattr(opening, "history", facts)
    await calm.lane.command("DEL", MARK)
    return await calm.openings.recover()


async def test_a_hold_comes_back_however_often_it_was_refreshed(calm: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an hour, refreshed twice: what was told of it when it was made is more than an hour old."""
    stage = await calm.stage(hold_seconds=1_800)
    hold_id, now = new_hold_id(shard_of(stage.id)), datetime.now(UTC)
    half = timedelta(minutes=30)
    made = now - timedelta(minutes=80)
    created = HoldCreated(hold_id=hold_id, user_id=ANN, showtime_id=stage.id, seat_ids=["A1"], expires_at=made + half)
    refreshed = [
        (at, HoldRefreshed(hold_id=hold_id, showtime_id=stage.id, expires_at=at + half))
        for at in (now - timedelta(minutes=51), now - timedelta(minutes=22))
    ]
    assert await remembered(calm, monkeypatch, (made, created), *refreshed) == 1
    assert (await calm.holds.look(hold_id, ANN)).seat_ids == ["A1"]
    assert (await calm.states(stage))["A1"] == "h"


async def lost(calm: Desk, stage: Stage, claim: Claim, expires_at: datetime) -> list[tuple[datetime, Event]]:
    """Redis forgot a hold that an order has claimed; what was told of it."""
    await forgotten(calm, stage)
    await calm.lane.command("HDEL", f"{tag_of(shard_of(stage.id))}:holds", claim.hold_id)
    ids: dict[str, Any] = {
        "hold_id": claim.hold_id,
        "user_id": claim.user_id,
        "showtime_id": stage.id,
        "seat_ids": ["A1", "A2"],
    }
    created, claimed = HoldCreated(**ids, expires_at=expires_at), ClaimCreated(**ids, order_id=claim.order_id)
    return [(datetime.now(UTC), created), (datetime.now(UTC), claimed)]


async def test_a_declined_card_after_redis_was_emptied(calm: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hold lives on until the moment that its buyer was told, and ends then."""
    stage, order = await calm.stage(seats_per_buyer=2), new_id("order")
    hold = await calm.holds.hold(stage.id, ANN, ["A1", "A2"])
    claim = Claim(hold_id=hold.hold_id, order_id=order, user_id=ANN, saga_id="s", showtime_id=stage.id)
    await calm.claims.claim(claim)
    told = await lost(calm, stage, claim, hold.expires_at)
    assert await remembered(calm, monkeypatch, *told) == 1
    assert [(await calm.states(stage))[seat] for seat in ("A1", "A2")] == ["c", "c"]
    assert (await calm.holds.look(hold.hold_id, ANN)).expires_at == hold.expires_at
    await calm.claims.release(Release(order_id=order, saga_id="s"))
    assert [(await calm.states(stage))[seat] for seat in ("A1", "A2")] == ["h", "h"]
    assert await calm.locks.owners(stage.id, ["A1", "A2"]) == {hold.hold_id}
    assert await calm.locks.seats_of_buyer(stage.id, ANN) == 2
    await calm.holds.release(hold.hold_id, ANN)
    assert set((await calm.states(stage)).values()) == {"."}
    assert await calm.locks.seats_of_buyer(stage.id, ANN) == 0


@pytest.mark.parametrize("refunded", [True, False])
async def test_a_hold_that_was_bought_is_over(calm: Desk, monkeypatch: pytest.MonkeyPatch, *, refunded: bool) -> None:
    """Nothing of it comes back into an emptied Redis, though its time is not."""
    stage, order = await calm.stage(), new_id("order")
    hold = await calm.holds.hold(stage.id, ANN, ["A1", "A2"])
    claim = Claim(hold_id=hold.hold_id, order_id=order, user_id=ANN, saga_id="s", showtime_id=stage.id)
    await calm.claims.claim(claim)
    await calm.claims.purchase(Purchase(order_id=order, saga_id="s"))
    if refunded:
        await calm.claims.refund(Refund(order_id=order))
    told = await lost(calm, stage, claim, hold.expires_at)
    await remembered(calm, monkeypatch, *told)
    await calm.openings.open(stage.id)
    assert {(await calm.states(stage))[seat] for seat in ("A1", "A2")} == {"." if refunded else "s"}
    assert await calm.locks.read(hold.hold_id) is None
