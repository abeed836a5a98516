"""The ledger as it runs, with directory beside it and a stand-in for orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from internal.directory.service import SERVICE as DIRECTORY
from internal.ledger.service import SERVICE as LEDGER
from internal.platform.bus import Endpoint, Message
from internal.platform.faults import Fault, Kind
from internal.platform.ids import new_id
from internal.platform.service import Parts, Platform, Service
from proto import Event
from proto.catalog import ShowtimePublished
from proto.inventory import SeatsPurchased
from proto.orders import GetOrder, OrderCompleted, OrderFacts
from tests.conftest import Addresses
from tests.running import Person, System, running
from tests.waiting import until


class OrderNotFound(Fault, kind=Kind.NOT_FOUND):
    """There is no such order."""


@dataclass
class Orders:
    """In the place of orders: what it knows, and how often it was asked."""

    known: dict[str, OrderFacts] = field(default_factory=dict)
    asked: int = 0

    async def get(self, asked: GetOrder) -> OrderFacts:
        self.asked += 1
        if asked.order_id not in self.known:
            raise OrderNotFound
        return self.known[asked.order_id]

    def service(self) -> Service:
        def build(_: Platform) -> Parts:
            return Parts(endpoints=[Endpoint(GetOrder, self.get)])

        return Service("orders", build)


@dataclass(frozen=True)
class Sale:
    """An order of two seats of a showtime, of an organisation that may really exist."""

    user_id: str
    organization_id: str
    event_id: str = field(default_factory=lambda: new_id("event"))
    showtime_id: str = field(default_factory=lambda: new_id("showtime"))
    order_id: str = field(default_factory=lambda: new_id("order"))
    seat_ids: tuple[str, ...] = ("A-1", "A-2")

    def facts(self) -> OrderFacts:
        return OrderFacts(
            order_id=self.order_id,
            user_id=self.user_id,
            event_id=self.event_id,
            organization_id=self.organization_id,
            showtime_id=self.showtime_id,
            hold_id=new_id("hold"),
            items=[],
            total=5000,
            currency="EUR",
            status="completed",
        )

    def published(self) -> ShowtimePublished:
        return ShowtimePublished(
            showtime_id=self.showtime_id,
            event_id=self.event_id,
            organization_id=self.organization_id,
            venue_id=new_id("venue"),
            layout_hash="x",
            starts_at=datetime.now(UTC) + timedelta(days=3),
            seats_per_buyer=8,
            hold_seconds=300,
            currency="EUR",
        )

    def completed(self) -> OrderCompleted:
        return OrderCompleted(
            order_id=self.order_id,
            user_id=self.user_id,
            showtime_id=self.showtime_id,
            seat_ids=list(self.seat_ids),
            total=5000,
            currency="EUR",
        )

    def purchased(self) -> SeatsPurchased:
        return SeatsPurchased(showtime_id=self.showtime_id, seat_ids=list(self.seat_ids), order_id=self.order_id)


@dataclass
class House:
    """The system, the stand-in, and the ledger's own database as its administrator sees it."""

    system: System
    orders: Orders
    admin_url: str

    async def tell(self, *events: Event, ids: list[str] | None = None, headers: dict[str, str] | None = None) -> None:
        names = ids or [new_id("fact") for _ in events]
        pairs = zip(events, names, strict=True)
        await self.system.bus.publish_batch(
            [Message.of(event, id=name, headers=headers or {}) for event, name in pairs]
        )

    async def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        async with await psycopg.AsyncConnection.connect(
            self.system.databases["ledger"], autocommit=True
        ) as connection:
            cursor = await connection.execute(sql, params)
            return await cursor.fetchall() if cursor.description else []

    async def kept(self, *ids: str) -> None:
        """These stand in the trail."""

        async def there() -> bool:
            found = await self.rows("select event_id from audit_events where event_id = any(%s)", list(ids))
            return len(found) == len(ids)

        await until(there)

    async def reservations(self, person: Person, count: int, query: str = "") -> list[dict[str, Any]]:
        """What this person is shown once there are so many."""
        found: list[dict[str, Any]] = []

        async def there() -> bool:
            answer = await person("GET", f"/api/reservations{query}")
            assert answer.status_code == 200, answer.text
            found[:] = answer.json()["items"]
            return len(found) >= count

        await until(there)
        return found


@asynccontextmanager
async def housed(servers: Addresses, folder: Path, **settings: str) -> AsyncIterator[House]:
    orders = Orders()
    async with running([LEDGER, DIRECTORY, orders.service()], servers, folder, environment=settings) as system:
        yield House(system, orders, servers.database_url)


@pytest.fixture(scope="module")
async def house(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with housed(servers, tmp_path_factory.mktemp("ledger")) as house:
        yield house
