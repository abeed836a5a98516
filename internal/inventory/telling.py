"""What the catalog tells of showtimes, kept beside their halls, so that inventory can open them all by itself."""

from __future__ import annotations

from internal.inventory import store
from internal.inventory.locks import Locks
from internal.inventory.opening import Openings
from internal.platform import outbox
from internal.platform.bus import Meta
from internal.platform.postgres import Database
from proto.catalog import ShowtimeCanceled, ShowtimePublished, ShowtimeUpdated
from proto.inventory import ShowtimeClosed, ShowtimeOpened

__all__ = ["Catalog"]


class Catalog:
    """Hears of showtimes. Doing it twice changes nothing, so it needs no inbox."""

    def __init__(self, database: Database, locks: Locks, openings: Openings) -> None:
        self._database = database
        self._locks = locks
        self._openings = openings

    async def hear(self, event: ShowtimePublished | ShowtimeUpdated | ShowtimeCanceled, meta: Meta) -> None:
        """Published or changed: it can be held. Cancelled: it cannot."""
        if isinstance(event, ShowtimeCanceled):
            await self._close(event)
        else:
            await self._keep(event, meta)

    async def _keep(self, event: ShowtimePublished | ShowtimeUpdated, meta: Meta) -> None:
        async with self._database.read() as tx:
            known = await store.showtime(tx, event.showtime_id)
            layout = await store.layout(tx, event.layout_hash)
        if known is None and isinstance(event, ShowtimeUpdated):
            return  # a draft, or its publication is still to come and says all of it
        capacity = 0
        if layout is None:
            layout, capacity = await self._openings.fetch_layout(event.layout_hash)
        async with self._database.transaction() as tx:
            if capacity:
                await store.keep_layout(tx, layout, capacity)
            if await store.keep_showtime(tx, event, meta.time) and known is None:
                opened = ShowtimeOpened(
                    showtime_id=event.showtime_id, capacity=await store.capacity(tx, event.layout_hash)
                )
                await outbox.add(tx, opened, key=event.showtime_id)
        self._openings.forget_unknown(event.showtime_id)
        await self._openings.open(event.showtime_id)

    async def _close(self, event: ShowtimeCanceled) -> None:
        async with self._database.transaction() as tx:
            if await store.close_showtime(tx, event.showtime_id):
                closed = ShowtimeClosed(showtime_id=event.showtime_id, reason=event.reason)
                await outbox.add(tx, closed, key=event.showtime_id)
        await self._locks.close(event.showtime_id)
