"""Rebuilds that are asked for: one after another, each done by one replica, and by the next one if that dies."""

from __future__ import annotations

from structlog.typing import FilteringBoundLogger

from internal.platform.bus import Bus
from internal.platform.faults import Fault, Kind
from internal.platform.postgres import Database
from internal.stats.handlers.recount import LEASE, Recounts
from internal.stats.store import rebuilds as store
from proto.catalog import ListEventShowtimes
from proto.stats import GetRebuild, Rebuild, RebuildFacts

__all__ = ["RebuildUnknown", "Rebuilding"]


class RebuildUnknown(Fault, kind=Kind.NOT_FOUND):
    """No such rebuild was asked for."""


class Rebuilding:
    """Takes the order, does it, and says how far it is."""

    def __init__(self, database: Database, bus: Bus, recounts: Recounts, log: FilteringBoundLogger) -> None:
        self._database = database
        self._bus = bus
        self._recounts = recounts
        self._log = log

    async def ask(self, command: Rebuild) -> RebuildFacts:
        """It will be done, by whichever replica is free. Refused if there is no such event."""
        if command.event_id is not None:
            await self._bus.request(ListEventShowtimes(event_id=command.event_id))
        async with self._database.transaction() as tx:
            await store.ask(tx, command.rebuild_id, command.event_id)
        return await self.look(GetRebuild(rebuild_id=command.rebuild_id))

    async def look(self, asked: GetRebuild) -> RebuildFacts:
        """How far is it?"""
        async with self._database.read() as tx:
            found = await store.find(tx, asked.rebuild_id)
        if found is None:
            raise RebuildUnknown
        return RebuildFacts(
            rebuild_id=found.id,
            state=found.state,
            showtimes=found.showtimes,
            facts=found.facts,
            trouble=found.trouble,
        )

    async def run_once(self) -> int:
        """The oldest one that was asked for, to its end; 1 if there was one."""
        async with self._database.transaction() as tx:
            taken = await store.take(tx, LEASE)
        if taken is None:
            return 0
        try:
            showtimes, facts = await self._recounts.run(taken)
        except Exception as error:
            said = error.detail if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
            async with self._database.transaction() as tx:
                await store.gave_up(tx, taken.id, said)
            raise
        self._log.info("counted anew", rebuild=taken.id, showtimes=showtimes, facts=facts)
        return 1
