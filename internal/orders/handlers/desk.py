"""What people ask for: buyers of their own orders, staff of those of their organisation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from internal.orders import domain, store
from internal.orders.config import OrdersSettings
from internal.orders.domain import Order, Refund
from internal.orders.faults import NotTheBuyer, OrderUnknown, RefundTooLate, RefundUnknown
from internal.orders.handlers.facts import tell_stopped
from internal.orders.handlers.refunds import Refunds
from internal.orders.store import Search
from internal.orders.store import refunds as refund_store
from internal.platform.ids import is_id
from internal.platform.once import Once
from internal.platform.postgres import Database, Tx
from internal.platform.roles import NotAllowedHere, Roles
from internal.platform.tokens import Principal

__all__ = ["Desk", "Position"]

Position = tuple[datetime, str] | None
_PAGE = 200  # orders read at once for an export: no connection is kept while a slow reader reads
_BY_BUYER = "Canceled by the buyer."


class Desk:
    """An order is nothing at all to whoever neither bought it nor works for its organiser."""

    def __init__(
        self,
        database: Database,
        roles: Roles,
        refunds: Refunds,
        settings: OrdersSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._roles = roles
        self._refunds = refunds
        self._settings = settings
        self._clock = clock

    async def own(self, principal: Principal, status: str | None, position: Position, limit: int) -> list[Order]:
        """The buyer's own orders, the newest first."""
        async with self._database.read() as tx:
            return await store.after(tx, Search(user_id=principal.user_id, status=status), position, limit)

    async def of_organization(
        self, principal: Principal, wanted: Search, position: Position, limit: int
    ) -> list[Order]:
        """An organisation's orders, the newest first. For its staff."""
        await self._require_staff(principal, wanted.organization_id or "")
        async with self._database.read() as tx:
            return await store.after(tx, wanted, position, limit)

    async def export(self, principal: Principal, wanted: Search) -> AsyncIterator[list[Order]]:
        """All of them, page by page; who may not have them is refused before the first."""
        await self._require_staff(principal, wanted.organization_id or "")
        return self._pages(wanted)

    async def _pages(self, wanted: Search) -> AsyncIterator[list[Order]]:
        position: Position = None
        while True:
            async with self._database.read() as tx:
                found = await store.after(tx, wanted, position, _PAGE)
            yield found
            if len(found) < _PAGE:
                return
            position = found[-1].created_at, found[-1].id

    async def get(self, principal: Principal, order_id: str) -> Order:
        """One order, for its buyer and for staff."""
        async with self._database.read() as tx:
            found = await store.order(tx, order_id) if is_id("order", order_id) else None
        if found is None:
            raise OrderUnknown
        if found.user_id != principal.user_id:
            await self._require_staff_of(principal, found)
        return found

    async def cancel(self, principal: Principal, order_id: str) -> Order:
        """The buyer's wish, while it is pending: it will not be completed, and its checkout gives everything back."""
        seen = await self.get(principal, order_id)
        if seen.user_id != principal.user_id:
            raise NotTheBuyer

        async def work(tx: Tx) -> Order:
            found = await _locked(tx, order_id)
            marked = domain.stopped_by_buyer(found, _BY_BUYER, self._clock())
            if marked is not found:
                await store.keep(tx, marked)
                await tell_stopped(tx, marked)
            return marked

        return await self._database.run(work)

    async def refund(
        self, principal: Principal, order_id: str, seat_ids: Sequence[str] | None, reason: str, once: Once
    ) -> Refund:
        """Seats, or all that are left, go back: staff at any time, buyers until some hours before the start."""
        seen = await self.get(principal, order_id)
        # directory is asked only where its word matters: a buyer in time needs nobody's
        as_buyer = seen.user_id == principal.user_id and self._is_in_time(seen)
        allowed = as_buyer or seen.user_id != principal.user_id or await self._is_staff_of(principal, seen)

        async def work(tx: Tx) -> Refund:
            found = await _locked(tx, order_id)
            if not allowed:
                raise RefundTooLate(hours=self._settings.refund_until_hours)
            if as_buyer:
                await self._refunds.require_unused(tx, found, seat_ids)
            return await self._refunds.request(tx, found, seat_ids, reason, principal.user_id)

        return await once.run(self._database, Refund, work)

    async def refunds_of(self, principal: Principal, order_id: str) -> list[Refund]:
        """The refunds of an order, the first one first."""
        await self.get(principal, order_id)
        async with self._database.read() as tx:
            return await refund_store.of_order(tx, order_id)

    async def refund_of(self, principal: Principal, order_id: str, refund_id: str) -> Refund:
        """One of them."""
        await self.get(principal, order_id)
        async with self._database.read() as tx:
            found = await refund_store.refund(tx, order_id, refund_id) if is_id("refund", refund_id) else None
        if found is None:
            raise RefundUnknown
        return found

    def _is_in_time(self, order: Order) -> bool:
        return domain.is_in_time(order, self._settings.refund_until_hours, self._clock())

    async def _require_staff(self, principal: Principal, organization_id: str) -> None:
        if not is_id("org", organization_id):
            raise NotAllowedHere
        await self._roles.require(principal, organization_id)

    async def _require_staff_of(self, principal: Principal, order: Order) -> None:
        if not await self._is_staff_of(principal, order):
            raise OrderUnknown

    async def _is_staff_of(self, principal: Principal, order: Order) -> bool:
        try:
            await self._roles.require(principal, order.organization_id)
        except NotAllowedHere:
            return False
        return True


async def _locked(tx: Tx, order_id: str) -> Order:
    found = await store.order(tx, order_id, lock=True)
    if found is None:
        raise OrderUnknown
    return found
