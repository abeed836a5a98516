"""Reads everything that the checks look at, and changes nothing: each database in one snapshot, read only.

What a service has is read from its own tables, not asked of it: a check that asked would believe what it checks.
A database or a table that is not there is noted in `Facts.missing`; the sentences that need it are told as unread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg

from internal.cli.check import facts as kinds
from internal.cli.check.facts import Facts
from internal.cli.check.keys import holds
from internal.platform.bus import Bus, behind, letters, original
from internal.platform.faults import Unavailable
from internal.platform.rows import many
from proto.reconcile import Reconcile

__all__ = ["read"]

_PATIENCE = 60.0  # seconds for inventory to compare all of its showtimes


class _Table(NamedTuple):
    """Which database, the name under which it is missing, where the rows go, and what to ask."""

    database: str
    name: str
    field: str
    kind: Any
    sql: str


# Sagas first: one that began after this look was under way in none of the others, or is young there.
_TABLES = (
    _Table(
        "checkout", "checkout", "sagas", kinds.Saga,
        # a lease that nobody has ends at -infinity, which is no moment of Python's
        "select id, name, subject, status, stuck, greatest(due_at, leased_until) as due_at,"
        " coalesce(data->>'orderId', data->>'order_id') as order_id from sagas",
    ),
    _Table(
        "inventory", "inventory", "seats", kinds.Seat,
        "select showtime_id, seat_id, state, order_id, user_id from seat_states",
    ),
    _Table(
        "inventory", "inventory", "claims", kinds.Claim,
        "select order_id, hold_id, showtime_id, user_id, seat_ids, state, created_at from holds",
    ),
    _Table(
        "inventory", "inventory", "showtimes", kinds.Showtime,
        "select showtime_id, seats_per_buyer, capacity from showtimes left join layouts using (layout_hash)",
    ),
    _Table(
        "orders", "orders", "orders", kinds.Order,
        "select id, hold_id, user_id, showtime_id, total, currency, status, refunded, updated_at from orders",
    ),
    _Table("orders", "orders", "items", kinds.Item, "select order_id, seat_id, price, refunded from order_items"),
    _Table("orders", "orders", "order_refunds", kinds.OrderRefund, "select id, order_id, status from refunds"),
    _Table(
        "orders", "tickets", "tickets", kinds.Ticket,
        "select id, order_id, showtime_id, seat_id, revoked_by is null as valid from tickets",
    ),
    _Table(
        "payments", "payments", "payments", kinds.Payment,
        "select id, order_id, user_id, provider, currency, status, captured, refunded, created_at from payments",
    ),
    _Table(
        "payments", "payments", "payment_refunds", kinds.PaymentRefund,
        "select id, payment_id, order_id, amount, status from refunds",
    ),
    _Table(
        "payments", "payments", "entries", kinds.Entry,
        "select posting, account, amount, payment_id from ledger_entries",
    ),
    _Table("pos", "pos", "charges", kinds.Charge, 'select key, "order" as order_id, captured, refunded from charges'),
    _Table(
        "ledger", "ledger", "reservations", kinds.Reservation,
        "select id, order_id, showtime_id, seat_ids from reservations",
    ),
    _Table("ledger", "ledger", "given_back", kinds.GivenBack, "select order_id, seat_id from given_back"),
    _Table(
        "bookings", "bookings", "bookings", kinds.Booking, "select id, status, updated_at from bookings"
    ),
)  # fmt: skip
_OUTBOX = """select %s as where, count(*) as count,
    coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds from outbox"""


async def read(databases: Mapping[str, str], redis_url: str, bus: Bus) -> Facts:
    """Everything there is, each database by the name of its service."""
    facts, missing = Facts(), dict[str, str]()
    outboxes: list[kinds.Outbox] = []
    for service in dict.fromkeys([*(table.database for table in _TABLES), *databases]):
        tables = [table for table in _TABLES if table.database == service]
        url = databases.get(service)
        if url is None:
            missing |= {table.name: f"there is no service {service}" for table in tables}
            continue
        try:
            async with await psycopg.AsyncConnection.connect(url, connect_timeout=5) as connection:
                await connection.execute("set transaction isolation level repeatable read, read only")
                await _tables(connection, tables, facts, missing)
                outboxes += await many(connection, kinds.Outbox, _OUTBOX, [service])
        except psycopg.Error as error:
            missing |= {table.name: " ".join(str(error).split()) for table in tables} or {service: str(error)}
    facts.outboxes, facts.missing = outboxes, missing
    await asyncio.gather(
        _streams(bus, facts, missing), _redis(redis_url, facts, missing), _differences(bus, facts, missing)
    )
    facts.now = datetime.now(UTC)
    return facts


async def _tables(
    connection: psycopg.AsyncConnection[Any], tables: Sequence[_Table], facts: Facts, missing: dict[str, str]
) -> None:
    for table in tables:
        try:
            async with connection.transaction():
                setattr(facts, table.field, await many(connection, table.kind, table.sql))
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
            missing[table.name] = str(error).splitlines()[0]


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
    facts.differences = [(look.reconciler, one.thing) for look in looks for one in look.differences]
    trouble = [f"{look.reconciler}: {look.trouble}" for look in looks if look.trouble]
    if trouble:
        missing["reconcilers"] = "; ".join(trouble)
