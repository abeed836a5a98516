"""Two looks in a row must see the same difference; and however many there are, all are repaired in the end."""

from __future__ import annotations

import pytest

from internal.inventory import reconcile, store
from internal.inventory.store import Showtime
from tests.inventory.stage import Desk, Stage

STAFF = "user_" + "a" * 32


async def known(desk: Desk, stage: Stage) -> Showtime:
    async with desk.database.read() as tx:
        found = await store.showtime(tx, stage.id)
    assert found is not None
    return found


async def blocked_in_postgres_alone(desk: Desk, stage: Stage, *seats: str) -> None:
    async with desk.database.transaction() as tx:
        await store.block(tx, stage.id, seats, STAFF, "broken")


async def test_more_differences_than_are_remembered(calm: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis of yesterday: what there was no room for at one look is repaired at a later one."""
    monkeypatch.setattr(reconcile, "_SUSPECTS", 4)
    stage = await calm.stage()
    await blocked_in_postgres_alone(calm, stage, *stage.seats)
    showtime = await known(calm, stage)
    found = [len(await calm.reconciler.compare(showtime)) for _ in range(6)]
    assert found == [0, 4, 0, 4, 0, 4]
    assert set((await calm.states(stage)).values()) == {"b"}


async def test_what_was_put_right_meanwhile_is_suspected_anew(calm: Desk) -> None:
    """A seat that differs for a moment, and once more for a moment later, was as it should be in between."""
    stage = await calm.stage()
    showtime = await known(calm, stage)
    await calm.locks.block(stage.id, ["A1"])
    assert await calm.reconciler.compare(showtime) == []
    await blocked_in_postgres_alone(calm, stage, "A1")
    assert await calm.reconciler.compare(showtime) == []
    async with calm.database.transaction() as tx:
        await store.unblock(tx, stage.id, ["A1"])
    assert await calm.reconciler.compare(showtime) == []
    assert len(await calm.reconciler.compare(showtime)) == 1
    assert (await calm.states(stage))["A1"] == "."
