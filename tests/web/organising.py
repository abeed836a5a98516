"""What organisers do in a browser, in few words, and a buyer beside them."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.e2e.bought import CARD
from tests.e2e.stage import PASSWORD, good
from tests.running import Person
from tests.waiting import until
from tests.web.conftest import Opener, Watched

__all__ = ["SEEN", "buys", "email_of", "opened_as"]

SEEN = 20_000  # milliseconds for what comes by streams, on a busy machine


async def email_of(person: Person) -> str:
    return str(good(await person("GET", "/api/me"))["email"])


async def opened_as(open_page: Opener, email: str, path: str, **more: object) -> Watched:
    """The page as this person sees it."""
    one = await open_page("/organiser", **more)
    await one.module("session", f"await m.login({email!r}, {PASSWORD!r});")
    await expect(one.page.get_by_label("Your account").or_(one.page.get_by_label("Hesabınız"))).to_be_visible()
    await expect(one.page.locator("main h1:not(.sr-only)")).to_be_visible(timeout=SEEN)
    if path != "/organiser":
        await shown(one.page, path)
    return one


async def shown(page: Page, path: str) -> None:
    """Go there, and wait for its heading."""
    await page.goto(path)
    await expect(page.locator("main h1")).to_be_visible(timeout=SEEN)


async def buys(buyer: Person, showtime_id: str, seats: list[str]) -> str:
    """The order with which these seats were bought."""
    taken: dict[str, str] = {}

    async def held() -> bool:  # it takes a moment until a new showtime is open in Redis
        answer = await buyer("POST", f"/api/showtimes/{showtime_id}/holds", {"seatIds": seats})
        taken.update(answer.json())
        return answer.status_code == 201

    await until(held, seconds=30)
    payment = {"provider": "mock", "method": {"card": CARD}}
    begun = (await buyer("POST", "/api/checkouts", {"holdId": taken["holdId"], "payment": payment})).json()
    found: dict[str, str] = {}

    async def completed() -> bool:
        found.update((await buyer("GET", f"/api/checkouts/{begun['checkoutId']}")).json())
        return found["status"] == "completed"

    await until(completed, seconds=30)
    return found["orderId"]
