"""A system whose money path dies and comes back, and whose catalogue and ledger do not.

The mortal services run in a child on a port that stays the same, the bank in another; the rest in the test's own
process, with a NATS, a Valkey and databases that nobody else uses.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import structlog

from internal.catalog.service import SERVICE as CATALOG
from internal.cli.check.command import looked
from internal.directory.service import SERVICE as DIRECTORY
from internal.embedded import Valkey
from internal.embedded import running as started
from internal.embedded.server import free_port
from internal.ledger.service import SERVICE as LEDGER
from internal.platform.service import Service
from internal.seatmap.service import SERVICE as SEATMAP
from internal.seatview.service import SERVICE as SEATVIEW
from tests.chaos.books import Books, books
from tests.chaos.child import BANK, MONEY_PATH
from tests.chaos.program import Program
from tests.chaos.show import Show, on_sale
from tests.conftest import Addresses
from tests.databases import fresh_database_url
from tests.running import System, running

__all__ = ["Lane", "lane"]

SURVIVORS = (CATALOG, SEATMAP, DIRECTORY, SEATVIEW, LEDGER)
_BANK = {"AISLE_PAYMENTS_MOCK_KEY": "chaos-key", "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET": "chaos-secret"}
_HURRIED = {
    "AISLE_SAGA_LEASE": "1.0",
    "AISLE_SAGA_POLL": "0.1",
    "AISLE_CHECKOUT_SOLD_WITHIN": "1.0",
    "AISLE_CHECKOUT_LOOK_EVERY": "0.3",
    "AISLE_PAYMENTS_LOOK_EVERY": "0.2",
    "AISLE_INVENTORY_SETTLE_AFTER": "2.0",
    # nothing is repaired behind the back of who has to get it right
    "AISLE_INVENTORY_RECONCILE_EVERY": "3600",
    "AISLE_PAYMENTS_RECONCILE_EVERY": "3600",
    "AISLE_ORDERS_RECONCILE_EVERY": "3600",
    # what is tried here is not how often
    "AISLE_GATE_ANONYMOUS_WRITES": "10000000",
    "AISLE_GATE_MEMBER_WRITES": "10000000",
    "AISLE_GATE_PROXIES": "1",
    "AISLE_INVENTORY_HOLDS_BURST": "1000000",
    "AISLE_DATABASE_POOL_MAX": "5",  # several lanes share one Postgres
}
_SETTLED_WITHIN = 30.0  # seconds until everything that was begun is at its end


@dataclass
class Lane:
    """The system; `money` is its money path."""

    system: System
    valkey: Valkey
    databases: dict[str, str]
    books: Books
    client: httpx.AsyncClient
    money: Program
    bank: Program

    async def show(self, seats: int = 100, **terms: Any) -> Show:
        """A new showtime on sale."""
        return await on_sale(self.system, self.databases["catalog"], self.client, seats, **terms)

    async def sold_and_held(self, show: Show) -> tuple[set[str], set[str]]:
        """What Redis says."""
        page = (await self.system.client.get(f"/api/showtimes/{show.showtime_id}/seats")).json()
        return set(page["sold"]), set(page["held"])

    async def sound(self) -> None:
        """Everything is at its end, and the ten sentences hold."""
        verdicts = await looked(self.databases, self.valkey.url, self.system.bus, _SETTLED_WITHIN)
        broken = [f"{one.invariant.number}: {found}" for one in verdicts for found in one.broken]
        unread = [why for one in verdicts for why in one.unread if "bookings" not in why]
        assert not broken, broken
        assert not unread, unread


@asynccontextmanager
async def lane(servers: Addresses, folder: Path, **settings: str) -> AsyncIterator[Lane]:
    """One, with nothing on sale yet; the money path has these settings, too."""
    async with AsyncExitStack() as stack:
        valkey = Valkey(folder / "valkey", structlog.get_logger())
        await stack.enter_async_context(started(valkey))
        shared = {**_HURRIED, **_BANK, "AISLE_REDIS_URL": valkey.url}
        system = await stack.enter_async_context(running(SURVIVORS, servers, folder / "nats", environment=shared))
        databases = dict(system.databases)
        for one in (*MONEY_PATH, *BANK):
            assert one.migrations is not None
            databases[one.name] = stack.enter_context(fresh_database_url(servers.database_url, [one.migrations]))
        shared["AISLE_NATS_URL"] = system.bus.settings.url
        bank = Program(BANK, _of(BANK, shared, databases), folder / "bank.log")
        told = {"AISLE_PAYMENTS_MOCK_URL": bank.url}
        money = Program(MONEY_PATH, {**_of(MONEY_PATH, shared, databases), **told}, folder / "money.log")
        money.environment |= {"AISLE_PAYMENTS_WEBHOOK_URL": money.url, **settings}
        for program in (bank, money):
            stack.push_async_callback(program.kill)
        opened = await stack.enter_async_context(books(databases))
        client = await stack.enter_async_context(_client(money.url))
        await asyncio.gather(bank.lives(), money.lives())
        yield Lane(system, valkey, databases, opened, client, money, bank)


def _of(services: Sequence[Service], shared: Mapping[str, str], databases: Mapping[str, str]) -> dict[str, str]:
    """A process of these: a port, and the databases of its own and no other."""
    port = str(free_port())
    urls = {f"AISLE_{one.name.upper()}_DATABASE_URL": databases[one.name] for one in services}
    return {**shared, "AISLE_HTTP_PORT": port, "AISLE_PORT": port, **urls}


def _client(url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=50, keepalive_expiry=1.0)
    return httpx.AsyncClient(base_url=url, timeout=30.0, limits=limits)
