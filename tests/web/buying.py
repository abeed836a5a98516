"""What buyers do in a browser, in few words, and the houses that they do it in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
from playwright.async_api import Page, expect

from internal.seatmap.layout import Area, Layout, Row, Seat, Section, Shape, Tier
from tests.e2e.stage import Stage, good
from tests.running import Person
from tests.waiting import until

__all__ = ["CARDS", "House", "arena", "at_checkout", "house", "in_list", "pays", "seat"]

CARDS = {
    "good": "4242424242424242",
    "declined": "4000000000000002",
    "secure": "4000002500003155",
    "slow": "4000000000000341",
}
SEEN = 10_000  # milliseconds for what a person would wait for without a thought, on a busy machine


@dataclass(frozen=True)
class House:
    """A showtime that is on sale, and who may call it off."""

    owner: Person
    event_id: str
    showtime_id: str

    @property
    def path(self) -> str:
        return f"/showtimes/{self.showtime_id}"


async def house(
    stage: Stage, *, price: int = 25_000, hold_seconds: int | None = None, layout: Layout | None = None
) -> House:
    """Its own, on sale; `hold_seconds` may be shorter than an organiser is allowed to say."""
    plan = layout or _hall()
    owner = await stage.registered("Owner")
    organization = await owner.organizes()
    venue = good(
        await owner(
            "POST", "/api/venues", {"organizationId": organization, "name": "Grand Theatre", "city": "Istanbul"}
        )
    )
    good(await owner("PUT", f"/api/venues/{venue['id']}/layout", msgspec.to_builtins(plan)))
    event = good(await owner("POST", "/api/events", {"organizationId": organization, "name": "Tosca"}))
    good(await owner("POST", f"/api/events/{event['id']}/publish"))
    terms = {
        "venueId": venue["id"],
        "startsAt": (datetime.now(UTC) + timedelta(days=10)).isoformat(),
        "currency": "TRY",
        "timeZone": "Europe/Istanbul",
        "tiers": [{"name": tier.name, "price": price} for tier in plan.tiers],
    }
    showtime = good(await owner("POST", f"/api/events/{event['id']}/showtimes", terms))
    if hold_seconds is not None:
        async with await psycopg.AsyncConnection.connect(stage.system.databases["catalog"]) as tx:
            await tx.execute("update showtimes set hold_seconds = %s where id = %s", [hold_seconds, showtime["id"]])
    good(await owner("POST", f"/api/showtimes/{showtime['id']}/publish"))
    found = House(owner, event["id"], showtime["id"])

    async def on_sale() -> bool:
        answer = await owner("GET", f"/api/showtimes/{found.showtime_id}/page")
        return answer.status_code == 200 and answer.json()["seats"] is not None

    await until(on_sale)
    return found


def _hall() -> Layout:
    """Four rows of twelve, a wheelchair place, and room to stand."""

    def row(label: str, at: int) -> Row:
        tier = "Premium" if at < 2 else "Stalls"
        flags: Any = ("accessible",) if label == "A" else ()
        seats = tuple(
            Seat(f"{label}{n}", str(n), n * 22.0, at * 30.0, tier, flags if n == 12 else ()) for n in range(1, 13)
        )
        return Row(label, label, seats)

    rows = tuple(row(label, at) for at, label in enumerate("ABCD"))
    return Layout(
        "Hall",
        (Tier("Premium", "#a55eea"), Tier("Stalls", "#4b7bec")),
        (Section("stalls", "Stalls", rows),),
        (Area("floor", "Floor", 40, "Stalls", 20.0, 150.0, 240.0, 80.0),),
        (Shape("rectangle", 20.0, -80.0, width=240.0, height=40.0, text="Stage"),),
    )


def arena() -> Layout:
    """20,000 seats in ten blocks."""
    tiers = ("Gold", "Silver", "Bronze", "Sky")

    def block(at: int) -> Section:
        left, top = (at % 5) * 1_200.0, (at // 5) * 1_400.0 + 100
        rows = tuple(
            Row(
                f"{at}.{r}",
                str(r + 1),
                tuple(
                    Seat(f"{at}.{r}.{k}", str(k + 1), left + k * 22.0, top + r * 30.0, tiers[r // 10])
                    for k in range(50)
                ),
            )
            for r in range(40)
        )
        return Section(f"block{at}", f"Block {at + 1}", rows)

    return Layout("Arena", tuple(Tier(name) for name in tiers), tuple(block(at) for at in range(10)))


async def in_list(page: Page) -> None:
    """Turn to the list of seats."""
    await page.get_by_role("tab", name=re.compile("List|Liste")).click()


def seat(page: Page, row: str, number: int) -> Any:
    """A seat in the list."""
    return page.get_by_role("gridcell", name=re.compile(rf"row {row}, seat {number},"))


async def at_checkout(page: Page, row: str, *numbers: int) -> None:
    """Choose these seats, hold them, and stand before the form."""
    await in_list(page)
    for number in numbers:
        await seat(page, row, number).click()
    await page.get_by_role("button", name="Hold and continue").click()
    await expect(page.get_by_role("heading", name="Checkout")).to_be_visible(timeout=SEEN)


async def pays(page: Page, card: str | None, *, name: str = "Ada Lovelace") -> None:
    """Fill the form in and send it; None where nothing is to be paid."""
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("E-mail").fill("ada@example.com")
    if card is not None:
        await page.get_by_label("Card number").press_sequentially(card)
        await page.get_by_label("Expires").press_sequentially("1240")
        await page.get_by_label("Security code").fill("123")
    await page.locator(".pay-form button.primary").click()
