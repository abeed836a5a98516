"""Showtimes and their halls: told by the catalog, or asked for when a fact comes before they were told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime

from structlog.typing import FilteringBoundLogger

from internal.platform.bus import Bus, Meta
from internal.platform.faults import Fault, Kind
from internal.platform.postgres import Database
from internal.stats.domain import Hall
from internal.stats.store import showtimes as store
from internal.stats.store.showtimes import Known
from proto.catalog import GetShowtime, ShowtimeCanceled, ShowtimeFacts, ShowtimePublished, ShowtimeUpdated
from proto.seatmap import GetLayout

__all__ = ["Showtimes"]

_HALLS = 16  # layouts kept: one of 50,000 seats takes 8 MB
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # what was asked for says how it is now; what is told later is newer


class Showtimes:
    """Hearing of one twice, or in another order, changes nothing, so it needs no inbox."""

    def __init__(self, database: Database, bus: Bus, log: FilteringBoundLogger) -> None:
        self._database = database
        self._bus = bus
        self._log = log
        self._halls: dict[str, Hall] = {}

    async def hear(self, event: ShowtimePublished | ShowtimeUpdated | ShowtimeCanceled, meta: Meta) -> None:
        """What the catalog tells."""
        if isinstance(event, ShowtimeCanceled):
            async with self._database.transaction() as tx:
                await store.cancel(tx, event)
            return
        await self.hall(event.layout_hash)
        async with self._database.transaction() as tx:
            await store.keep(tx, event, meta.time, published=isinstance(event, ShowtimePublished))

    async def learn(self, facts: ShowtimeFacts) -> None:
        """What the catalog answers."""
        await self.hall(facts.layout_hash)
        async with self._database.transaction() as tx:
            await store.keep(tx, facts, _LONG_AGO, published=facts.status != "draft")
            if facts.status == "canceled":
                await store.cancel(tx, facts)

    async def halls_of(self, showtime_ids: Collection[str]) -> dict[str, Hall]:
        """Those of these showtimes that there are: known already, or asked of the catalog now."""
        async with self._database.read() as tx:
            found = await store.known(tx, list(showtime_ids))
        if len(found) < len(showtime_ids):
            missing = set(showtime_ids) - {one.showtime_id for one in found}
            for showtime_id in sorted(missing):
                await self._ask(showtime_id)
            async with self._database.read() as tx:
                found = await store.known(tx, list(showtime_ids))
        return {one.showtime_id: await self.hall(one.layout_hash) for one in found}

    async def hall_of(self, known: Known) -> Hall:
        """The hall of a showtime that is known."""
        return await self.hall(known.layout_hash)

    async def _ask(self, showtime_id: str) -> None:
        try:
            await self.learn(await self._bus.request(GetShowtime(showtime_id=showtime_id)))
        except Fault as fault:
            if fault.kind is not Kind.NOT_FOUND:
                raise
            self._log.warning("facts of a showtime that nobody knows are not counted", showtime=showtime_id)

    async def hall(self, layout_hash: str) -> Hall:
        """A hall that this process knows, or our Postgres, or the seatmap."""
        if (hall := self._halls.get(layout_hash)) is not None:
            return hall
        async with self._database.read() as tx:
            sections = await store.layout(tx, layout_hash)
        if sections is None:
            hall = await self._fetch(layout_hash)
        else:
            hall = await asyncio.to_thread(Hall, layout_hash, sections)
        while len(self._halls) >= _HALLS:
            del self._halls[next(iter(self._halls))]
        self._halls[layout_hash] = hall
        return hall

    async def _fetch(self, layout_hash: str) -> Hall:
        sections, cursor = [], None
        while True:
            page = await self._bus.request(GetLayout(layout_hash=layout_hash, cursor=cursor), timeout=5.0)
            sections += page.sections
            cursor = page.next_cursor
            if cursor is None:
                break
        hall = await asyncio.to_thread(Hall, layout_hash, sections)
        async with self._database.transaction() as tx:
            await store.keep_layout(tx, layout_hash, page.capacity, hall.parts, sections)
        return hall
