"""Counting: a batch of facts, their effects that are new, and one statement for each table, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from structlog.typing import FilteringBoundLogger

from internal.platform.bus import Bus, Delivery
from internal.platform.faults import Drop
from internal.platform.postgres import Database, Tx
from internal.stats.domain import TOLD, Blocking, Effect, Hall, Tally, blockings_of, effects_of, of_order
from internal.stats.handlers.showtimes import Showtimes
from internal.stats.store import counts
from internal.stats.store import showtimes as store
from internal.stats.store.showtimes import Known
from proto.orders import GetSales, OrderCompleted, OrderRefunded, Sale

__all__ = ["Counting", "Gathered", "Reading"]

_ORDERS = 200  # that orders answers for at once

_OF_ORDERS: Mapping[str, Callable[[bytes], OrderCompleted | OrderRefunded]] = {
    OrderCompleted.subject: msgspec.json.Decoder(OrderCompleted).decode,
    OrderRefunded.subject: msgspec.json.Decoder(OrderRefunded).decode,
}


class Gathered:
    """What facts change, by showtime."""

    def __init__(self) -> None:
        self.effects: defaultdict[str, list[Effect]] = defaultdict(list)
        self.blockings: defaultdict[str, list[Blocking]] = defaultdict(list)

    @property
    def showtime_ids(self) -> set[str]:
        return {*self.effects, *self.blockings}

    def add(self, effects: Sequence[Effect], blockings: Sequence[Blocking] = ()) -> None:
        """These too."""
        for effect in effects:
            self.effects[effect.showtime_id].append(effect)
        for blocking in blockings:
            self.blockings[blocking.showtime_id].append(blocking)


class Reading:
    """From messages to what they change. A fact about an order is understood by asking orders for its prices."""

    def __init__(self, bus: Bus, log: FilteringBoundLogger) -> None:
        self._bus = bus
        self._log = log

    async def read(self, deliveries: Sequence[Delivery]) -> Gathered:
        """What of them is counted. While orders is away, facts about orders wait."""
        gathered = Gathered()
        about: list[tuple[OrderCompleted | OrderRefunded, datetime]] = []
        for meta, body in deliveries:
            subject, at = meta.subject, meta.time
            try:
                if (told := TOLD.get(subject)) is not None:
                    fact = told(body)
                    gathered.add(effects_of(subject, fact, meta.id, at), blockings_of(subject, fact, at))
                elif (of_orders := _OF_ORDERS.get(subject)) is not None:
                    about.append((of_orders(body), at))
            except msgspec.DecodeError as error:  # it will not be better the next time
                raise Drop(f"{subject} cannot be read: {error}") from error
        sales = await self._sales(sorted({order.order_id for order, _ in about}))
        for order, at in about:
            if order.order_id in sales:
                gathered.add(of_order(order, sales[order.order_id], at))
            else:
                self._log.warning("an order that orders does not know is not counted", order=order.order_id)
        return gathered

    async def _sales(self, order_ids: Sequence[str]) -> dict[str, Sale]:
        found = {}
        for first in range(0, len(order_ids), _ORDERS):
            asked = GetSales(order_ids=list(order_ids[first : first + _ORDERS]))
            found.update({sale.order_id: sale for sale in (await self._bus.request(asked, timeout=5.0)).sales})
        return found


class Counting:
    """`changed` is told after the commit of which events there are other counts now."""

    def __init__(
        self,
        database: Database,
        reading: Reading,
        showtimes: Showtimes,
        changed: Callable[[Collection[str]], Awaitable[None]],
    ) -> None:
        self._database = database
        self._reading = reading
        self._showtimes = showtimes
        self._changed = changed
        self.counted = 0

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """A batch as it came."""
        gathered = await self._reading.read(deliveries)
        if gathered.showtime_ids:
            await self.count(gathered)

    async def count(self, gathered: Gathered, *, only: int | None = None) -> None:
        """Into all generations of each showtime; or into `only` this one, and where it is no more, into none."""
        halls = await self._showtimes.halls_of(gathered.showtime_ids)

        async def work(tx: Tx) -> list[Known]:
            known = await store.lock(tx, list(halls))
            into = {one: [g for g in one.generations if only in {None, g}] for one in known}
            await self._write(tx, gathered, into, halls)
            if only is None:
                await store.touch(tx, [one.showtime_id for one in known])
            return known

        known = await self._database.run(work)
        if only is None:
            await self._changed({one.event_id for one in known})

    async def _write(
        self, tx: Tx, gathered: Gathered, into: Mapping[Known, Sequence[int]], halls: Mapping[str, Hall]
    ) -> None:
        named = {
            (one.showtime_id, generation): {
                f"{generation} {effect.id}": effect for effect in gathered.effects.get(one.showtime_id, ())
            }
            for one, generations in into.items()
            for generation in generations
        }
        old = await counts.enter(tx, [name for effects in named.values() for name in effects])
        tally = Tally()
        for (showtime_id, generation), effects in named.items():
            fresh = [effect for name, effect in effects.items() if name not in old]
            tally.add(fresh, generation, halls[showtime_id])
            self.counted += len(fresh)
        await counts.add(tx, tally)
        for showtime_id, generation in named:
            if blockings := gathered.blockings.get(showtime_id):
                await counts.block(tx, blockings, generation, halls[showtime_id])
