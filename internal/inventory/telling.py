"""What the catalog tells of showtimes, kept beside their halls, so that inventory can open them all by itself."""

from __future__ import annotations

from internal.inventory import store
from internal.inventory.faults import ShowtimeClosed as NothingToHold
from internal.inventory.locks import Locks
from internal.inventory.opening import Openings
from internal.platform import outbox
from internal.platform.bus import Meta
from internal.platform.postgres import Database
from proto.catalog import ShowtimeCanceled, ShowtimePublished, ShowtimeUpdated
from proto.inventory import ShowtimeClosed, ShowtimeOpened

__all__ = ["TOLD", "Catalog"]

TOLD = "told"  # the topic of a commit after which a showtime may be on sale


class Catalog:
    """Hears of showtimes. Doing it twice, or in another order, changes nothing, so it needs no inbox."""

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
        async with self._database.transaction() as tx:
            await store.keep_showtime(tx, event, meta.time)
            known = await store.showtime(tx, event.showtime_id)
            tx.announce(TOLD)
        assert known is not None
        if not known.on_sale and not await self._published(event, known.layout_hash):
            return  # a draft, or cancelled
        self._openings.forget_unknown(event.showtime_id)
        try:
            await self._openings.renew(event.showtime_id)
        except NothingToHold:  # cancelled just now
            return

    async def _published(self, event: ShowtimePublished | ShowtimeUpdated, layout_hash: str) -> bool:
        if not isinstance(event, ShowtimePublished) or not layout_hash:
            return False
        capacity = await self._openings.know_layout(layout_hash)
        async with self._database.transaction() as tx:
            first = await store.publish_showtime(tx, event.showtime_id)
            if first:
                opened = ShowtimeOpened(showtime_id=event.showtime_id, capacity=capacity)
                await outbox.add(tx, opened, key=event.showtime_id)
                tx.announce(TOLD)
        return first

    async def _close(self, event: ShowtimeCanceled) -> None:
        async with self._database.transaction() as tx:
            if await store.close_showtime(tx, event):
                closed = ShowtimeClosed(showtime_id=event.showtime_id, reason=event.reason)
                await outbox.add(tx, closed, key=event.showtime_id)
        await self._locks.close(event.showtime_id)
