"""Compares three truths: an order, the seats that inventory has sold to it, and the money that payments has of it.

Seats that are claimed and were never sold are put right: inventory is asked once more to sell them. What still differs
is a person's matter, as is an order that a bank does not refund though its showtime was called off: it is kept with the
order, so that it is looked at again, and told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from internal.orders.config import OrdersSettings
from internal.orders.domain import Order, money_differs, not_given_back, seats_differ
from internal.orders.store import comparing as store
from internal.platform.bus import Bus
from internal.platform.faults import Fault, Unavailable
from internal.platform.postgres import Database
from proto.inventory import GetClaim, Purchase
from proto.payments import GetPayment
from proto.reconcile import Difference

__all__ = ["OrderReconciler"]

_AT_ONCE = 20  # orders asked about at once: inventory's and payments' buyers are served beside them
_MOST = 5_000  # orders of one look: ten seconds, and as many as an on-sale completes in the half minute between two
_BACK = timedelta(days=1)  # what changed earlier was compared often enough, and stays in sight if it differed


class OrderReconciler:
    """What differs, order by order. An outage of the other side is raised: nobody can say then."""

    def __init__(self, database: Database, bus: Bus, settings: OrdersSettings, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._bus = bus
        self._settings = settings
        self._clock = clock

    async def run_once(self, repair: bool) -> Sequence[Difference]:
        """The orders of the last day, and all that differed."""
        now = self._clock()
        async with self._database.read() as tx:
            ids = await store.recent(tx, now - _BACK, now - self._settled, _MOST)
        return await self._look(ids, repair)

    async def look_at_new(self, repair: bool) -> Sequence[Difference]:
        """Those never compared since they changed, and from time to time those that differ: what the loop looks at."""
        now = self._clock()
        again = now - timedelta(seconds=self._settings.reconcile_again)
        async with self._database.read() as tx:
            ids = await store.due(tx, now - self._settled, again, _MOST)
        return await self._look(ids, repair)

    @property
    def _settled(self) -> timedelta:
        return timedelta(seconds=self._settings.reconcile_after)

    async def _look(self, ids: Sequence[str], repair: bool) -> list[Difference]:
        found: list[Difference] = []
        for start in range(0, len(ids), _AT_ONCE):
            async with self._database.read() as tx:
                orders = await store.of(tx, ids[start : start + _AT_ONCE])
            differ = await asyncio.gather(*(self._compare(order, repair) for order in orders))
            async with self._database.transaction() as tx:
                for order, differs in zip(orders, differ, strict=True):
                    if await store.compared(tx, order, _words(differs), self._clock()):
                        found += differs
        return found

    async def _compare(self, order: Order, repair: bool) -> list[Difference]:
        seats, money = await self._seats(order, repair), money_differs(order, await self._kept(order))
        return [one for one in (seats, money, not_given_back(order)) if one is not None]

    async def _seats(self, order: Order, repair: bool) -> Difference | None:
        """Of an order that gave seats back, inventory does not say which are left."""
        if order.status != "completed":
            return None
        try:
            claim = await self._bus.request(GetClaim(order_id=order.id))
        except Unavailable:
            raise
        except Fault:
            return seats_differ(order, "unclaimed", set())
        differs = seats_differ(order, claim.state, set(claim.seat_ids))
        return replace(differs, repaired=await self._sell(order)) if differs and repair else differs

    async def _sell(self, order: Order) -> bool:
        """Whether inventory could sell them after all."""
        try:
            answer = await self._bus.request(Purchase(order_id=order.id, saga_id=order.saga_id))
        except Unavailable:
            raise
        except Fault:
            return False
        return seats_differ(order, "purchased", set(answer.seat_ids)) is None

    async def _kept(self, order: Order) -> int:
        """The money that was captured and did not go back."""
        if order.payment_id is None:
            return 0
        try:
            payment = await self._bus.request(GetPayment(payment_id=order.payment_id))
        except Unavailable:
            raise
        except Fault:  # payments knows of none
            return 0
        return payment.captured - payment.refunded


def _words(differences: Sequence[Difference]) -> str:
    """What is kept with the order; "" where nothing differs any more."""
    return "; ".join(f"{one.found} instead of {one.expected}" for one in differences if not one.repaired)
