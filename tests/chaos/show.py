"""Something on sale, and people who buy it.

A buyer does what a browser does: asks again under the same `Idempotency-Key` when the connection breaks, and goes to
the bank's page when told to.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg

from internal.platform.ids import new_id
from tests.running import Person, System
from tests.waiting import until

__all__ = ["PRICE", "Purchase", "Show", "on_sale"]

PRICE = 5_000
_ROW = 100
_AGAIN = 0.05  # seconds until a browser's user presses the button again


@dataclass
class Purchase:
    """One buyer, some seats, one card."""

    buyer: Person
    seats: list[str]
    number: str
    hold_id: str = ""
    key: str = field(default_factory=lambda: new_id("key"))
    checkout_id: str = ""
    order_id: str = ""
    status: str = ""
    code: str = ""
    action_url: str = ""

    @property
    def payment(self) -> dict[str, Any]:
        card = {"number": self.number, "expMonth": 12, "expYear": 2035, "cvc": "123"}
        return {"provider": "mock", "method": {"card": card}}

    @property
    def over(self) -> bool:
        return self.status in {"completed", "failed"}

    async def ask(self) -> httpx.Response:
        """The button is pressed, and pressed again until there is an answer."""
        body = {
            "holdId": self.hold_id,
            "payment": self.payment,
            "buyer": {"name": "Ada", "email": "ada@example.com"},
        }
        while True:
            try:
                answer = await self.buyer("POST", "/api/checkouts", body, headers={"idempotency-key": self.key})
            except httpx.TransportError:
                await asyncio.sleep(_AGAIN)
                continue
            self._told(answer.json())
            if self.checkout_id or (answer.status_code < 500 and self.code != "in_flight"):
                return answer
            await asyncio.sleep(_AGAIN)

    async def look(self) -> None:
        """At the checkout, once."""
        try:
            answer = await self.buyer("GET", f"/api/checkouts/{self.checkout_id}")
        except httpx.TransportError:
            return
        if answer.status_code == 200:
            self._told(answer.json())

    def _told(self, said: dict[str, Any]) -> None:
        if "checkoutId" not in said:
            self.code = said.get("code", "")
            return
        self.checkout_id, self.order_id = said["checkoutId"], said["orderId"]
        if isinstance(said.get("status"), str):
            self.status, self.code = said["status"], said.get("code", "")
            self.action_url = said.get("actionUrl", "")

    async def approve(self) -> None:
        """At the bank's page."""
        async with httpx.AsyncClient() as browser:
            head = {"content-type": "application/x-www-form-urlencoded"}
            await browser.post(self.action_url, content=b"answer=approve", headers=head)

    async def buy(self) -> None:
        """To the end, whichever it is; refused at once is an end, too."""
        approved = ""
        await self.ask()
        while self.checkout_id and not self.over:
            await self.look()
            if self.action_url and approved != self.action_url:
                approved = self.action_url
                await self.approve()
            await asyncio.sleep(_AGAIN)


@dataclass
class Show:
    """A showtime in a hall of its own, its organiser, and the shop that sells it."""

    owner: Person
    event_id: str
    showtime_id: str
    client: httpx.AsyncClient
    given: int = 0

    def person(self, system: System) -> Person:
        buyer = system.person()
        buyer.client = self.client
        return buyer

    def next_seats(self, count: int) -> list[str]:
        """Which nobody was given yet."""
        seats = [f"A{self.given + at}" for at in range(1, count + 1)]
        self.given += count
        return seats

    async def hold(self, buyer: Person, seats: list[str]) -> httpx.Response:
        return await buyer("POST", f"/api/showtimes/{self.showtime_id}/holds", {"seatIds": seats})

    async def held(self, system: System, number: str = "4242424242424242", count: int = 2) -> Purchase:
        """Somebody new with seats in hand, and this card in the pocket."""
        purchase = Purchase(self.person(system), self.next_seats(count), number)

        async def holding() -> bool:
            answer = await self.hold(purchase.buyer, purchase.seats)
            if answer.status_code == 201:
                purchase.hold_id = answer.json()["holdId"]
            return bool(purchase.hold_id)

        await until(holding, 30)  # inventory hears of a new showtime within half a second
        return purchase


async def on_sale(
    system: System, catalog: str, client: httpx.AsyncClient, seats: int, *, hold_seconds: int | None = None
) -> Show:
    """A showtime whose holds last as long as this; HTTP allows no less than half a minute."""
    owner = system.person()
    organization = await owner.organizes()
    venue = (await _made(owner, "POST", "/api/venues", {"organizationId": organization, "name": "Hall"}))["id"]
    await _made(owner, "PUT", f"/api/venues/{venue}/layout", _layout(seats))
    event = (await _made(owner, "POST", "/api/events", {"organizationId": organization, "name": "Tosca"}))["id"]
    await _made(owner, "POST", f"/api/events/{event}/publish")
    showtime = {
        "venueId": venue,
        "startsAt": (datetime.now(UTC) + timedelta(days=10)).isoformat(),
        "currency": "TRY",
        "tiers": [{"name": "Stalls", "price": PRICE}],
    }
    showtime_id = str((await _made(owner, "POST", f"/api/events/{event}/showtimes", showtime))["id"])
    if hold_seconds is not None:
        async with await psycopg.AsyncConnection.connect(catalog, autocommit=True) as connection:
            await connection.execute(
                "update showtimes set hold_seconds = %s where id = %s", [hold_seconds, showtime_id]
            )
    await _made(owner, "POST", f"/api/showtimes/{showtime_id}/publish")
    return Show(owner, event, showtime_id, client)


def _layout(seats: int) -> dict[str, Any]:
    rows = [
        {
            "id": f"{row}",
            "label": f"{row}",
            "seats": [
                {"id": f"A{at}", "label": f"{at}", "x": at - row * _ROW, "y": row, "tier": "Stalls"}
                for at in range(row * _ROW + 1, min(row * _ROW + _ROW, seats) + 1)
            ],
        }
        for row in range((seats + _ROW - 1) // _ROW)
    ]
    return {
        "name": "Hall",
        "tiers": [{"name": "Stalls", "color": "#ffffff"}],
        "sections": [{"id": "hall", "label": "Hall", "rows": rows}],
    }


async def _made(owner: Person, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await owner(method, path, body)
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found
