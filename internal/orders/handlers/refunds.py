"""Refunds: seats of a completed order go back. The saga moves the money and frees the seats; here is what is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from internal.orders import domain, store
from internal.orders.domain import Order, Refund
from internal.orders.faults import OrderUnknown, RefundNotFailed, RefundUnknown, SeatInUse
from internal.orders.handlers.facts import answer
from internal.orders.store import refunds
from internal.orders.tickets import Tickets
from internal.platform import outbox
from internal.platform.faults import Malformed
from internal.platform.ids import new_id
from internal.platform.postgres import Database, Tx
from proto.orders import FinishRefund, OrderFacts, OrderRefunded, RefundByHand, RefundRequested

__all__ = ["Refunds"]


class Refunds:
    """Requested here, by whoever may; finished by the saga."""

    def __init__(self, database: Database, tickets: Tickets, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._tickets = tickets
        self._clock = clock

    async def request(self, tx: Tx, order: Order, seat_ids: Sequence[str] | None, reason: str, by: str) -> Refund:
        """These seats, or all that are left, of an order that the caller has locked."""
        taken, new = domain.refunding(order, new_id("refund"), seat_ids, reason, by, self._clock())
        await self._take(tx, new)
        await store.keep(tx, taken)
        await outbox.add(tx, _requested(order, new), key=new.id)
        return new

    async def by_hand(self, command: RefundByHand) -> OrderFacts:
        """The bank refused it for good and a person gave the money back: a new refund of the same seats says so."""
        if not command.by_hand.strip():
            raise Malformed("Say how it was given back.", path="$.byHand")

        async def work(tx: Tx) -> Order:
            seen = await refunds.find(tx, command.refund_id)
            if seen is None:
                raise RefundUnknown
            order = await store.order(tx, seen.order_id, lock=True)
            assert order is not None, "a refund has its order"
            failed = await refunds.refund(tx, order.id, seen.id)
            assert failed is not None, "refunds are never removed"
            again = domain.again_id(failed)
            if await refunds.refund(tx, order.id, again) is not None:
                return order
            if failed.status != "failed":
                raise RefundNotFailed
            by = command.settled_by
            taken, new = domain.refunding(order, again, failed.seat_ids, failed.reason, by, self._clock())
            await self._take(tx, new)
            await store.keep(tx, taken)
            asked = replace(_requested(order, new), by_hand=command.by_hand, settled_by=by)
            await outbox.add(tx, asked, key=new.id)
            return taken

        return answer(await self._database.run(work))

    async def require_unused(self, tx: Tx, order: Order, seat_ids: Sequence[str] | None) -> None:
        """Nothing, or `SeatInUse`: who sits in a seat does not get its money back by a telephone."""
        used = await self._tickets.used(tx, order.id)
        if seat_ids is not None:
            used &= set(seat_ids)
        if used:
            raise SeatInUse(seatIds=sorted(used))

    async def withdraw(self, tx: Tx, order: Order, reason: str) -> Order:
        """All that is left of an order whose money went back already, because it could not be sold after all."""
        now = self._clock()
        # the id is the order's own, so that the same withdrawal is the same refund for whoever hears of it
        taken, new = domain.refunding(order, f"refund_{order.id.partition('_')[2]}", None, reason, order.saga_id, now)
        await self._take(tx, new)
        return await self._succeed(tx, taken, new)

    async def finish(self, command: FinishRefund) -> OrderFacts:
        """The money went back, or will not. What was said first stays so."""

        async def work(tx: Tx) -> Order:
            order = await store.order(tx, command.order_id, lock=True)
            if order is None:
                raise OrderUnknown
            found = await refunds.refund(tx, order.id, command.refund_id)
            if found is None:
                raise RefundUnknown
            if found.status != "requested":
                return order
            if command.succeeded:
                return await self._succeed(tx, order, found)
            return await self._fail(tx, order, found, command.reason)

        return answer(await self._database.run(work))

    async def _take(self, tx: Tx, new: Refund) -> None:
        """From the commit of this on, its seats are no other refund's, and their tickets open no door."""
        await refunds.add(tx, new)
        await self._tickets.revoke(tx, new.order_id, new.seat_ids, by=new.id)

    async def _succeed(self, tx: Tx, order: Order, refund: Refund) -> Order:
        after, done = domain.refund_succeeded(order, refund, self._clock())
        await refunds.succeeded(tx, done)
        await store.keep(tx, after)
        await outbox.add(tx, _refunded(after, done), key=done.id)
        return after

    async def _fail(self, tx: Tx, order: Order, refund: Refund, why: str) -> Order:
        after, done = domain.refund_failed(order, refund, why, self._clock())
        await refunds.failed(tx, done)
        await self._tickets.restore(tx, order.id, by=done.id)
        await store.keep(tx, after)
        return after


def _requested(order: Order, refund: Refund) -> RefundRequested:
    return RefundRequested(
        refund_id=refund.id,
        order_id=order.id,
        payment_id=refund.payment_id or "",  # of a free order: there is nothing to give back but the seats
        showtime_id=order.showtime_id,
        seat_ids=refund.seat_ids,
        amount=refund.amount,
        currency=refund.currency,
        reason=refund.reason,
    )


def _refunded(order: Order, refund: Refund) -> OrderRefunded:
    return OrderRefunded(
        order_id=order.id,
        refund_id=refund.id,
        user_id=order.user_id,
        showtime_id=order.showtime_id,
        seat_ids=refund.seat_ids,
        amount=refund.amount,
        currency=refund.currency,
        whole=order.status == "refunded",
    )
