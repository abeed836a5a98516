"""The organiser's pages in a real browser: from an empty organisation to a refund that the trail knows."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from internal.gateway.files import WEB
from tests.e2e.stage import Scene, Stage, good
from tests.running import Person
from tests.waiting import until
from tests.web.conftest import DESKTOP, PHONE, Opener
from tests.web.organising import SEEN, buys, email_of, opened_as, shown

ISTANBUL = ZoneInfo("Europe/Istanbul")
PAGES = {
    "organisations": "/organiser",
    "events": "/organiser/{organization_id}/events",
    "event": "/organiser/{organization_id}/events/{event_id}",
    "event-form": "/organiser/{organization_id}/events/{event_id}/edit",
    "showtime": "/organiser/{organization_id}/showtimes/{showtime_id}",
    "showtime-draft": "/organiser/{organization_id}/showtimes/{draft_showtime_id}",
    "showtime-form": "/organiser/{organization_id}/events/{event_id}/showtimes/new",
    "sales": "/organiser/{organization_id}/events/{event_id}/sales?showtime={showtime_id}",
    "blocks": "/organiser/{organization_id}/showtimes/{showtime_id}/seats",
    "venues": "/organiser/{organization_id}/venues",
    "editor": "/organiser/{organization_id}/venues/{venue_id}",
    "orders": "/organiser/{organization_id}/orders",
    "order": "/organiser/{organization_id}/orders/{order_id}",
    "members": "/organiser/{organization_id}/members",
    "audit": "/organiser/{organization_id}/audit?entity={order_id}",
    "categories": "/organiser/categories",
}


async def _organisation(page: Page) -> str:
    await expect(page.get_by_text("You have no organisation yet")).to_be_visible()
    await page.get_by_label("Name of the organisation").fill("City Opera")
    await page.get_by_role("button", name="Make it").click()
    await expect(page.get_by_text("Nothing is planned yet")).to_be_visible()
    return page.url.split("/")[-2]


async def _venue(page: Page) -> None:
    """Drawn by its fields: four rows of eight, the last row dearer, and room to stand for twenty."""
    await page.get_by_role("link", name="Venues").click()
    await page.get_by_label("Name").fill("Opera House")
    await page.get_by_role("button", name="Make it and draw").click()
    await expect(page.get_by_text("There is no place to sell yet.")).to_be_visible()
    await page.get_by_role("button", name="Add a section").click()
    await page.get_by_label("Rows", exact=True).fill("4")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Seats in a row")).to_be_focused()
    await page.get_by_label("Seats in a row").fill("8")
    await page.keyboard.press("Tab")
    await expect(page.get_by_text("32 places", exact=False)).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("80 places", exact=False)).to_be_visible()
    await page.get_by_role("button", name="Redo").click()
    await page.get_by_role("button", name="Add a tier").click()
    await page.get_by_text("Seats by row and number").click()
    await page.get_by_label("Row", exact=True).select_option("D")
    await page.get_by_label("What becomes of them").select_option("Tier: Tier 2")
    await page.get_by_role("button", name="Apply").click()
    await page.get_by_role("button", name="Add a standing area").click()
    await page.get_by_label("How many people").fill("20")
    await page.keyboard.press("Tab")
    await expect(page.get_by_text("52 places", exact=False)).to_be_visible()
    await page.get_by_role("button", name="Save the layout").click()
    await expect(page.get_by_text("52 places · saved")).to_be_visible()


async def _on_sale(page: Page, starts: datetime) -> str:
    await page.get_by_role("link", name="Events").click()
    await page.get_by_role("link", name="New event").first.click()
    await page.get_by_label("Name").fill("La Traviata")
    await page.get_by_label("Description").fill("In three acts.")
    await page.get_by_role("button", name="Write it down").click()
    await page.get_by_role("link", name="New showtime").click()
    await page.get_by_label("Time zone").select_option("Europe/Istanbul")
    await page.get_by_label("Starts").fill(starts.strftime("%Y-%m-%dT%H:%M"))
    await page.get_by_label("Standard (TRY)").fill("450")
    await page.get_by_role("button", name="Plan it").click()
    await expect(page.get_by_text("Publish the event.")).to_be_visible()
    await expect(page.get_by_text("Set a price for: Tier 2.")).to_be_visible()
    await page.get_by_label("Tier 2 (TRY)").fill("300,50")
    await page.get_by_role("button", name="Save the prices").click()
    await expect(page.get_by_text("Set a price for")).to_have_count(0)
    await page.get_by_role("link", name="← La Traviata").click()
    await page.get_by_role("button", name="Publish the event").click()
    await expect(page.locator("main .badge.good").first).to_have_text("Published")
    await page.get_by_role("table").get_by_role("link").click()
    await page.get_by_role("button", name="Put on sale").click()
    await expect(page.get_by_role("link", name="Block seats")).to_be_visible()
    return page.url.split("/")[-1]


async def _blocked(page: Page) -> None:
    await page.get_by_role("link", name="Block seats").click()
    await page.get_by_label("Row", exact=True).select_option("A")
    await page.get_by_label("To place").fill("2")
    await page.get_by_role("button", name="Choose", exact=True).click()
    await page.get_by_role("button", name="Block 2 seats").click()
    await page.get_by_label("Why?").fill("camera")
    await page.get_by_role("button", name="Take off sale").click()
    await expect(page.get_by_role("button", name="Put 2 seats back on sale: camera")).to_be_visible()


async def _sold(page: Page, buyer: Person, showtime_id: str) -> str:
    """Sold while the dashboard is looked at; it says so by itself."""
    await page.get_by_role("link", name="Sales").click()
    tile = page.locator(".tile-number").filter(has=page.get_by_text("Sold", exact=True)).locator(".big")
    await expect(tile).to_have_text("0", timeout=SEEN)
    order = await buys(buyer, showtime_id, ["section-1-A3", "section-1-D4"])
    await expect(tile).to_have_text("2", timeout=SEEN)
    income = page.locator(".tile-number").filter(has_text="Income after refunds").locator(".big")
    await expect(income).to_have_text("₺750.50", timeout=SEEN)
    await page.locator("figure", has_text="Seats sold over time").get_by_text("The figures as a table").click()
    await expect(page.get_by_role("region", name="Seats sold over time").get_by_role("cell")).to_have_text("2")
    await page.locator("figure", has_text="By section").get_by_text("The figures as a table").click()
    row = page.get_by_role("region", name="By section").get_by_role("row", name="Section 1")
    await expect(row.get_by_role("cell")).to_have_text(["2", "0", "2", "28", "32"], timeout=SEEN)
    return order


async def _refunded(page: Page, order: str) -> None:
    await page.get_by_role("link", name="Orders").click()
    await page.get_by_label("Find an order").fill(order[-8:])
    await page.get_by_role("button", name="Search").click()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Orders as CSV").click()
    saved = await (await download.value).path()
    assert order in saved.read_text()
    await page.get_by_role("table").get_by_role("link").click()
    await page.get_by_label("Choose Section 1 · Row A · Seat 3 for a refund").check()
    await page.get_by_role("button", name="Refund 1 seat").click()
    await page.get_by_label("Why?").fill("ill")
    await page.get_by_role("button", name="Refund ₺450.00").click()
    refunds = page.get_by_role("region", name="Refunds")
    await expect(refunds.get_by_text("Done")).to_be_visible(timeout=SEEN)
    await expect(page.locator("main .badge").first).to_have_text("Partly refunded")


async def test_from_an_empty_organisation_to_a_refund(open_page: Opener, web_stage: Stage) -> None:
    """Organisation, venue, event, showtime, blocked, sold, seen on the dashboard, refunded, and the trail knows it."""
    owner, buyer = await web_stage.registered("Owner"), await web_stage.registered("Buyer")
    starts = (datetime.now(ISTANBUL) + timedelta(days=20)).replace(hour=20, minute=30, second=0, microsecond=0)
    one = await opened_as(open_page, await email_of(owner), "/organiser")
    page = one.page
    organization = await _organisation(page)
    await _venue(page)
    showtime_id = await _on_sale(page, starts)
    planned = good(await owner("GET", f"/api/showtimes/{showtime_id}"))
    assert datetime.fromisoformat(planned["startsAt"]) == starts.astimezone(UTC)
    assert {tier["name"]: tier["price"] for tier in planned["tiers"]} == {"Standard": 45_000, "Tier 2": 30_050}
    await _blocked(page)
    await page.get_by_role("link", name=re.compile("^← ")).click()
    order = await _sold(page, buyer, showtime_id)
    await _refunded(page, order)
    await page.get_by_role("link", name="History of this").click()
    await expect(page.get_by_text("Refund asked for")).to_be_visible(timeout=SEEN)
    await expect(page.get_by_role("listitem").filter(has_text="Refund asked for").get_by_text("By you")).to_be_visible()
    await shown(page, f"/organiser/{organization}/audit?entity={showtime_id}")
    await expect(page.get_by_text("Seats taken off sale").first).to_be_visible()
    one.settled()


async def test_a_showtime_is_moved_and_called_off_with_a_clear_word(open_page: Opener, web_stage: Stage) -> None:
    """What is sold is named before it goes back, and nothing happens until somebody says so."""
    scene = await web_stage.scene()
    ids = scene.ids
    path = f"/organiser/{ids['organization_id']}/showtimes/{ids['showtime_id']}"
    one = await opened_as(open_page, await email_of(scene.owner), f"{path}/edit")
    page = one.page
    later = datetime.now(UTC) + timedelta(days=30)
    await page.get_by_label("Starts").fill(later.strftime("%Y-%m-%dT%H:%M"))
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("dialog").get_by_role("button", name="Reschedule").click()
    await expect(page.get_by_role("button", name="Call off the showtime")).to_be_visible()
    moved = good(await scene.owner("GET", f"/api/showtimes/{ids['showtime_id']}"))["startsAt"]
    assert moved.startswith(later.strftime("%Y-%m-%dT%H:%M"))
    await page.get_by_role("button", name="Call off the showtime").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("1 sold seat is refunded in full")).to_be_visible()
    await dialog.get_by_role("button", name="Call off the showtime").click()
    await expect(dialog.get_by_label("Why?")).to_be_focused()  # it does not go without a reason
    await dialog.get_by_label("Why?").fill("The tenor is ill.")
    await dialog.get_by_role("button", name="Call off the showtime").click()
    await expect(page.get_by_text("Called off: The tenor is ill.")).to_be_visible()
    one.settled()


async def test_staff_see_what_is_theirs_and_customers_nothing(open_page: Opener, web_stage: Stage) -> None:
    """What only owners may is not offered to staff, and refused by the interface if they ask all the same."""
    owner, staff, customer = [await web_stage.registered(name) for name in ("Owner", "Staff", "Customer")]
    organization = await owner.organizes("Royal Theatre")
    one = await opened_as(open_page, await email_of(owner), f"/organiser/{organization}/members")
    for person, role in ((staff, "staff"), (customer, "customer")):
        email = await email_of(person)
        await one.page.get_by_label("E-mail").fill(email)
        await one.page.get_by_label("Role", exact=True).select_option(role)
        await one.page.get_by_role("button", name="Add", exact=True).click()
        await expect(one.page.get_by_role("table").get_by_text(email)).to_be_visible()
    await one.page.get_by_label("E-mail").fill("nobody@example.com")
    one.expected.append("404")
    await one.page.get_by_role("button", name="Add", exact=True).click()
    await expect(one.page.get_by_text("Nobody has an account with this e-mail.")).to_be_visible()
    one.settled()
    two = await opened_as(open_page, await email_of(staff), f"/organiser/{organization}/members")
    two.expected.append("403")
    await expect(two.page.get_by_role("table").get_by_text("Customer")).to_be_visible()
    await expect(two.page.get_by_label("E-mail")).to_have_count(0)
    await expect(two.page.get_by_role("link", name="Audit trail")).to_have_count(0)
    await shown(two.page, f"/organiser/{organization}/audit?entity={organization}")
    await expect(two.page.get_by_role("link", name="History of this")).to_have_count(0)
    two.settled()
    three = await opened_as(open_page, await email_of(customer), "/organiser")
    three.expected.append("403")
    await three.page.goto(f"/organiser/{organization}/orders")
    await expect(three.page.get_by_text("You have no part in this organisation's work")).to_be_visible()
    three.settled()


async def test_a_layout_that_two_people_changed_is_not_overwritten_unasked(open_page: Opener, web_stage: Stage) -> None:
    """Who saves second is asked; what was not saved is there again after a reload."""
    scene = await web_stage.scene()
    ids = scene.ids
    one = await opened_as(
        open_page, await email_of(scene.owner), f"/organiser/{ids['organization_id']}/venues/{ids['venue_id']}"
    )
    one.expected.append("412")
    page = one.page
    await page.get_by_role("button", name="Add a section").click()
    await expect(page.get_by_text("270 places · not saved yet")).to_be_visible()

    async def kept() -> bool:
        found = await page.evaluate("Object.keys(sessionStorage).some(key => key.startsWith('aisle.drawing'))")
        return bool(found)

    await until(kept)
    page.on("dialog", lambda dialog: dialog.accept())  # the browser's own warning
    await page.reload()
    await expect(page.get_by_text("What you had not saved is here again.")).to_be_visible()
    theirs = {**scene.layout, "name": "Their hall"}
    good(await scene.owner("PUT", f"/api/venues/{ids['venue_id']}/layout", theirs))
    await page.get_by_role("button", name="Save the layout").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Somebody else changed this layout")
    assert good(await scene.owner("GET", f"/api/venues/{ids['venue_id']}/layout"))["name"] == "Their hall"
    await page.get_by_role("button", name="Keep mine").click()
    await expect(page.get_by_text("270 places · saved")).to_be_visible()
    one.settled()


async def test_drawings_come_in_and_go_out_as_files(open_page: Opener, web_stage: Stage, tmp_path: Path) -> None:
    """Our own form and pretix' lead back to the same seats."""
    scene = await web_stage.scene()
    ids = scene.ids
    one = await opened_as(
        open_page, await email_of(scene.owner), f"/organiser/{ids['organization_id']}/venues/{ids['venue_id']}"
    )
    page = one.page
    files: dict[str, Path] = {}
    for kind, button in (("own", "Layout (JSON)"), ("pretix", "pretix plan")):
        await page.get_by_role("button", name="Export").click()
        async with page.expect_download() as download:
            await page.get_by_role("button", name=button).click()
        files[kind] = tmp_path / f"{kind}.json"
        await (await download.value).save_as(files[kind])
    assert "zones" in json.loads(files["pretix"].read_text())
    changed: dict[str, Any] = json.loads(files["own"].read_text())
    changed["sections"][0]["label"] = "Stalls"
    files["own"].write_text(json.dumps(changed))
    for kind, label in (("own", "Stalls"), ("pretix", "Hall")):
        async with page.expect_file_chooser() as chooser:
            await page.get_by_role("button", name="Import").click()
        await (await chooser.value).set_files(files[kind])
        if kind == "pretix":
            await page.get_by_role("dialog").get_by_role("button", name="Import").click()
        await expect(page.get_by_role("button", name=f"{label} 20 seats")).to_be_visible()
    one.settled()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_every_page_is_accessible_and_fits(
    open_page: Opener, web_scene: Scene, shots: Path, size: tuple[int, int], dark: bool
) -> None:
    """axe, console and policy have nothing to say; nothing is wider than the window; each is kept as a picture."""
    one = await opened_as(open_page, await email_of(web_scene.owner), "/organiser", size=size, dark=dark)
    for name, path in PAGES.items():
        await shown(one.page, path.format(**web_scene.ids))
        await one.page.wait_for_load_state("networkidle")
        mark = f"{size[0]}-{'dark' if dark else 'light'}"
        await one.page.screenshot(path=shots / f"organiser-{name}-{mark}.png", full_page=True, animations="disabled")
        await one.accessible()
        assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    one.settled()


async def test_every_page_is_in_turkish(open_page: Opener, web_scene: Scene) -> None:
    """Each word of a page is in its reader's language, and none is the name of a text."""
    words = {lang: json.loads((WEB / f"assets/i18n/{lang}/organiser.json").read_text()) for lang in ("en", "tr")}
    assert words["en"].keys() == words["tr"].keys()
    plain = {lang: {word for word in words[lang].values() if isinstance(word, str)} for lang in words}
    only_english, keys = plain["en"] - plain["tr"] - {"Owner"}, set(words["en"])  # who is called so is
    one = await opened_as(open_page, await email_of(web_scene.owner), "/organiser", language="tr")
    for name, path in PAGES.items():
        await shown(one.page, path.format(**web_scene.ids))
        texts = await one.page.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => !e.children.length).map(e => e.textContent.trim())"
        )
        assert set(texts) & keys == set(), name
        assert set(texts) & only_english == set(), name
    one.settled()
