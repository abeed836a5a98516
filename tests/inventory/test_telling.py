"""What the catalog tells of showtimes, in any order and more than once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from types import SimpleNamespace
from typing import Any, cast

import pytest

from internal.embedded import Valkey
from internal.inventory import store
from internal.inventory.faults import HoldEnded, ShowtimeClosed, TooManySeats
from internal.inventory.locks import Opening
from internal.inventory.telling import Catalog
from internal.platform.bus import Meta
from internal.platform.ids import new_id
from proto.catalog import ShowtimeUpdated
from proto.inventory import Claim
from proto.seatkeys import shard_of
from proto.seatmap import GetLayout, LayoutPage
from tests.inventory.stage import Desk, Stage, canceled, desk, layout, showtime
from tests.waiting import until

ANN, BOB = "user_" + "a" * 32, "user_" + "b" * 32


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


async def test_a_claim_begun_on_a_cancelled_showtime_leaves_nothing(told: Told) -> None:
    """The sweep asks Postgres once about a claim that was left unsettled, and then forgets its hold and its locks."""
    calm, stage = told.calm, told.stage
    await told.hear(stage.facts, 0)
    hold = await calm.holds.hold(stage.id, ANN, ["A1"])
    await calm.locks.claim(hold.hold_id, ANN, stage.id, "order_1", 0)
    await told.hear(canceled(stage), 1)
    await calm.sweep(stage)
    assert await calm.locks.read(hold.hold_id) is None
    assert await calm.locks.owners(stage.id, ["A1"]) == set()
    assert (await calm.locks.sweep(shard_of(stage.id), 500))[1] == []


@pytest.mark.parametrize("by_another", [True, False])
async def test_a_change_heard_while_it_is_being_opened(
    told: Told, own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch, *, by_another: bool
) -> None:
    """Who opens it has read the terms of before: in the end those of now hold, whichever replica heard of them."""
    await told.hear(told.stage.facts, 0)
    opened, hearing = told.calm.locks.open, list[asyncio.Task[None]]()

    async def changed() -> bool:
        known = await told.known()
        return known is not None and known.seats_per_buyer == 2

    async def late(opening: Opening) -> bool:
        if not hearing:
            hearing.append(asyncio.create_task(heard(told.update(seats_per_buyer=2))))
            await (hearing[0] if by_another else until(changed))
        return await opened(opening)

    async with desk(own_valkey.url, told.calm.database, config=told.calm.config) as twin:

        async def heard(event: ShowtimeUpdated) -> None:
            hears = twin if by_another else told.calm
            meta = cast("Meta", SimpleNamespace(time=told.begun + timedelta(seconds=1)))
            await Catalog(hears.database, hears.locks, hears.openings).hear(event, meta)

        monkeypatch.setattr(told.calm.locks, "open", late)
        await told.calm.openings.open(told.stage.id)
        await hearing[0]
    with pytest.raises(TooManySeats):
        await told.calm.holds.hold(told.stage.id, ANN, ["A1", "A2", "A3"])
