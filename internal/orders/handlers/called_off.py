"""A showtime that will not take place: each of its orders comes to its end, and nobody has to ask for their money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from internal.orders import domain, store
from internal.orders.domain import Order
from internal.orders.handlers.facts import tell_stopped
from internal.orders.handlers.refunds import Refunds
from internal.orders.store import showtimes
from internal.platform.bus import Meta
from internal.platform.postgres import Database, Tx
from proto.catalog import ShowtimeCanceled, ShowtimeUpdated

__all__ = ["TOPIC", "CalledOff"]

TOPIC = "called-off"
_BATCH = 50  # orders of one transaction: about a third of a second, in which nobody else can change them
_NO_REASON = "The showtime was canceled."
_SYSTEM = "system"


class CalledOff:
    """Hears of it at once; sees to the orders in batches, of which each is whole by itself."""

    def __init__(self, database: Database, refunds: Refunds, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._refunds = refunds
        self._clock = clock
        self.settled = 0

    async def hear(self, tx: Tx, event: ShowtimeCanceled | ShowtimeUpdated, _: Meta) -> None:
        """From the commit of this on, no order of a showtime called off can be made or completed."""
        if isinstance(event, ShowtimeUpdated):
            await showtimes.move(tx, event.showtime_id, event.starts_at, event.time_zone)
            return
        await showtimes.call_off(tx, event.showtime_id, event.reason or _NO_REASON)
        tx.announce(TOPIC)

    async def run_once(self) -> int:
        """The next batch of orders; how many."""
        count = await self._database.run(self._batch)
        self.settled += count
        return count

    async def _batch(self, tx: Tx) -> int:
        showtime = await showtimes.unsettled(tx)
        if showtime is None:
            return 0
        ids = await store.to_settle(tx, showtime.showtime_id, _BATCH)
        for order_id in ids:
            order = await store.order(tx, order_id, lock=True)
            if order is not None:
                await self._settle(tx, order, showtime.reason)
        if len(ids) < _BATCH:
            await showtimes.settle(tx, showtime.showtime_id)
        return len(ids)

    async def _settle(self, tx: Tx, order: Order, reason: str) -> None:
        marked = domain.called_off(order, reason, self._clock())
        if marked is order:
            return
        await store.keep(tx, marked)
        await tell_stopped(tx, marked)
        if marked.status != "pending" and domain.items_left(marked):
            await self._refunds.request(tx, marked, None, reason, _SYSTEM)
