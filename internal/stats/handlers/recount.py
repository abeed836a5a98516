"""Counting anew, beside what is shown, while everything goes on.

1. What the catalog knows of these showtimes is learnt again.
2. A new generation begins: from here on each live fact counts in both. Batches and this take turns at a showtime, so
   what was counted before is in the streams, and is read from there.
3. The streams are read from their beginning. A fact that came live meanwhile is known by its id.
4. Inventory and orders say what was sold, blocked, paid and refunded since ever: what the streams have forgotten is
   counted, and the rest is known by its id. How holds went before the stream of inventory begins nobody remembers but
   the statistics themselves: that is carried over.
5. One transaction: the new generation is shown, and the old one is gone.
6. What is held is compared with Redis: of a hold that the stream knows half of.

Whoever is killed in between leaves a generation that nobody sees; the next try begins another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

from internal.platform.bus import Bus, Delivery, forgetful, recorded
from internal.platform.faults import Unavailable
from internal.platform.postgres import Database
from internal.stats.domain import FACTS, Effect, of_blocked, of_sale, of_sold_order, without_holds
from internal.stats.handlers.counting import Counting, Gathered, Reading
from internal.stats.handlers.showtimes import Showtimes
from internal.stats.store import rebuilds as store
from internal.stats.store.rebuilds import Rebuild
from proto.catalog import ListEventShowtimes, ListShowtimes, ShowtimeFacts
from proto.inventory import HoldCreated, ListBlocked, ListSold
from proto.orders import ListSales, OrderCompleted

__all__ = ["LEASE", "Recounts"]

LEASE = 30.0  # seconds until another replica takes up what a dead one left; a step takes one
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_AT_ONCE = 2_000  # facts of one transaction, as of a live batch, which waits no longer for it than for another batch
_STREAMS = (HoldCreated, OrderCompleted)  # an event of each stream that is read


class Recounts:
    """`heal` compares showtimes with Redis; `changed` is told of which events there are other counts."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        showtimes: Showtimes,
        reading: Reading,
        counting: Counting,
        heal: Callable[[Sequence[str]], Awaitable[object]],
        changed: Callable[[Collection[str]], Awaitable[None]],
    ) -> None:
        self._database = database
        self._bus = bus
        self._showtimes = showtimes
        self._reading = reading
        self._counting = counting
        self._heal = heal
        self._changed = changed

    async def run(self, rebuild: Rebuild) -> tuple[int, int]:
        """From its beginning to its end; how many showtimes and facts it was about."""
        events: dict[str, str] = {}
        async for facts in self._showtimes_of(rebuild.event_id):
            if facts.status != "draft":
                await self._showtimes.learn(facts)
                events[facts.showtime_id] = facts.event_id
        ids = sorted(events)
        async with self._database.transaction() as tx:
            building = await store.begin(tx, ids)
        one = _Recount(self._database, self._bus, self._reading, self._counting, rebuild.id, building, frozenset(ids))
        await one.from_streams()
        await one.from_owners()
        async with self._database.transaction() as tx:
            if len(await store.swap(tx, ids, building)) < len(ids):
                raise Unavailable("Another rebuild has begun meanwhile.")
            await store.finish(tx, rebuild.id)
        await self._changed(set(events.values()))
        await self._heal(ids)
        return len(ids), one.facts

    async def _showtimes_of(self, event_id: str | None) -> AsyncIterator[ShowtimeFacts]:
        if event_id is not None:
            for facts in (await self._bus.request(ListEventShowtimes(event_id=event_id))).showtimes:
                yield facts
            return
        after = ""
        while True:
            page = await self._bus.request(ListShowtimes(after=after))
            for facts in page.showtimes:
                yield facts
            if not page.more:
                return
            after = page.showtimes[-1].showtime_id


class _Recount:
    """One generation, for these showtimes."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        reading: Reading,
        counting: Counting,
        rebuild_id: str,
        building: int,
        ids: frozenset[str],
    ) -> None:
        self._database = database
        self._bus = bus
        self._reading = reading
        self._counting = counting
        self._rebuild_id = rebuild_id
        self._building = building
        self._ids = ids
        self._told_since: datetime | None = None  # how holds went before is carried over
        self.facts = 0

    async def from_streams(self) -> None:
        """All that they still have."""
        for kind in _STREAMS:
            forgot = kind is HoldCreated and await forgetful(self._bus, kind)
            owner = kind.subject.partition(".")[0]
            facts = [fact for fact in FACTS if fact.subject.startswith(owner)]
            batch: list[Delivery] = []
            async for told in recorded(self._bus, facts, _EVER):
                if forgot and self._told_since is None:
                    self._told_since = told.meta.time.replace(second=0, microsecond=0) + timedelta(minutes=1)
                batch.append(told)
                if len(batch) >= _AT_ONCE:
                    await self._count(batch)
                    batch = []
            await self._count(batch)
            if forgot:
                await self._carry_over()

    async def from_owners(self) -> None:
        """What inventory and orders know since ever."""
        now = datetime.now(UTC)
        for showtime_id in sorted(self._ids):
            async for gathered in self._owned(showtime_id, now):
                await self._add(gathered, 0)

    async def _count(self, batch: list[Delivery]) -> None:
        gathered, ours = await self._reading.read(batch), Gathered()
        for showtime_id in gathered.showtime_ids & self._ids:
            effects = gathered.effects.get(showtime_id, [])
            if self._told_since is not None:
                effects = [without_holds(effect, self._told_since) for effect in effects]
            ours.add(effects, gathered.blockings.get(showtime_id, []))
        await self._add(ours, len(batch))

    async def _add(self, gathered: Gathered, facts: int) -> None:
        self.facts += facts
        if gathered.showtime_ids:
            await self._counting.count(gathered, only=self._building)
        async with self._database.transaction() as tx:
            await store.went_on(tx, self._rebuild_id, LEASE, showtimes=len(self._ids), facts=self.facts)

    async def _carry_over(self) -> None:
        """With nothing left in the stream, all that is shown was told before now."""
        before = self._told_since or datetime.now(UTC).replace(second=0, microsecond=0)
        async with self._database.transaction() as tx:
            await store.carry_over(tx, sorted(self._ids), self._building, before)

    async def _owned(self, showtime_id: str, now: datetime) -> AsyncIterator[Gathered]:
        after, more = "", True
        while more:
            sold = await self._bus.request(ListSold(showtime_id=showtime_id, after=after), timeout=5.0)
            yield _gathered([of_sold_order(one, showtime_id, now) for one in sold.sold])
            after, more = sold.sold[-1].order_id if sold.sold else "", sold.more
        after, more = "", True
        while more:
            sales = await self._bus.request(ListSales(showtime_id=showtime_id, after=after), timeout=5.0)
            yield _gathered([of_sale(one) for one in sales.sales])
            after, more = sales.sales[-1].order_id if sales.sales else "", sales.more
        after, more = "", True
        while more:
            page = await self._bus.request(ListBlocked(showtime_id=showtime_id, after=after), timeout=5.0)
            blocked = Gathered()
            blocked.add([], [of_blocked(one, showtime_id) for one in page.blocked])
            yield blocked
            after, more = page.blocked[-1].seat_id if page.blocked else "", page.more


def _gathered(effects: Sequence[Sequence[Effect]]) -> Gathered:
    gathered = Gathered()
    for some in effects:
        gathered.add(some)
    return gathered
