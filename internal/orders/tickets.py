"""Tickets: made when an order is completed, void while a refund of them runs, good again if that fails.

`issue`, `revoke` and `restore` are steps of the order's own transaction, so that a completed order has its tickets and
a refunded one has none, whatever is killed. Each may be done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from internal.orders.admission import (
    Doors,
    NotIssued,
    ReissuedTooOften,
    SeatHasATicket,
    Shown,
    Ticket,
    TicketUnknown,
    TicketVoid,
)
from internal.orders.domain import Order, OrderItem
from internal.orders.store import tickets as store
from internal.orders.ticket_keys import TicketKeys
from internal.platform import outbox
from internal.platform.faults import Fault
from internal.platform.ids import is_id, new_id
from internal.platform.once import Once
from internal.platform.postgres import Database, Tx, UniqueViolation
from internal.platform.roles import Roles
from internal.platform.tokens import Principal
from proto.orders import TicketsIssued, TicketsRevoked

__all__ = ["Tickets", "shown"]


_MOST_CODES = 1_000  # of one ticket: no mishap needs as many, and the code has two bytes for the serial


class Tickets:
    """What becomes of tickets; who passes a door with one, `checkins` decides."""

    def __init__(self, database: Database, roles: Roles, keys: TicketKeys, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._roles = roles
        self._keys = keys
        self._clock = clock

    async def issue(self, tx: Tx, order: Order, before: Sequence[outbox.Told] = ()) -> list[str]:
        """A ticket for each seat of this order that has none; the ids of the new ones. `before` is told before them."""
        tickets = [await self._made(tx, order, item) for item in order.items]
        try:
            added = await store.add_tickets(tx, tickets, self._clock())
        except UniqueViolation as error:
            raise SeatHasATicket from error
        made = [ticket.id for ticket in tickets if ticket.id in added]
        issued = [(_issued(order.id, order.user_id, order.showtime_id, made), None)] if made else []
        await outbox.add_all(tx, [*before, *issued])
        return made

    async def revoke(self, tx: Tx, order_id: str, seat_ids: Collection[str], *, by: str) -> list[str]:
        """The tickets of these seats open no door from now on, because of this refund; the ids of those that did."""
        taken = [
            one
            for one in await store.tickets_of(tx, order_id, lock=True)
            if one.seat_id in seat_ids and one.revoked_by is None
        ]
        ids = sorted(one.id for one in taken)
        if ids:
            await store.revoke(tx, ids, by)
            await outbox.add(tx, TicketsRevoked(order_id=order_id, showtime_id=taken[0].showtime_id, ticket_ids=ids))
        return ids

    async def used(self, tx: Tx, order_id: str) -> set[str]:
        """The seats whose good tickets have let somebody in; from here to the commit no door lets anybody in."""
        tickets = await store.tickets_of(tx, order_id, lock=True)
        return {one.seat_id for one in tickets if one.entered_at is not None and one.revoked_by is None}

    async def restore(self, tx: Tx, order_id: str, *, by: str) -> list[str]:
        """This refund came to nothing: what it took is good again, with the codes that were printed; their ids."""
        tickets = await store.tickets_of(tx, order_id, lock=True)
        try:
            ids = await store.restore(tx, order_id, by)
        except UniqueViolation as error:
            raise SeatHasATicket from error
        if ids:
            of = tickets[0]
            await outbox.add(tx, _issued(order_id, of.user_id, of.showtime_id, ids))
        return ids

    async def of_order(self, principal: Principal, order_id: str) -> tuple[Doors, list[Ticket]]:
        """The tickets of an order, for its buyer and for the organiser's staff."""
        async with self._database.read() as tx:
            found = await store.tickets_of(tx, order_id) if is_id("order", order_id) else []
            doors = await store.doors(tx, found[0].showtime_id) if found else None
        if doors is None:
            raise NotIssued
        await self._require_mine(principal, found[0])
        return doors, found

    async def of_order_one(self, principal: Principal, order_id: str, ticket_id: str) -> Ticket:
        """One of them."""
        _, found = await self.of_order(principal, order_id)
        for one in found:
            if one.id == ticket_id:
                return one
        raise TicketUnknown

    async def good_one(self, principal: Principal, order_id: str, ticket_id: str) -> Ticket:
        """The same, if it was not given back."""
        ticket = await self.of_order_one(principal, order_id, ticket_id)
        if ticket.revoked_by is not None:
            raise TicketVoid
        return ticket

    async def reissue(self, principal: Principal, order_id: str, ticket_id: str, once: Once) -> Ticket:
        """Another code for a ticket that went astray; the one before opens no door any more."""
        await self.of_order_one(principal, order_id, ticket_id)

        async def work(tx: Tx) -> Ticket:
            old = await store.ticket(tx, ticket_id, lock=True)
            if old is None:
                raise TicketUnknown
            if old.revoked_by is not None:
                raise TicketVoid
            if old.serial >= _MOST_CODES:
                raise ReissuedTooOften
            kid, code = await self._keys.write(tx, old.id, old.showtime_id, old.seat_id, old.serial + 1)
            await store.reissue(tx, ticket_id, old.serial + 1, kid, code)
            await outbox.add(tx, _issued(order_id, old.user_id, old.showtime_id, [ticket_id]))
            return (await store.ticket(tx, ticket_id)) or old

        return await once.run(self._database, Ticket, work)

    async def _require_mine(self, principal: Principal, ticket: Ticket) -> None:
        """Nobody else learns that there are any."""
        if principal.user_id == ticket.user_id:
            return
        try:
            await self._roles.require(principal, ticket.organization_id)
        except Fault as fault:
            raise NotIssued from fault

    async def _made(self, tx: Tx, order: Order, item: OrderItem) -> Ticket:
        ticket_id = new_id("ticket")
        kid, code = await self._keys.write(tx, ticket_id, order.showtime_id, item.seat_id, 1)
        return Ticket(
            id=ticket_id,
            order_id=order.id,
            user_id=order.user_id,
            organization_id=order.organization_id,
            showtime_id=order.showtime_id,
            seat_id=item.seat_id,
            tier=item.tier,
            section=item.section,
            row_label=item.row,
            number=item.number,
            holder=order.buyer_name,
            serial=1,
            kid=kid,
            code=code,
            revoked_by=None,
            inside=False,
            entered_at=None,
            order_status=order.status,
        )


def shown(ticket: Ticket) -> Shown:
    """What may be seen of it at a door."""
    return Shown(
        id=ticket.id,
        order_id=ticket.order_id,
        showtime_id=ticket.showtime_id,
        seat_id=ticket.seat_id,
        tier=ticket.tier,
        section=ticket.section,
        row=ticket.row_label,
        number=ticket.number,
        holder=ticket.holder,
    )


def _issued(order_id: str, user_id: str, showtime_id: str, ticket_ids: list[str]) -> TicketsIssued:
    return TicketsIssued(order_id=order_id, user_id=user_id, showtime_id=showtime_id, ticket_ids=ticket_ids)
