"""A system whose money path dies and comes back, and whose bank, ledger and catalogue do not.

The survivors run in the test's own process, with a NATS, a Valkey and databases that nobody else uses; the mortal
services run in a child on a port that stays the same. A buyer does what a browser does: asks again under the same
`Idempotency-Key` when the connection breaks, and goes to the bank's page when told to.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import structlog

from internal.catalog.service import SERVICE as CATALOG
from internal.directory.service import SERVICE as DIRECTORY
from internal.embedded import Valkey
from internal.embedded import running as started
from internal.embedded.server import free_port
from internal.ledger.service import SERVICE as LEDGER
from internal.platform.ids import new_id
from internal.pos.service import SERVICE as POS
from internal.seatmap.service import SERVICE as SEATMAP
from internal.seatview.service import SERVICE as SEATVIEW
from tests.chaos.child import DISARMED, MORTAL, main
from tests.conftest import Addresses
from tests.databases import fresh_database_url
from tests.running import Person, System, running
from tests.waiting import until

__all__ = ["Child", "Lane", "Purchase", "card", "lane", "on_sale"]

SURVIVORS = (CATALOG, SEATMAP, DIRECTORY, SEATVIEW, LEDGER, POS)
SEATS = 900  # in one hall: two for each crossing of three paths, and some
PRICE = 5_000
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
    "AISLE_GATE_ANONYMOUS_WRITES": "10000000",
    "AISLE_GATE_MEMBER_WRITES": "10000000",
    "AISLE_GATE_PROXIES": "1",
    "AISLE_INVENTORY_HOLDS_BURST": "1000000",
}
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.chaos.child"])


def card(number: str) -> dict[str, Any]:
    return {"card": {"number": number, "expMonth": 12, "expYear": 2035, "cvc": "123"}}


@dataclass
class Purchase:
    """One buyer, two seats, one card."""

    buyer: Person
    hold_id: str
    seats: list[str]
    number: str
    key: str = field(default_factory=lambda: new_id("key"))
    checkout_id: str = ""
    order_id: str = ""
    status: str = ""
    code: str = ""


class Child:
    """One life of the mortal services."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._ours, theirs = _context.Pipe()
        self.process: BaseProcess = _context.Process(target=main, args=(environment, log, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.crossings: list[str] = []
        self.ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._ours.fileno(), self._told)

    def _told(self) -> None:
        try:
            while self._ours.poll():
                self.crossings.append(self._ours.recv())
        except (EOFError, ConnectionError):
            asyncio.get_running_loop().remove_reader(self._ours.fileno())
            self.ended.set()

    def arm(self, deadly: str) -> None:
        self._ours.send(deadly)

    async def disarm(self) -> bool:
        """Whether it is still alive, and no crossing kills it any more."""
        with suppress(OSError):
            self._ours.send(None)
        await until(lambda: self.ended.is_set() or DISARMED in self.crossings)
        if not self.ended.is_set():
            self.crossings.remove(DISARMED)
        return not self.ended.is_set()

    async def die(self) -> None:
        self.process.kill()
        await self.ended.wait()

    async def buried(self) -> None:
        """Nothing of it is left when this returns."""
        await self.ended.wait()
        await asyncio.to_thread(self.process.join)
        self._ours.close()


@dataclass
class Lane:
    """The system, and how to buy in it."""

    system: System
    valkey: Valkey
    databases: dict[str, str]
    environment: dict[str, str]
    showtime_id: str
    log: Path
    client: httpx.AsyncClient
    child: Child | None = None
    sold: int = 0

    async def lives(self) -> Child:
        """The child that answers, started if need be."""
        if self.child is not None and self.child.ended.is_set():
            await self.child.buried()
            self.child = None
        if self.child is None:
            self.child = Child(self.environment, self.log)
        await until(self._answers, 30)
        return self.child

    async def _answers(self) -> bool:
        assert self.child is not None
        assert not self.child.ended.is_set(), self.log.read_text()[-3000:]
        try:
            return (await self.client.get("/health")).status_code == 200
        except httpx.TransportError:
            return False

    async def held(self, number: str, count: int = 2) -> Purchase:
        """Somebody new with seats in hand, and this card in the pocket."""
        buyer = self.system.person()
        buyer.client = self.client
        seats = [f"A{self.sold + at}" for at in range(1, count + 1)]
        self.sold += count
        hold_ids: list[str] = []

        async def holding() -> bool:
            answer = await buyer("POST", f"/api/showtimes/{self.showtime_id}/holds", {"seatIds": seats})
            if answer.status_code == 201:
                hold_ids.append(answer.json()["holdId"])
            return bool(hold_ids)

        await until(holding, 30)
        return Purchase(buyer, hold_ids[0], seats, number)

    async def ask(self, purchase: Purchase) -> None:
        """The button is pressed, and pressed again until there is an answer."""
        body = {
            "holdId": purchase.hold_id,
            "payment": {"provider": "mock", "method": card(purchase.number)},
            "buyer": {"name": "Ada", "email": "ada@example.com"},
        }
        while not purchase.checkout_id:
            try:
                answer = await purchase.buyer("POST", "/api/checkouts", body, headers={"idempotency-key": purchase.key})
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code < 500 and answer.status_code != 409:
                said = answer.json()
                assert "checkoutId" in said, answer.text
                purchase.checkout_id, purchase.order_id = said["checkoutId"], said["orderId"]
            else:
                await asyncio.sleep(0.05)

    async def follow(self, purchase: Purchase) -> None:
        """Look until it is at its end; at the bank's page, approve."""
        approved = ""
        while purchase.status not in {"completed", "failed"}:
            try:
                answer = await purchase.buyer("GET", f"/api/checkouts/{purchase.checkout_id}")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 200:
                said = answer.json()
                purchase.status, purchase.code = said["status"], said.get("code", "")
                if said.get("actionUrl") and approved != said["actionUrl"]:
                    approved = said["actionUrl"]
                    await self.system.client.post(
                        approved,
                        content=b"answer=approve",
                        headers={"content-type": "application/x-www-form-urlencoded"},
                    )
            await asyncio.sleep(0.03)

    async def buy(self, purchase: Purchase) -> None:
        await self.ask(purchase)
        await self.follow(purchase)


@asynccontextmanager
async def lane(servers: Addresses, folder: Path) -> AsyncIterator[Lane]:
    """One, with a hall on sale."""
    async with AsyncExitStack() as stack:
        valkey = Valkey(folder / "valkey", structlog.get_logger())
        await stack.enter_async_context(started(valkey))
        shared = {**_HURRIED, **_BANK, "AISLE_REDIS_URL": valkey.url}
        system = await stack.enter_async_context(running(SURVIVORS, servers, folder / "nats", environment=shared))
        databases = dict(system.databases)
        for one in MORTAL:
            assert one.migrations is not None
            databases[one.name] = stack.enter_context(fresh_database_url(servers.database_url, [one.migrations]))
        port = free_port()
        environment = {
            **shared,
            "AISLE_NATS_URL": system.bus.settings.url,
            "AISLE_HTTP_PORT": str(port),
            "AISLE_PAYMENTS_MOCK_URL": str(system.client.base_url).rstrip("/"),
            "AISLE_PAYMENTS_WEBHOOK_URL": f"http://127.0.0.1:{port}",
            **{f"AISLE_{one.name.upper()}_DATABASE_URL": databases[one.name] for one in MORTAL},
        }
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10, limits=httpx.Limits(keepalive_expiry=1))
        )
        opened = Lane(system, valkey, databases, environment, "", folder / "child.log", client)
        stack.push_async_callback(_ended, opened)
        child = asyncio.create_task(opened.lives())
        opened.showtime_id = await on_sale(system)
        await child
        yield opened


async def _ended(lane: Lane) -> None:
    if lane.child is not None:
        await lane.child.die()
        await lane.child.buried()


async def on_sale(system: System, seats: int = SEATS, price: int = PRICE) -> str:
    """A showtime in a plain hall."""
    owner = system.person()
    organization = await owner.organizes()

    async def made(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await owner("POST", path, body)
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json()
        return found

    venue = (await made("/api/venues", {"organizationId": organization, "name": "Hall"}))["id"]
    rows = [
        {
            "id": f"{row}",
            "label": f"{row}",
            "seats": [
                {"id": f"A{at}", "label": str(at), "x": at - row * 100, "y": row, "tier": "Stalls"}
                for at in range(row * 100 + 1, min(row * 100 + 100, seats) + 1)
            ],
        }
        for row in range((seats + 99) // 100)
    ]
    layout = {
        "name": "Hall",
        "tiers": [{"name": "Stalls", "color": "#ffffff"}],
        "sections": [{"id": "hall", "label": "Hall", "rows": rows}],
    }
    answer = await owner("PUT", f"/api/venues/{venue}/layout", layout)
    assert answer.status_code in {200, 201}, answer.text
    event = (await made("/api/events", {"organizationId": organization, "name": "Tosca"}))["id"]
    await made(f"/api/events/{event}/publish")
    showtime = {
        "venueId": venue,
        "startsAt": (datetime.now(UTC) + timedelta(days=10)).isoformat(),
        "currency": "TRY",
        "tiers": [{"name": "Stalls", "price": price}],
    }
    showtime_id = str((await made(f"/api/events/{event}/showtimes", showtime))["id"])
    await made(f"/api/showtimes/{showtime_id}/publish")
    return showtime_id
