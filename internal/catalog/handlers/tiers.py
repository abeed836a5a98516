"""Price tiers: each change is a change of their showtime, and is told as that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from internal.catalog import domain
from internal.catalog.domain import Showtime, Tier
from internal.catalog.faults import ShowtimeUnknown, TierUnknown
from internal.catalog.handlers.access import Access, locked_showtime
from internal.catalog.handlers.telling import showtime_facts
from internal.catalog.recent import Shelf
from internal.catalog.store import showtimes as store
from internal.platform import outbox
from internal.platform.ids import is_id, new_id
from internal.platform.once import NO_KEY, Once
from internal.platform.postgres import Database, Tx
from internal.platform.tokens import Principal
from proto.catalog import GetPrices, Prices, ShowtimeUpdated
from proto.catalog import Tier as TierFacts

__all__ = ["Tiers"]


class Tiers:
    """A price that changes does so for whoever buys from then on; an order keeps the total that it was told."""

    def __init__(self, database: Database, access: Access, shelf: Shelf, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._access = access
        self._shelf = shelf
        self._clock = clock

    async def add(
        self, principal: Principal, showtime_id: str, name: str, price: int, expected: int | None, once: Once
    ) -> Tier:
        """One more price."""
        new = Tier(id=new_id("tier"), name=name, price=price)
        return await self._with(principal, showtime_id, expected, lambda tiers: ([*tiers, new], new), once)

    async def change(
        self, principal: Principal, showtime_id: str, tier_id: str, changes: dict[str, object], expected: int | None
    ) -> Tier:
        """Another price; of a draft, also another name."""

        def changed(tiers: Sequence[Tier]) -> tuple[list[Tier], Tier]:
            wanted = msgspec.structs.replace(_found(tiers, tier_id), **changes)
            return [wanted if tier.id == tier_id else tier for tier in tiers], wanted

        return await self._with(principal, showtime_id, expected, changed, NO_KEY)

    async def remove(self, principal: Principal, showtime_id: str, tier_id: str, expected: int | None) -> None:
        """Take a price out of a draft."""

        def without(tiers: Sequence[Tier]) -> tuple[list[Tier], Tier]:
            gone = _found(tiers, tier_id)
            return [tier for tier in tiers if tier.id != tier_id], gone

        await self._with(principal, showtime_id, expected, without, NO_KEY)

    async def prices(self, asked: GetPrices) -> Prices:
        """What did the tiers of this showtime cost at that moment? Asked by other services."""
        if not is_id("showtime", asked.showtime_id):
            raise ShowtimeUnknown
        async with self._database.read() as tx:
            found = await store.priced(tx, asked.showtime_id, asked.at)
        if found is None:
            raise ShowtimeUnknown
        return Prices(
            showtime_id=found.showtime_id,
            event_id=found.event_id,
            organization_id=found.organization_id,
            event_name=found.event_name,
            starts_at=found.starts_at,
            time_zone=found.time_zone,
            status=found.status.value,
            currency=found.currency,
            tiers=[TierFacts(tier_id=tier.id, name=tier.name, price=tier.price) for tier in found.tiers],
        )

    async def _with(
        self,
        principal: Principal,
        showtime_id: str,
        expected: int | None,
        change: Callable[[Sequence[Tier]], tuple[list[Tier], Tier]],
        once: Once,
    ) -> Tier:
        """`change` is told the tiers and answers with what they are to be, and with the one that it is about."""
        seen = await self._access.showtime(principal, showtime_id)

        async def work(tx: Tx) -> Tier:
            _, found = await locked_showtime(tx, seen.event_id, showtime_id)
            domain.require_version(found, expected)
            wanted, one = change(found.tiers)
            changed = domain.with_tiers(found, wanted, self._clock())
            await _keep(tx, changed)
            return one

        one = await once.run(self._database, Tier, work)
        self._shelf.changed(seen.event_id)
        return one


async def _keep(tx: Tx, showtime: Showtime) -> None:
    await store.keep(tx, showtime)
    await store.keep_tiers(tx, showtime)
    await outbox.add(tx, ShowtimeUpdated(**showtime_facts(showtime)))


def _found(tiers: Sequence[Tier], tier_id: str) -> Tier:
    for tier in tiers:
        if tier.id == tier_id:
            return tier
    raise TierUnknown
