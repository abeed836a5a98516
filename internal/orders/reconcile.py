"""Compares three truths: an order, the seats that inventory has sold to it, and the money that payments has of it.

Asking inventory to sell a completed order's seats is both the question and the repair: it answers with what is sold,
now or already. What still differs is a person's matter: it is kept with the order, logged, and counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from internal.orders.config import OrdersSettings
from internal.orders.domain import Order, difference
from internal.orders.store import comparing as store
from internal.platform.bus import Bus
from internal.platform.faults import Fault, Unavailable
from internal.platform.postgres import Database
from proto.inventory import Purchase
from proto.payments import GetPayment

__all__ = ["Reconciler"]

_BATCH = 20  # orders of one round, asked about at once: inventory's and payments' buyers are served beside them


class Reconciler:
    """`differing` is for the metrics: orders that are not as seats or payments have them."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        settings: OrdersSettings,
        clock: Callable[[], datetime],
        log: FilteringBoundLogger,
    ) -> None:
        self._database = database
        self._bus = bus
        self._settings = settings
        self._clock = clock
        self._log = log
        self.differing = 0

    async def run_once(self) -> int:
        """Compare the next orders; how many."""
        now = self._clock()
        settled = now - timedelta(seconds=self._settings.reconcile_after)
        again = now - timedelta(seconds=self._settings.reconcile_again)
        async with self._database.read() as tx:
            orders = await store.to_compare(tx, settled, again, _BATCH)
        found = await asyncio.gather(*(self._compare(order) for order in orders))
        async with self._database.transaction() as tx:
            for order, differs in zip(orders, found, strict=True):
                await store.compared(tx, order, differs, now)
            self.differing = await store.differing(tx)
        return len(orders)

    async def _compare(self, order: Order) -> str:
        """What differs; an outage of the other side is raised, and the round is done again."""
        differs = difference(order, await self._sold(order), await self._kept(order))
        if differs:
            self._log.error("an order differs", order=order.id, differs=differs)
        return differs

    async def _sold(self, order: Order) -> set[str] | None:
        """The seats that are sold to a completed order; of one that gave seats back, inventory does not say."""
        if order.status != "completed":
            return None
        try:
            answer = await self._bus.request(Purchase(order_id=order.id, saga_id=order.saga_id))
        except Unavailable:
            raise
        except Fault as fault:
            self._log.warning("inventory sells no such order", order=order.id, code=fault.code)
            return set()
        return set(answer.seat_ids)

    async def _kept(self, order: Order) -> int:
        """The money that was captured and did not go back."""
        if order.payment_id is None:
            return 0
        try:
            payment = await self._bus.request(GetPayment(payment_id=order.payment_id))
        except Unavailable:
            raise
        except Fault as fault:
            self._log.warning("payments knows no such payment", order=order.id, code=fault.code)
            return 0
        return payment.captured - payment.refunded
