"""What the saga asks of an order. Each command may come twice, late, at once, or after its opposite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from internal.orders import domain, store
from internal.orders.domain import Order
from internal.orders.faults import OrderIsCanceled, OrderUnknown, ShowtimeCalledOff
from internal.orders.handlers.facts import answer, never_made, seats_and_money
from internal.orders.handlers.refunds import Refunds
from internal.orders.store import showtimes
from internal.orders.store.sales import sales_after, sales_of
from internal.orders.tickets import Tickets
from internal.platform import outbox
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from internal.platform.postgres import Database, Tx
from proto.catalog import GetPrices
from proto.inventory import GetHold
from proto.orders import (
    CancelOrder,
    CompleteOrder,
    CreateOrder,
    GetOrder,
    GetSales,
    ListSales,
    OrderCanceled,
    OrderCompleted,
    OrderCreated,
    OrderFacts,
    Sales,
)

__all__ = ["Commands"]

_MOST_SALES = 200  # orders of one answer: 500 kB, with fifty seats each


class Commands:
    """Answers the saga with the order as it stands, or says why it will never be as asked."""

    def __init__(
        self, database: Database, bus: Bus, refunds: Refunds, tickets: Tickets, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._bus = bus
        self._tickets = tickets
        self._refunds = refunds
        self._clock = clock

    async def create(self, command: CreateOrder) -> OrderFacts:
        """A pending order for what is held. What it costs is asked here, outside of any transaction."""
        try:
            new = await self._placed(command)
        except Fault:  # of a command that comes again the hold may be over, and the order is made all the same
            async with self._database.read() as tx:
                known = await _made_before(tx, command)
            if known is None:
                raise
            return answer(known)

        async def work(tx: Tx) -> Order:
            await store.turns(tx, new.id, new.showtime_id)
            if not await store.add(tx, new):
                known = await _made_before(tx, command)
                if known is not None:
                    return known
                await self._add_first(tx, new)
            await outbox.add(tx, OrderCreated(**seats_and_money(new)), key=new.id)
            return new

        return answer(await self._database.run(work))

    async def _placed(self, command: CreateOrder) -> Order:
        hold = await self._bus.request(GetHold(hold_id=command.hold_id, user_id=command.user_id))
        prices = await self._bus.request(GetPrices(showtime_id=hold.showtime_id, at=hold.held_at))
        return domain.placed(command, hold, prices, self._clock())

    async def _add_first(self, tx: Tx, new: Order) -> None:
        """The first order of a showtime."""
        if await showtimes.called_off(tx, new.showtime_id):
            raise ShowtimeCalledOff
        await showtimes.know(tx, new)
        added = await store.add(tx, new)
        assert added, new.id

    async def complete(self, command: CompleteOrder) -> OrderFacts:
        """It is paid. Refused where the buyer or the showtime has stopped it, so that the money goes back."""

        async def work(tx: Tx) -> Order:
            found, called_off = await _to_complete(tx, command.order_id)
            done = domain.completed(found, command.payment_id, self._clock())
            if done is not found:
                if called_off:
                    raise ShowtimeCalledOff
                await store.keep(tx, done)
                await self._tickets.issue(tx, done, [(OrderCompleted(**seats_and_money(done)), done.id)])
            return done

        return answer(await self._database.run(work))

    async def cancel(self, command: CancelOrder) -> OrderFacts:
        """Nothing comes of it. One that was not made yet never will be; a completed one its own saga withdraws."""

        async def work(tx: Tx) -> OrderFacts:
            await store.turn(tx, command.order_id)
            found = await store.order(tx, command.order_id, lock=True)
            if found is None:
                await store.bury(tx, command.order_id, command.reason)
                return never_made(command.order_id, await store.buried(tx, command.order_id) or command.reason)
            if domain.may_withdraw(found, command.saga_id):
                return answer(await self._refunds.withdraw(tx, found, command.reason))
            done = domain.canceled(found, command.reason, self._clock())
            if done is not found:
                await store.keep(tx, done)
                await outbox.add(tx, _canceled(done), key=done.id)
            return answer(done)

        return await self._database.run(work)

    async def get(self, asked: GetOrder) -> OrderFacts:
        """What is this order?"""
        async with self._database.read() as tx:
            found = await store.order(tx, asked.order_id)
            if found is not None:
                return answer(found)
            reason = await store.buried(tx, asked.order_id)
        if reason is None:
            raise OrderUnknown
        return never_made(asked.order_id, reason)

    async def sales(self, asked: ListSales) -> Sales:
        """What was paid for this showtime?"""
        limit = min(asked.limit, _MOST_SALES)
        async with self._database.read() as tx:
            found = await sales_after(tx, asked.showtime_id, asked.after, limit)
        return Sales(sales=found, more=len(found) == limit)

    async def sales_of(self, asked: GetSales) -> Sales:
        """What was paid for these?"""
        async with self._database.read() as tx:
            return Sales(sales=await sales_of(tx, asked.order_ids[:_MOST_SALES]))


async def _made_before(tx: Tx, command: CreateOrder) -> Order | None:
    """The order that this command has made already; refused if it shall not be."""
    found = await store.order(tx, command.order_id)
    if found is not None:
        return domain.is_of(found, command)
    reason = await store.buried(tx, command.order_id)
    if reason is not None:
        raise OrderIsCanceled(reason=reason)
    return None


async def _to_complete(tx: Tx, order_id: str) -> tuple[Order, bool]:
    found = await store.to_complete(tx, order_id)
    if found is not None:
        return found
    reason = await store.buried(tx, order_id)
    if reason is not None:
        raise OrderIsCanceled(reason=reason)
    raise OrderUnknown


def _canceled(order: Order) -> OrderCanceled:
    return OrderCanceled(
        order_id=order.id,
        user_id=order.user_id,
        showtime_id=order.showtime_id,
        seat_ids=[item.seat_id for item in order.items],
        reason=order.reason,
    )
