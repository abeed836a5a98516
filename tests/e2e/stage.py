"""Every service on one port, with people who are signed in for real and a house that has something of everything.

A `Scene` is one organisation with all that can be named in a path: venue, layout, event, showtime, tier, category,
hold. Tests that try what may not be done take a scene's ids, so that they get behind "there is no such thing".
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
import psycopg
import structlog

from internal.auth.service import SERVICE as AUTH
from internal.bookings.service import SERVICE as BOOKINGS
from internal.broadcaster.service import SERVICE as BROADCASTER
from internal.catalog.service import SERVICE as CATALOG
from internal.checkout.service import SERVICE as CHECKOUT
from internal.directory.service import SERVICE as DIRECTORY
from internal.embedded import Valkey
from internal.embedded import running as started
from internal.gateway.service import SERVICE as GATEWAY
from internal.inventory.service import SERVICE as INVENTORY
from internal.ledger.service import SERVICE as LEDGER
from internal.orders.service import SERVICE as ORDERS
from internal.payments.service import SERVICE as PAYMENTS
from internal.pos.service import SERVICE as POS
from internal.seatmap.service import SERVICE as SEATMAP
from internal.seatview.service import SERVICE as SEATVIEW
from internal.stats.service import SERVICE as STATS
from tests.conftest import Addresses
from tests.e2e.bought import bought
from tests.e2e.state import messages_wait, state
from tests.running import Person, System, running
from tests.waiting import until

__all__ = ["ADMIN", "ENVIRONMENT", "PASSWORD", "SERVICES", "Scene", "Stage", "good", "staged"]

SERVICES = (
    AUTH,
    DIRECTORY,
    CATALOG,
    SEATMAP,
    INVENTORY,
    SEATVIEW,
    CHECKOUT,
    ORDERS,
    PAYMENTS,
    POS,
    BOOKINGS,
    LEDGER,
    STATS,
    BROADCASTER,
    GATEWAY,
)
PASSWORD = "correct horse battery"
ADMIN = "root@example.com"
ENVIRONMENT = {
    "AISLE_AUTH_ADMIN_EMAIL": ADMIN,
    "AISLE_AUTH_ADMIN_PASSWORD": PASSWORD,
    "AISLE_AUTH_ARGON2_MEMORY_KIB": "64",
    "AISLE_AUTH_ARGON2_PASSES": "1",
    "AISLE_PAYMENTS_MOCK_KEY": "a key",
    "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET": "a secret",
    # one administrator's token serves all tests of a worker: on a busy machine longer than 15 minutes
    "AISLE_AUTH_ACCESS_SECONDS": "7200",
    # what these tests are about is not how often
    "AISLE_GATE_ANONYMOUS_WRITES": "10000000",
    "AISLE_GATE_MEMBER_WRITES": "10000000",
    "AISLE_GATE_LIMITS": "POST /api/organizations/{organization_id}/members=10000000/900",
    "AISLE_INVENTORY_HOLDS_BURST": "1000000",
    # it notes what it has looked at, and what these tests are about is that nothing is written
    "AISLE_ORDERS_RECONCILE_AFTER": "86400",
    "AISLE_PAYMENTS_RECONCILE_EVERY": "86400",
}


@dataclass(frozen=True)
class Scene:
    """What there is to be named, and who owns it."""

    owner: Person
    buyer: Person
    ids: dict[str, str]
    layout: dict[str, Any]


@dataclass
class Stage:
    """The system, and what is to be known of it from within."""

    system: System
    valkey: Valkey
    admin: Person

    @property
    def base(self) -> str:
        return str(self.system.client.base_url).rstrip("/")

    async def registered(self, name: str = "Ada") -> Person:
        """Somebody new who is logged in."""
        stranger, email = self.system.stranger(), f"{token_hex(8)}@example.com"
        body = {"email": email, "password": PASSWORD}
        assert (await stranger("POST", "/api/auth/register", {**body, "name": name})).status_code == 202
        return await self.logged_in(email)

    async def logged_in(self, email: str) -> Person:
        stranger = self.system.stranger()
        tokens = good(await stranger("POST", "/api/auth/login", {"email": email, "password": PASSWORD}))
        return await self._person(tokens["accessToken"])

    async def administrator(self) -> Person:
        """One more, whom nobody else needs: who may do everything may end their own account."""
        email = f"{token_hex(8)}@example.com"
        good(await self.admin("POST", "/api/users", {"email": email, "password": PASSWORD, "roles": ["admin"]}))
        return await self.logged_in(email)

    async def guest(self) -> Person:
        tokens = good(await self.system.stranger()("POST", "/api/auth/guest"))
        return await self._person(tokens["accessToken"])

    async def _person(self, token: str) -> Person:
        person = Person(self.system.client, token, "")
        person.id = good(await person("GET", "/api/me"))["id"]
        return person

    async def document(self) -> dict[str, Any]:
        """The OpenAPI document of all services."""
        described: dict[str, Any] = good(await self.system.client.get("/api/openapi.json"))
        return described

    async def scene(self) -> Scene:
        """A house of its own, on sale, with one hold and one order in it."""
        owner, buyer = await self.registered("Owner"), await self.registered("Buyer")
        organization = await owner.organizes()
        ids = {"organization_id": organization, "user_id": buyer.id}
        ids["venue_id"] = await _made(owner, "/api/venues", {"organizationId": organization, "name": "Hall"})
        layout = _layout()
        venue = good(await owner("PUT", f"/api/venues/{ids['venue_id']}/layout", layout))
        ids["layout_hash"] = venue["layoutHash"]
        ids["category_id"] = await _made(self.admin, "/api/categories", {"name": f"Opera {token_hex(4)}"})
        event = {"organizationId": organization, "name": "Tosca", "categoryId": ids["category_id"]}
        ids["event_id"] = await _made(owner, "/api/events", event)
        good(await owner("POST", f"/api/events/{ids['event_id']}/publish"))
        showtime = {
            "venueId": ids["venue_id"],
            "startsAt": (datetime.now(UTC) + timedelta(days=10)).isoformat(),
            "currency": "TRY",
            "holdSeconds": 1_800,  # longer than any test that says nothing has changed
            "tiers": [{"name": "Stalls", "price": 5000}],
        }
        ids["showtime_id"] = await _made(owner, f"/api/events/{ids['event_id']}/showtimes", showtime)
        published = good(await owner("POST", f"/api/showtimes/{ids['showtime_id']}/publish"))
        ids["tier_id"] = published["tiers"][0]["id"]
        ids["draft_event_id"] = await _made(owner, "/api/events", {**event, "name": "Aida"})
        ids["draft_showtime_id"] = await _made(owner, f"/api/events/{ids['event_id']}/showtimes", showtime)
        ids |= {"seat_id": "A1", "seat_number": "A2", "section_id": "hall", "email": ADMIN}
        holding = f"/api/showtimes/{ids['showtime_id']}/holds"

        async def on_sale() -> bool:
            answer = await buyer("POST", holding, {"seatIds": ["A1"]})
            if answer.status_code == 201:
                ids["hold_id"] = answer.json()["holdId"]
            return answer.status_code == 201

        await until(on_sale, seconds=30)
        ids |= await bought(buyer, ids["showtime_id"])
        ids |= {"saga_id": ids["checkout_id"], "number": "1", "service": "orders"}  # as operators know them
        ids["booking_id"] = await _refused_booking(buyer, ids)
        await self._quiet()
        return Scene(owner, buyer, ids, layout)

    async def _quiet(self) -> None:
        """What was begun is done: the services that only hear of it have written down what they heard."""
        before: dict[str, Any] = {}

        async def unchanged() -> bool:
            nonlocal before
            now, last = await self.state(), before
            before = now
            return now == last and not await messages_wait(self.system)

        await until(unchanged, seconds=30)

    async def state(self) -> dict[str, Any]:
        """All that a request could have changed."""
        return await state(self.system, self.valkey.url)


def good(answer: httpx.Response) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


@asynccontextmanager
async def staged(servers: Addresses, folder: Path, **more: str) -> AsyncIterator[Stage]:
    """All services, with a Redis that nobody else writes into."""
    valkey = Valkey(folder / "valkey", structlog.get_logger())
    async with started(valkey):
        environment = {**ENVIRONMENT, "AISLE_REDIS_URL": valkey.url, **more}
        async with running(SERVICES, servers, folder / "nats", environment=environment) as system:
            stage = Stage(system, valkey, system.stranger())

            async def administered() -> bool:
                async with await psycopg.AsyncConnection.connect(system.databases["auth"]) as tx:
                    found = await tx.execute("select 1 from users where email = %s", [ADMIN])
                    if await found.fetchone() is None:
                        return False
                return (await system.stranger()("POST", "/api/auth/guest")).status_code == 201

            await until(administered, seconds=30)
            stage.admin = await stage.logged_in(ADMIN)
            yield stage


async def _refused_booking(buyer: Person, ids: Mapping[str, str]) -> str:
    """Of the seat that is held: it has failed, so that nothing moves by itself."""
    asked = {"userId": buyer.id, "eventId": ids["event_id"], "showtimeId": ids["showtime_id"], "seatId": "A1"}
    accepted = await buyer("POST", "/api/book", asked)
    assert accepted.status_code == 202, accepted.text

    async def failed() -> bool:
        answer = await buyer("GET", accepted.headers["location"])
        return str(good(answer)["status"]) == "failed"

    await until(failed, seconds=30)
    return str(accepted.json()["id"])


async def _made(person: Person, path: str, body: dict[str, Any]) -> str:
    return str(good(await person("POST", path, body))["id"])


def _layout() -> dict[str, Any]:
    seats = [{"id": f"A{at}", "label": str(at), "x": at, "y": 0, "tier": "Stalls"} for at in range(1, 21)]
    return {
        "name": "Hall",
        "tiers": [{"name": "Stalls", "color": "#ffffff"}],
        "sections": [{"id": "hall", "label": "Hall", "rows": [{"id": "A", "label": "A", "seats": seats}]}],
        "areas": [{"id": "floor", "label": "Floor", "capacity": 50, "tier": "Stalls"}],
    }
