"""How Redis learns what Postgres knows: at first, again, from two processes at once, and after it was emptied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from types import SimpleNamespace
from typing import Any, cast

import pytest

from internal.embedded import Valkey
from internal.inventory import store
from internal.inventory.domain import HoldEnded, ShowtimeClosed, TooManySeats
from internal.inventory.search import Wanted
from internal.inventory.telling import Catalog
from internal.platform.bus import Meta
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from proto.catalog import ShowtimeUpdated
from proto.inventory import Claim, Purchase
from proto.seatkeys import map_key, show_key, version_key
from proto.seatmap import GetLayout, LayoutPage
from tests.inventory.stage import Desk, Stage, canceled, desk, layout, put_on_sale, showtime

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
        mark = await made.lane.command("GET", "{inventory}:has-all-holds")
        await made.lane.command("DEL", "{inventory}:has-all-holds")
        for _ in range(2):
            with pytest.raises(Unavailable):
                await made.openings.recover()
        assert await made.locks.begin_recovery("other")
        await made.locks.give_up_recovery()
        await made.lane.command("SET", "{inventory}:has-all-holds", mark)
        assert await made.locks.is_marked()


async def test_a_recovery_that_was_emptied_meanwhile_marks_nothing(calm: Desk) -> None:
    """Whose turn is gone cannot say that all holds are here."""
    await calm.locks.begin_recovery("one")
    await calm.locks.give_up_recovery()
    assert not await calm.locks.end_recovery("one")
    await calm.locks.go_on_with_recovery("one")
    assert not await calm.locks.end_recovery("one")


# -- what the catalog tells ----------------------------------------------------------------------------------------


@dataclass
class Told:
    """The catalog's events about one showtime, and who hears them."""

    calm: Desk
    stage: Stage
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def hear(self, event: Any, seconds: float) -> None:
        moment = self.begun + timedelta(seconds=seconds)
        meta = cast("Meta", SimpleNamespace(time=moment))
        await Catalog(self.calm.database, self.calm.locks, self.calm.openings).hear(event, meta)

    def update(self, **changed: Any) -> ShowtimeUpdated:
        facts = {name: getattr(self.stage.facts, name) for name in self.stage.facts.__struct_fields__}
        return ShowtimeUpdated(**{**facts, **changed})

    async def known(self) -> store.Showtime | None:
        async with self.calm.database.read() as tx:
            return await store.showtime(tx, self.stage.id)

    async def opened(self) -> int:
        async with self.calm.database.read() as tx:
            cursor = await tx.execute(
                "select count(*) from outbox where subject = 'inventory.showtime.opened'"
                " and position(%s in convert_from(body, 'utf8')) > 0",
                [self.stage.id],
            )
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
async def told(calm: Desk, monkeypatch: pytest.MonkeyPatch) -> Told:
    """A showtime that nobody has told of, in a hall that the seatmap knows."""
    hall = layout(seats=9)

    async def answer(asked: GetLayout, **_: Any) -> LayoutPage:
        return LayoutPage(
            layout_hash=asked.layout_hash,
            venue_id="venue_1",
            capacity=9,
            focal_point=hall.focal_point,
            sections=hall.sections,
        )

    monkeypatch.setattr(calm.bus, "request", answer)
    return Told(calm, Stage(hall, showtime(hall)))


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_catalogs_events_in_any_order(told: Told, order: tuple[int, ...]) -> None:
    """Published, changed and changed again: whatever comes first, the last change is what holds, and it is on sale."""
    events = [told.stage.facts, told.update(seats_per_buyer=2), told.update(seats_per_buyer=3)]
    for at in order:
        await told.hear(events[at], at)
    known = await told.known()
    assert known is not None
    assert (known.on_sale, known.seats_per_buyer) == (True, 3)
    await told.calm.openings.open(told.stage.id)
    assert len((await told.calm.holds.hold(told.stage.id, ANN, ["A1", "A2", "A3"])).seat_ids) == 3
    with pytest.raises(TooManySeats):
        await told.calm.holds.hold(told.stage.id, ANN, ["A4"])
    assert await told.opened() == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_cancelled_showtime_stays_cancelled(told: Told, order: tuple[int, ...]) -> None:
    """Whenever the cancellation comes, nothing can be held afterwards, and no event fails."""
    events = [told.stage.facts, told.update(seats_per_buyer=2), canceled(told.stage)]
    for at in order:
        await told.hear(events[at], at)
    assert not await told.calm.locks.is_open(told.stage.id)
    with pytest.raises(ShowtimeClosed):
        await told.calm.holds.hold(told.stage.id, ANN, ["A1"])


async def test_a_draft_is_not_sold(told: Told) -> None:
    """A change of a showtime that was never published puts nothing on sale."""
    await told.hear(told.update(), 0)
    with pytest.raises(ShowtimeClosed):
        await told.calm.openings.open(told.stage.id)
    async with told.calm.database.read() as tx:
        assert await store.showtimes_of_event(tx, told.stage.event_id) == []


async def test_a_claim_on_a_cancelled_showtime_is_refused(told: Told) -> None:
    """Nobody starts to pay for a show that will not take place; a hold of it can still be given back."""
    await told.hear(told.stage.facts, 0)
    hold = await told.calm.holds.hold(told.stage.id, ANN, ["A1"])
    await told.hear(canceled(told.stage), 1)
    command = Claim(hold_id=hold.hold_id, order_id=new_id("order"), user_id=ANN, saga_id="s", showtime_id=told.stage.id)
    with pytest.raises(ShowtimeClosed):
        await told.calm.claims.claim(command)
    assert await told.calm.holds.release(hold.hold_id, ANN) is None
    with pytest.raises(HoldEnded):
        await told.calm.holds.look(hold.hold_id, ANN)


async def test_telling_twice_changes_nothing(told: Told) -> None:
    """The same publication again: one opening is told, and what was held stays."""
    await told.hear(told.stage.facts, 0)
    await told.calm.holds.hold(told.stage.id, ANN, ["A1"])
    await told.hear(told.stage.facts, 0)
    assert await told.opened() == 1
    assert (await told.calm.states(told.stage))["A1"] == "h"
