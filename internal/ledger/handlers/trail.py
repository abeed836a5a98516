"""The audit trail: everything that was told, once and in a chain; read by owners, verified by whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC

from internal.ledger.domain import (
    EMPTY,
    AuditEvent,
    Broken,
    EntityUnknown,
    Head,
    Said,
    actor_of,
    chained,
    first_broken,
    is_of,
    parent_of,
    says_whose,
)
from internal.ledger.handlers.anchors import Anchors
from internal.ledger.store import reservations, trail
from internal.platform.bus import Bus, Delivery
from internal.platform.bus.propagation import ACTOR
from internal.platform.faults import Fault, Kind
from internal.platform.ids import is_id
from internal.platform.postgres import Database, Tx
from internal.platform.roles import Role, Roles
from internal.platform.tokens import Principal
from proto.ledger import BrokenRow, Verified, Verify
from proto.orders import GetOrder

__all__ = ["Trail", "verify"]

_AT_ONCE = 1_000  # rows in memory, of an export or of a look at the chain: 5 ms of hashing between two waits
_STEPS = 4  # a refund is of an order, that of a showtime, that of an organisation
_MOST = 100_000  # rows in one answer to `verify`: about a second


class Trail:
    """Appends, shows, and checks."""

    def __init__(self, database: Database, bus: Bus, roles: Roles, anchors: Anchors) -> None:
        self._database = database
        self._bus = bus
        self._roles = roles
        self._anchors = anchors

    async def keep(self, deliveries: Sequence[Delivery]) -> None:
        """Those that do not stand in the trail yet, behind its head, in one transaction."""
        told = {one.meta.id: one for one in deliveries}

        async def work(tx: Tx) -> None:
            head = await trail.head(tx, lock=True)
            known = await trail.known(tx, list(told))
            rows = chained(head, [_said(one) for one_id, one in told.items() if one_id not in known])
            if rows:
                await trail.append(tx, rows)

        await self._database.run(work)

    async def allowed(self, principal: Principal, entity: str) -> str | None:
        """The organisation whose events this person may read of the entity; None for all, or a fault."""
        if principal.is_admin:
            return None
        organization_id = await self._owner(entity)
        await self._roles.require(principal, organization_id, at_least=Role.OWNER)
        return organization_id

    async def naming(
        self, entity: str, organization_id: str | None, before: int | None, limit: int
    ) -> tuple[list[AuditEvent], int | None]:
        """The next rows that name it, the newest first, without another organisation's; and where to go on."""
        async with self._database.read() as tx:
            found = await trail.naming(tx, entity, before, limit)
        further = found[-1].position if len(found) == limit else None
        return [event for event in found if is_of(organization_id, event)], further

    async def all(self, entity: str, organization_id: str | None) -> AsyncIterator[list[AuditEvent]]:
        """All of them, some at a time."""
        further: int | None = None
        while True:
            found, further = await self.naming(entity, organization_id, further, _AT_ONCE)
            yield found
            if further is None:
                return

    async def verify(self, asked: Verify) -> Verified:
        """A part of the chain, so that no answer takes longer than its caller waits; at its end, the anchors."""
        anchors = 0
        last, complete, broken = await _verified(self._database, asked.after, min(max(asked.limit, 1), _MOST))
        if complete and broken is None:
            anchors, broken = await self._anchors.compared()
        told = BrokenRow(position=broken.position, reason=broken.reason, event_id=broken.event_id) if broken else None
        return Verified(rows=last - asked.after, last=last, complete=complete, broken=told, anchors=anchors)

    async def _owner(self, entity: str) -> str:
        of = entity
        for _ in range(_STEPS):
            if is_id("org", of):
                return of
            async with self._database.read() as tx:
                above = await reservations.organization_of(tx, of) or await _above(tx, of)
            if above is None:
                break
            of = above
        return await self._ask_owner(of)

    async def _ask_owner(self, entity: str) -> str:
        """Of an order that the trail has not heard of yet."""
        if not is_id("order", entity):
            raise EntityUnknown
        try:
            return (await self._bus.request(GetOrder(order_id=entity))).organization_id
        except Fault as fault:
            if fault.kind is Kind.NOT_FOUND:
                raise EntityUnknown from None
            raise


async def verify(database: Database) -> Broken | None:
    """The first row of the whole trail that is not what was written there; None when all are."""
    last, complete, broken = 0, False, None
    while not complete and broken is None:
        last, complete, broken = await _verified(database, last, _MOST)
    return broken


async def _verified(database: Database, after: int, limit: int) -> tuple[int, bool, Broken | None]:
    """Read behind `after`: how far, whether that is the end, and what is broken."""
    async with database.read() as tx:
        head, stray = await trail.head(tx), await trail.beyond_head(tx)
        start = await trail.row_at(tx, after) if after > 0 else None
    if after > 0 and start is None:
        return after, False, Broken(after, "the row is missing")
    before = Head(start.position, start.hash) if start else EMPTY
    end = min(after + limit, head.position)
    while True:
        async with database.read() as tx:
            rows = await trail.rows_between(tx, before.position, end, _AT_ONCE)
        broken = first_broken(before, rows)
        if broken:
            return before.position, False, broken
        if not rows:
            break
        before = Head(rows[-1].position, rows[-1].hash)
    return before.position, before.position >= head.position, _at_end(before, end, head, stray)


def _at_end(before: Head, end: int, head: Head, stray: int | None) -> Broken | None:
    """What only the end of the chain can show: rows that were cut off, or put behind it."""
    if before.position < end:
        return Broken(before.position + 1, "the row is missing")
    if before.position == head.position and before.hash != head.hash:
        return Broken(before.position, "the row is not the one that the chain ends with")
    if before.position >= head.position and stray is not None:
        return Broken(stray, "the row stands behind the end of the chain")
    return None


async def _above(tx: Tx, entity: str) -> str | None:
    prefix = says_whose(entity)
    return None if prefix is None else parent_of(entity, await trail.first_naming(tx, entity, prefix))


def _said(delivery: Delivery) -> Said:
    meta, body = delivery
    time = meta.time
    if time.tzinfo is not UTC:
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    actor = actor_of(meta.subject, meta.headers.get(ACTOR, ""), body)
    return Said(meta.id, meta.subject, time.isoformat(), actor, meta.request_id, body)
