"""Seats on `/ws`: what is shown, to whom, and how it goes on."""

from __future__ import annotations

from tests.broadcaster.watching import address, watching
from tests.inventory.house import House


async def test_a_reader_gets_a_snapshot_and_then_what_changes(theatre: House) -> None:
    """What is held before is in the snapshot, what is held after comes as a change from its version."""
    stage, buyer = await theatre.stage(), theatre.buyer()
    assert (await buyer.hold(stage, "A1", "A2")).status_code == 201
    async with watching(address(theatre)) as watcher:
        await watcher.watch(stage)
        (snapshot,) = await watcher.heard("SNAPSHOT")
        assert sorted(snapshot["held"]) == ["A1", "A2"]
        assert (await buyer.hold(stage, "A3")).status_code == 201
        await watcher.heard("SEATS", held=["A3"])
        assert watcher.pictures[stage.id] == {"A1": "held", "A2": "held", "A3": "held"}
        assert watcher.gaps == 0
