"""Reads everything that the checks look at, and changes nothing: each database in one snapshot, read only.

What a service has is read from its own tables, not asked of it: a check that asked would believe what it checks.
A database or a table that is not there is noted in `Facts.missing`; the sentences that need it are told as unread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg

from internal.cli.check import kinds
from internal.cli.check.facts import Facts
from internal.cli.check.keys import holds
from internal.cli.check.slices import Lost, Stream, side_by_side
from internal.cli.check.tables import LIVE, TABLES, By, Table
from internal.platform.bus import Bus, behind, letters, original
from internal.platform.faults import Unavailable
from internal.platform.rows import many
from proto.ledger import Verify
from proto.reconcile import Reconcile

__all__ = ["Books", "opened"]

_PATIENCE = 60.0  # seconds for inventory to compare all of its showtimes
_TRAIL = 50_000  # rows of the audit trail in one question: half a second of the ledger's work
_TRAIL_WITHIN = 15.0  # seconds for that, of a ledger that has an on-sale to write down
_OUTBOX = """select %s as where, count(*) as count,
    coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds from outbox"""


class _Id(msgspec.Struct, frozen=True):
    id: str


class Books:
    """One look at everything: `facts` is what is one for all, `slices` bring the rows."""

    def __init__(self) -> None:
        self.missing: dict[str, str] = {}
        self.facts = Facts(missing=self.missing)
        self._tables: list[tuple[Table, psycopg.AsyncConnection[Any]]] = []

    async def slices(self, by: By) -> AsyncIterator[Facts]:
        """All rows, those with the same key together."""
        if by is By.WHOLE:
            yield self.facts
            return
        streams = [Stream(connection, table, by) for table, connection in self._tables if by in table.keys]
        try:
            async with aclosing(side_by_side(streams)) as slices:
                async for rows in slices:
                    yield replace(self.facts, **rows)  # type: ignore[arg-type]  # the fields that `Table.field` names
        except Lost as lost:  # what was handed on is complete; what was not is told as unread
            self.missing[lost.table.name] = str(lost)
        finally:
            for stream in streams:
                await stream.close()

    async def open(self, service: str, connection: psycopg.AsyncConnection[Any]) -> None:
        """The snapshot of this database, and what of its tables is there."""
        await connection.execute("set transaction isolation level repeatable read, read only")
        if service in LIVE:
            await self._live(connection, LIVE[service])
        for table in (one for one in TABLES if one.database == service):
            try:
                async with connection.transaction():
                    for by in table.keys:
                        await connection.execute(f"{table.keyed(by)} limit 0")
                self._tables.append((table, connection))
            except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
                self.missing[table.name] = str(error).splitlines()[0]
        outbox = await many(connection, kinds.Outbox, _OUTBOX, [service])
        self.facts = replace(self.facts, outboxes=[*self.facts.outboxes, *outbox])

    async def _live(self, connection: psycopg.AsyncConnection[Any], sql: str) -> None:
        try:
            async with connection.transaction():
                found = await many(connection, _Id, sql)
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            return  # which is said of the table itself
        self.facts = replace(self.facts, live=self.facts.live | {one.id for one in found})

    async def look_beside(self, redis_url: str, bus: Bus) -> None:
        """NATS, Redis and the reconcilers."""
        facts = self.facts
        await asyncio.gather(
            _streams(bus, facts, self.missing),
            _redis(redis_url, facts, self.missing),
            _differences(bus, facts, self.missing),
        )
        facts.now = datetime.now(UTC)

    async def look_at_trail(self, bus: Bus) -> None:
        """The ledger reads its chain to the end and compares it with its anchors; the first row that is wrong."""
        last, complete = 0, False
        try:
            while not complete:
                told = await bus.request(Verify(after=last, limit=_TRAIL), timeout=_TRAIL_WITHIN)
                last, complete = told.last, told.complete or told.broken is not None
                if told.broken is not None:
                    self.facts.meddled = [(told.broken.position, told.broken.reason)]
        except Unavailable as fault:
            self.missing["trail"] = f"the ledger was not asked: {fault.detail}"


@asynccontextmanager
async def opened(databases: Mapping[str, str], redis_url: str, bus: Bus) -> AsyncIterator[Books]:
    """Everything there is, each database by the name of its service."""
    books = Books()
    async with AsyncExitStack() as stack:
        for service in dict.fromkeys([*(table.database for table in TABLES), *databases]):
            tables = [table for table in TABLES if table.database == service]
            url = databases.get(service)
            if url is None:
                books.missing |= {table.name: f"there is no service {service}" for table in tables}
                continue
            try:
                connection = await psycopg.AsyncConnection.connect(url, connect_timeout=5)
                stack.push_async_callback(connection.close)
                await books.open(service, connection)
            except psycopg.Error as error:
                books.missing |= {table.name: " ".join(str(error).split()) for table in tables} or {service: str(error)}
        await books.look_beside(redis_url, bus)
        yield books


async def _streams(bus: Bus, facts: Facts, missing: dict[str, str]) -> None:
    try:
        facts.lags = [kinds.Lag(one.durable, one.waiting + one.unacknowledged) for one in await behind(bus)]
        told = []
        for parked in await letters(bus):
            whole = bool(parked.letter.subject) and await original(bus, parked) is not None
            told.append(kinds.DeadLetter(parked.number, parked.letter.durable, parked.letter.reason, whole))
        facts.letters = told
    except Unavailable as fault:
        missing["nats"] = fault.detail


async def _redis(url: str, facts: Facts, missing: dict[str, str]) -> None:
    try:
        facts.holds, outbox = await holds(url)
        facts.outboxes = [*facts.outboxes, outbox]
    except (Unavailable, TimeoutError) as fault:
        missing["redis"] = f"Redis does not answer: {fault}"


async def _differences(bus: Bus, facts: Facts, missing: dict[str, str]) -> None:
    try:
        looks = (await bus.request(Reconcile(service="inventory"), timeout=_PATIENCE)).looks
    except Unavailable as fault:
        missing["reconcilers"] = f"inventory was not asked: {fault.detail}"
        return
    facts.differences = [(look.reconciler, one) for look in looks for one in look.differences]
    trouble = [f"{look.reconciler}: {look.trouble}" for look in looks if look.trouble]
    if trouble:
        missing["reconcilers"] = "; ".join(trouble)
