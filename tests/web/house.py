"""A house whose doors are open: a showtime within the hour, tickets that were really bought, somebody at the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

from playwright.async_api import Page

from tests.e2e.bought import CARD
from tests.e2e.stage import ADMIN, PASSWORD, Stage, good
from tests.running import Person
from tests.waiting import until
from tests.web.conftest import Opener, Watched

__all__ = ["House", "entered", "log_in", "opened", "registered"]


@dataclass
class House:
    """Who keeps the door, what is played, and the codes of good tickets by their seat."""

    keeper: Person
    email: str
    buyer: Person
    showtime_id: str
    orders: dict[str, str]
    codes: dict[str, str]

    async def counts(self) -> dict[str, int]:
        book: dict[str, Any] = (await self.keeper("GET", f"/api/showtimes/{self.showtime_id}/checkins")).json()
        return dict(book["counts"])

    async def check(self, seat: str, **more: str) -> dict[str, Any]:
        """By another gate."""
        scan = {"code": self.codes[seat], "gate": "Gate B", "nonce": token_hex(8), **more}
        return dict(good(await self.keeper("POST", "/api/checkins", scan)))


async def opened(stage: Stage, name: str = "Tosca") -> House:
    """With tickets for A1 to A4, and one of another showtime, B1."""
    email = await registered(stage)
    keeper, buyer = await stage.logged_in(email), await stage.registered("Ada Buyer")
    organization = await keeper.organizes()
    venue = await _made(keeper, "/api/venues", {"organizationId": organization, "name": "Opera house"})
    good(await keeper("PUT", f"/api/venues/{venue}/layout", _layout()))
    category = await _made(stage.admin, "/api/categories", {"name": f"Opera {token_hex(4)}"})
    event = await _made(keeper, "/api/events", {"organizationId": organization, "name": name, "categoryId": category})
    good(await keeper("POST", f"/api/events/{event}/publish"))
    tonight, later = [await _on_sale(keeper, event, venue, hours) for hours in (1, 26)]
    house = House(keeper, email, buyer, tonight, {}, {})
    for seat in ("A1", "A2", "A3", "A4"):
        await _bought(house, tonight, seat, seat)
    await _bought(house, later, "A1", "B1")
    return house


async def registered(stage: Stage, name: str = "Deniz Kaya") -> str:
    """The e-mail of somebody new."""
    email = f"{token_hex(8)}@example.com"
    form = {"email": email, "password": PASSWORD, "name": name}
    assert (await stage.system.stranger()("POST", "/api/auth/register", form)).status_code == 202
    return email


async def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """As a person does, in whichever language the page is."""
    await page.locator(".site-tools .button:not([lang])").click()
    await page.locator("dialog input[type=email]").fill(email)
    await page.locator("dialog input[type=password]").fill(password)
    await page.locator("dialog button[type=submit]").click()
    await page.locator("dialog").wait_for(state="detached")


async def _on_sale(keeper: Person, event: str, venue: str, hours: int) -> str:
    showtime = {
        "venueId": venue,
        "startsAt": (datetime.now(UTC) + timedelta(hours=hours)).isoformat(),
        "currency": "TRY",
        "tiers": [{"name": "Stalls", "price": 5000}],
    }
    made = await _made(keeper, f"/api/events/{event}/showtimes", showtime)
    good(await keeper("POST", f"/api/showtimes/{made}/publish"))
    return made


async def _bought(house: House, showtime: str, seat: str, name: str) -> None:
    buyer, held = house.buyer, {}

    async def holds() -> bool:
        answer = await buyer("POST", f"/api/showtimes/{showtime}/holds", {"seatIds": [seat]})
        held.update(answer.json())
        return answer.status_code == 201

    await until(holds, seconds=30)
    checkout = {
        "holdId": held["holdId"],
        "payment": {"provider": "mock", "method": {"card": CARD}},
        "buyer": {"name": "Ada Lovelace", "email": "ada@example.com"},
    }
    begun = await buyer("POST", "/api/checkouts", checkout)
    assert begun.status_code in {201, 202}, begun.text
    path, found = f"/api/checkouts/{begun.json()['checkoutId']}", {}

    async def completed() -> bool:
        found.update((await buyer("GET", path)).json())
        return str(found["status"]) == "completed"

    await until(completed, seconds=30)
    tickets = good(await buyer("GET", f"/api/orders/{found['orderId']}/tickets"))["items"]
    house.orders[name], house.codes[name] = found["orderId"], tickets[0]["code"]


async def _made(person: Person, path: str, body: dict[str, Any]) -> str:
    return str(good(await person("POST", path, body))["id"])


def _layout() -> dict[str, Any]:
    seats = [{"id": f"A{at}", "label": str(at), "x": at, "y": 0, "tier": "Stalls"} for at in range(1, 21)]
    return {
        "name": "Opera house",
        "tiers": [{"name": "Stalls", "color": "#8c1c4a"}],
        "sections": [{"id": "hall", "label": "Parquet", "rows": [{"id": "A", "label": "A", "seats": seats}]}],
    }


async def entered(open_page: Opener, path: str, **how: Any) -> Watched:
    """A page as an administrator has it."""
    one = await open_page(path, **how)
    await log_in(one.page, ADMIN)
    return one
