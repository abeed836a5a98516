"""Tickets and doors on a Postgres of their own and behind a real edge, with orders that are complete already."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from internal.orders.admission import Ticket
from internal.orders.domain import Order, OrderItem
from internal.orders.service import SERVICE
from internal.orders.store import add, showtimes
from internal.orders.store import tickets as store
from internal.orders.ticketing import Ticketing, ticketing
from internal.platform.ids import new_id
from internal.platform.postgres import Database, DatabaseSettings, many
from internal.platform.roles import Role, Roles
from tests.conftest import Addresses
from tests.databases import fresh_database
from tests.edge import edge
from tests.issuer import Issuer
from tests.running import Person

__all__ = ["Box", "Clock", "Told", "box"]


# what is asserted is who comes in, not how fast: a busy machine's races may take longer than a buyer would wait
_PATIENT = DatabaseSettings(pool_timeout=30, lock_timeout=30, statement_timeout=30)


@dataclass
class Told:
    """An event that waits in the outbox."""

    subject: str
    body: bytes


@dataclass
class Clock:
    """The time, or another one."""

    offset: timedelta = field(default=timedelta())

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


@dataclass
class Box:
    """The box office's last room: from a completed order to the door."""

    database: Database
    client: httpx.AsyncClient
    issuer: Issuer
    ticketing: Ticketing
    granted: dict[tuple[str, str], Role]
    clock: Clock

    def person(self) -> Person:
        user_id = new_id("user")
        return Person(self.client, self.issuer.token(user_id), user_id)

    def staff(self, order: Order) -> Person:
        """Somebody who works for the organisation of this order."""
        person = self.person()
        self.granted[person.id, order.organization_id] = Role.STAFF
        return person

    async def order(self, *seats: str, starts_in: timedelta = timedelta(hours=1), **more: Any) -> Order:
        """A completed order of these seats, with its tickets; of a showtime of its own if none is named."""
        order = await self.bare_order(*seats, starts_in=starts_in, **more)
        async with self.database.transaction() as tx:
            await self.ticketing.tickets.issue(tx, order)
        return order

    async def bare_order(self, *seats: str, starts_in: timedelta = timedelta(hours=1), **more: Any) -> Order:
        """The same, as it is the moment before its tickets are made."""
        order = sold(*(seats or ("A1",)), starts_at=self.clock.now() + starts_in, **more)
        async with self.database.transaction() as tx:
            await showtimes.know(tx, order)
            await add(tx, order)
        return order

    async def tickets(self, order: Order) -> list[Ticket]:
        async with self.database.read() as tx:
            return await store.tickets_of(tx, order.id)

    async def ticket(self, order: Order) -> Ticket:
        (only,) = await self.tickets(order)
        return only

    async def told(self, some_id: str) -> list[Told]:
        """What was told of this id, in its order; nothing takes it out of the outbox here."""
        async with self.database.read() as tx:
            rows = await many(tx, Told, "select subject, body from outbox order by id")
        return [row for row in rows if some_id.encode() in row.body]

    async def subjects(self, some_id: str) -> list[str]:
        return [one.subject for one in await self.told(some_id)]

    async def scan(self, staff: Person, text: str, **more: Any) -> httpx.Response:
        body = {"code": text, "gate": "North", "nonce": new_id("nonce"), **more}
        return await staff("POST", "/api/checkins", body)


def sold(*seats: str, starts_at: datetime, **more: Any) -> Order:
    now = datetime.now(UTC)
    items = [
        OrderItem(seat_id=seat, tier="Stalls", price=5_000, section="Hall", row="A", number=seat) for seat in seats
    ]
    facts: dict[str, Any] = {
        "id": new_id("order"),
        "saga_id": new_id("checkout"),
        "hold_id": new_id("hold"),
        "user_id": new_id("user"),
        "event_id": new_id("event"),
        "event_name": "Tosca",
        "organization_id": new_id("org"),
        "showtime_id": new_id("showtime"),
        "starts_at": starts_at,
        "time_zone": "Europe/Istanbul",
        "items": items,
        "total": 5_000 * len(items),
        "currency": "TRY",
        "created_at": now,
        "updated_at": now,
        "status": "completed",
        "payment_id": new_id("pay"),
        "buyer_name": "Ada Lovelace",
    }
    return Order(**{**facts, **more})


@asynccontextmanager
async def box(servers: Addresses, environment: dict[str, str] | None = None) -> AsyncIterator[Box]:
    """All of it, on a fresh database."""
    assert SERVICE.migrations is not None
    granted: dict[tuple[str, str], Role] = {}

    async def role(user_id: str, organization_id: str) -> Role | None:
        return granted.get((user_id, organization_id))

    async with fresh_database(servers.database_url, [SERVICE.migrations], _PATIENT) as database:
        clock = Clock()
        built = ticketing(database, Roles(role), environment or {}, clock.now)
        issuer = Issuer()
        async with edge(built.routes, issuer.verifier, servers.redis_url) as client:
            yield Box(database, client, issuer, built, granted, clock)
