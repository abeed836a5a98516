"""The buyer's way in a real browser: seats, holds, payments, tickets, and all that comes between."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.stage import Stage, good
from tests.waiting import until
from tests.web.buying import CARDS, SEEN, House, at_checkout, house, in_list, pays, seat
from tests.web.conftest import DESKTOP, PHONE, Opener

QUICK = 1_000  # milliseconds: what the order says of live seats
SOLD = 30_000  # for a whole purchase on a busy machine
THANKS = "It worked"


@pytest.fixture(scope="module")
async def tosca(web_stage: Stage) -> House:
    """For tests that take seats of their own of it."""
    return await house(web_stage)


async def tickets_of(page: Page, count: int) -> None:
    await page.wait_for_url("**/orders/**", timeout=SOLD)
    await expect(page.locator(".ticket img.qr")).to_have_count(count, timeout=SOLD)
    for qr in await page.locator(".ticket img.qr").all():
        assert await qr.evaluate("(image) => image.decode().then(() => image.naturalWidth > 0)")


async def test_from_the_map_to_the_tickets(open_page: Opener, tosca: House) -> None:
    """Two seats are chosen, held, paid; the page has a good QR code for each, and the order is among one's own."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 1, 2)
    await pays(one.page, CARDS["good"])
    await tickets_of(one.page, 2)
    await expect(one.page.get_by_text(THANKS)).to_be_visible()
    await one.page.get_by_role("link", name="My orders").click()
    await expect(one.page.locator(".order-card")).to_have_count(1)
    one.settled()


async def test_a_hold_is_seen_by_others_within_a_second(open_page: Opener, tosca: House) -> None:
    """Two browsers on one showtime: what one holds is taken for the other; given back, it is free again."""
    ada, eve = await open_page(tosca.path), await open_page(tosca.path)
    for one in (ada, eve):
        await in_list(one.page)
        await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)
    await seat(ada.page, "B", 1).click()
    async with ada.page.expect_response(re.compile("/holds$")) as answered:
        await ada.page.get_by_role("button", name="Hold and continue").click()
    assert (await answered.value).status == 201
    await expect(seat(eve.page, "B", 1)).to_have_attribute("data-state", "taken", timeout=QUICK)
    await ada.page.get_by_role("button", name="Give back").click()
    await expect(seat(eve.page, "B", 1)).to_have_attribute("data-state", "free", timeout=SEEN)
    ada.settled()
    eve.settled()


async def test_both_choose_the_same_seat(open_page: Opener, tosca: House) -> None:
    """Who is second is told kindly which one is gone, while still choosing, and takes the neighbour that is offered."""
    ada, eve = await open_page(tosca.path), await open_page(tosca.path)
    for one in (ada, eve):
        await in_list(one.page)
        await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)
        await seat(one.page, "B", 5).click()
    await ada.page.get_by_role("button", name="Hold and continue").click()
    await expect(eve.page.get_by_text("Somebody was a moment quicker: Stalls, row B, seat 5 is gone")).to_be_visible(
        timeout=SEEN
    )
    await eve.page.get_by_role("button", name=re.compile("instead$")).click()
    await eve.page.get_by_role("button", name="Hold and continue").click()
    await expect(eve.page.get_by_role("heading", name="Checkout")).to_be_visible(timeout=SEEN)
    ada.settled()
    eve.settled()


async def test_the_hold_itself_comes_too_late(open_page: Opener, web_stage: Stage, tosca: House) -> None:
    """The page is not live, both clicked: the refused hold says the same, and the rest of the choice stays."""
    eve = await open_page(tosca.path)
    await in_list(eve.page)
    await eve.page.route("**/holds", _taken_before(web_stage, tosca))
    for number in (8, 9):
        await seat(eve.page, "B", number).click()
    eve.expected.append("409")
    await eve.page.get_by_role("button", name="Hold and continue").click()
    await expect(eve.page.get_by_text("Somebody was a moment quicker")).to_be_visible(timeout=SEEN)
    await expect(eve.page.locator(".basket h2")).to_have_text("1 seat chosen")
    eve.settled()


def _taken_before(stage: Stage, where: House) -> Callable[[Route], Awaitable[None]]:
    async def before(route: Route) -> None:
        somebody = await stage.guest()
        good(await somebody("POST", f"/api/showtimes/{where.showtime_id}/holds", {"seatIds": ["B8"]}))
        await route.continue_()

    return before


async def test_a_declined_card_and_then_another(open_page: Opener, tosca: House, shots: Path) -> None:
    """It is said why, the seats are still held, the card is forgotten, and another one buys them."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 4)
    one.expected.append("402")
    await pays(one.page, CARDS["declined"])
    await expect(one.page.get_by_text("The payment did not go through")).to_be_visible(timeout=SOLD)
    await expect(one.page.get_by_label("Card number")).to_have_value("")
    await one.page.screenshot(path=shots / "declined.png", full_page=True)
    await pays(one.page, CARDS["good"])
    await tickets_of(one.page, 1)
    one.settled()


async def test_the_bank_asks_and_the_buyer_approves(open_page: Opener, tosca: House) -> None:
    """Its page takes ours' place, comes back, and the tickets are there."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 5)
    await pays(one.page, CARDS["secure"])
    await one.page.wait_for_url("**/pos/3ds/**", timeout=SOLD)
    await one.page.get_by_role("button", name="Approve").click()
    await tickets_of(one.page, 1)
    one.settled()


async def test_the_bank_asks_and_the_buyer_refuses(open_page: Opener, tosca: House) -> None:
    """Nothing was charged, the seats are still held, and another card buys them."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 6)
    await pays(one.page, CARDS["secure"])
    await one.page.wait_for_url("**/pos/3ds/**", timeout=SOLD)
    await one.page.get_by_role("button", name="Refuse").click()
    await expect(one.page.get_by_text("It was not confirmed on the bank's page.")).to_be_visible(timeout=SOLD)
    await pays(one.page, CARDS["good"])
    await tickets_of(one.page, 1)
    one.settled()


async def test_who_goes_back_from_the_bank_is_asked_again(open_page: Opener, tosca: House) -> None:
    """The browser's own way back: the page knows of the payment, and lets it be given up."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 7)
    address = one.page.url
    await pays(one.page, CARDS["secure"])
    await one.page.wait_for_url("**/pos/3ds/**", timeout=SOLD)
    await one.page.goto(f"{address}?back")
    await one.page.get_by_role("button", name="Do not pay").click(timeout=SOLD)
    await expect(one.page.get_by_text("You stopped it.")).to_be_visible(timeout=SOLD)
    await pays(one.page, CARDS["good"])
    await tickets_of(one.page, 1)
    one.settled()


async def test_the_connection_is_lost_in_mid_payment(open_page: Opener, tosca: House) -> None:
    """The answer never comes; after a reload the page finds the same checkout: one order, one payment, its tickets."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 8)
    sent: list[str] = []

    async def cut(route: Route) -> None:
        sent.append(route.request.headers["idempotency-key"])
        if len(sent) == 1:
            await route.fetch()  # it arrives, and its answer does not
        await route.abort()

    await one.page.route("**/api/checkouts", cut)
    one.expected.append("ERR_FAILED")
    await pays(one.page, CARDS["good"])
    await until(lambda: len(sent) >= 1)
    await one.page.reload()
    await tickets_of(one.page, 1)
    assert len(set(sent)) == 1
    await one.page.goto("/orders")
    await expect(one.page.locator(".order-card")).to_have_count(1)
    one.settled()


async def test_the_hold_runs_out_on_the_map(open_page: Opener, web_stage: Stage, shots: Path) -> None:
    """The clock runs down, the page says so and what it means, and the same seats can be chosen again."""
    short = await house(web_stage, hold_seconds=4)
    one = await open_page(short.path)
    await one.page.get_by_role("button", name="Find best seats").click()
    await expect(one.page.get_by_text("2 seats held for you")).to_be_visible(timeout=SEEN)
    one.expected.append("410")
    await expect(one.page.get_by_text("The time for your seats ran out")).to_be_visible(timeout=SEEN)
    await one.page.screenshot(path=shots / "hold-over.png")
    await one.page.get_by_role("button", name="Choose the same again").click()
    await expect(one.page.locator(".basket h2")).to_have_text("2 seats chosen")
    one.settled()


async def test_the_hold_runs_out_at_the_checkout(open_page: Opener, web_stage: Stage, shots: Path) -> None:
    """The form gives way to what happened and to the way back."""
    short = await house(web_stage, hold_seconds=5)
    one = await open_page(short.path)
    await at_checkout(one.page, "C", 1)
    one.expected.append("410")
    await expect(one.page.get_by_role("heading", name="The time for your seats ran out")).to_be_visible(timeout=SEEN)
    await one.page.screenshot(path=shots / "hold-over-checkout.png")
    await one.page.get_by_role("link", name="Choose seats").click()
    await expect(one.page.get_by_role("heading", name="Tosca")).to_be_visible(timeout=SEEN)
    one.settled()


async def test_more_time_and_one_seat_less(open_page: Opener, tosca: House) -> None:
    """A hold is given its time anew, and one of its seats back; what is to be paid follows."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "C", 2, 3)
    await expect(one.page.locator(".pay-form button.primary")).to_have_text("Pay ₺500")
    await one.page.get_by_role("button", name="More time").click()
    await one.page.get_by_role("button", name="Put back: Stalls, row C, seat 3").click()
    await expect(one.page.locator(".pay-form button.primary")).to_have_text("Pay ₺250")
    await one.page.get_by_role("link", name="Back to the map").click()
    await expect(one.page.get_by_text("1 seat held for you")).to_be_visible(timeout=SEEN)
    one.settled()


async def test_what_costs_nothing_needs_no_card(open_page: Opener, web_stage: Stage) -> None:
    """There is no card to fill in, and the tickets are there."""
    free = await house(web_stage, price=0)
    one = await open_page(free.path)
    await at_checkout(one.page, "D", 1)
    await expect(one.page.get_by_label("Card number")).to_be_hidden()
    await pays(one.page, None)
    await tickets_of(one.page, 1)
    one.settled()


async def test_room_to_stand(open_page: Opener, tosca: House) -> None:
    """A number instead of seats; held, and shown as what it is."""
    one = await open_page(tosca.path)
    await in_list(one.page)
    await one.page.get_by_role("button", name=re.compile("^Floor: standing")).click()
    await one.page.get_by_role("dialog").get_by_label("Tickets").select_option("3")
    await one.page.get_by_role("dialog").get_by_role("button", name="Hold and continue").click()
    await expect(one.page.get_by_text("3 seats held for you")).to_be_visible(timeout=SEEN)
    await expect(one.page.locator(".basket .seats li").first).to_contain_text("Floor, standing")
    one.settled()


async def is_live(page: Page) -> None:
    """The page has its connection, and with it how the showtime stands: what changes from now on is told."""
    await expect(page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)


async def test_called_off_while_it_is_looked_at(open_page: Opener, web_stage: Stage, shots: Path) -> None:
    """The page says so by itself, as soon as it is told, and asks nobody."""
    off = await house(web_stage)
    one = await open_page(off.path)
    await is_live(one.page)
    asked: list[str] = []
    one.page.on("request", lambda request: asked.append(request.url))
    await off.owner("POST", f"/api/showtimes/{off.showtime_id}/cancel", {"reason": "ill"})
    await expect(one.page.get_by_text("This showtime is called off")).to_be_visible(timeout=SEEN)
    await expect(one.page.get_by_role("heading", level=1)).to_be_focused()
    await expect(one.page.locator(".seating")).to_have_count(0)
    assert asked == []
    await one.page.screenshot(path=shots / "called-off.png")
    await one.accessible()
    one.settled()


async def test_called_off_while_nobody_could_say_so(open_page: Opener, web_stage: Stage) -> None:
    """The connection was away; it is the first thing that the page learns when it is back."""
    off = await house(web_stage)
    one = await open_page(off.path)
    await is_live(one.page)
    await one.page.context.set_offline(True)
    await expect(one.page.locator(".live-badge:not([data-state=live])")).to_be_visible(timeout=SEEN)
    await off.owner("POST", f"/api/showtimes/{off.showtime_id}/cancel", {"reason": "ill"})
    await one.page.context.set_offline(False)
    await expect(one.page.get_by_text("This showtime is called off")).to_be_visible(timeout=2 * SEEN)


async def test_called_off_before_it_is_paid(open_page: Opener, web_stage: Stage) -> None:
    """Whoever stands before the form is told that nothing was charged."""
    off = await house(web_stage)
    one = await open_page(off.path)
    await at_checkout(one.page, "A", 1)
    await off.owner("POST", f"/api/showtimes/{off.showtime_id}/cancel", {"reason": "ill"})
    await expect(one.page.get_by_role("heading", name="This showtime is called off")).to_be_visible(timeout=SEEN)
    await expect(one.page.get_by_text("Nothing was charged.")).to_be_visible()
    one.settled()


async def test_moved_and_dearer_while_it_is_looked_at(open_page: Opener, web_stage: Stage) -> None:
    """It says so; what was chosen is still chosen, at its new price, and the map is the same."""
    moved = await house(web_stage)
    one = await open_page(moved.path)
    await is_live(one.page)
    await in_list(one.page)
    await seat(one.page, "B", 2).click()
    await expect(one.page.locator(".basket .total")).to_contain_text("₺250")
    showtime = good(await moved.owner("GET", f"/api/showtimes/{moved.showtime_id}"))
    tier = next(tier for tier in showtime["tiers"] if tier["name"] == "Premium")
    good(await moved.owner("PATCH", f"/api/showtimes/{moved.showtime_id}/tiers/{tier['id']}", {"price": 30_000}))
    await expect(one.page.get_by_text("changed the terms")).to_be_visible(timeout=SEEN)
    await expect(one.page.locator(".basket .total")).to_contain_text("₺300")
    later = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    good(await moved.owner("PATCH", f"/api/showtimes/{moved.showtime_id}", {"startsAt": later}))
    await expect(one.page.get_by_text("This showtime was moved.")).to_be_visible(timeout=SEEN)
    await expect(one.page.locator(".basket .seats li")).to_have_count(1)
    await holds_it(one.page)
    one.settled()


async def holds_it(page: Page) -> None:
    await page.get_by_role("button", name="Hold and continue").click()
    await expect(page.get_by_role("heading", name="Checkout")).to_be_visible(timeout=SEEN)


async def test_a_ticket_is_given_back(open_page: Opener, tosca: House, shots: Path) -> None:
    """One of two: what comes back is said before, its code is gone, and the money follows."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "D", 5, 6)
    await pays(one.page, CARDS["good"])
    await tickets_of(one.page, 2)
    await one.page.get_by_role("button", name="Give tickets back").click()
    asked = one.page.get_by_role("dialog")
    await asked.get_by_role("checkbox").first.uncheck()
    await expect(asked.locator(".total")).to_contain_text("₺250")
    await one.page.screenshot(path=shots / "refund.png")
    await asked.get_by_role("button", name="Give back").click()
    await expect(one.page.locator(".ticket")).to_have_count(1, timeout=SOLD)
    await expect(one.page.get_by_text("₺250 went back to your card")).to_be_visible(timeout=SOLD)
    one.settled()


async def test_a_purchase_by_keyboard_alone(open_page: Opener, tosca: House) -> None:
    """Tab, arrows and Enter are enough: from the list of seats to the tickets."""
    one = await open_page(tosca.path)
    keys = one.page.keyboard

    async def tab_to(selector: str) -> None:
        for _ in range(60):
            if await one.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
            await keys.press("Tab")
        pytest.fail(f"no way to {selector}")

    await tab_to('[role=tab][aria-selected="true"]')
    await keys.press("ArrowRight")
    await tab_to('[role=gridcell][tabindex="0"]')
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "End", "Enter", "ArrowLeft", "Enter"):
        await keys.press(key)
    await expect(one.page.locator(".basket h2")).to_have_text("2 seats chosen")
    await tab_to(".basket .primary")
    await keys.press("Enter")
    await expect(one.page.get_by_role("heading", name="Checkout")).to_be_focused(timeout=SEEN)
    for text in ("Ada Lovelace", "ada@example.com", CARDS["good"], "1240", "123"):
        await keys.press("Tab")
        await tab_to(".pay-form input")
        await keys.type(text)
    await keys.press("Enter")
    await tickets_of(one.page, 2)
    one.settled()


async def test_offline_and_back(open_page: Opener, tosca: House, web_stage: Stage) -> None:
    """The page says that it is not live, and when the network is back it shows what happened meanwhile."""
    one = await open_page(tosca.path)
    await in_list(one.page)
    await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)
    await one.page.context.set_offline(True)
    await expect(one.page.locator(".live-badge[data-state=offline]")).to_be_visible(timeout=SEEN)
    somebody = await web_stage.guest()
    good(await somebody("POST", f"/api/showtimes/{tosca.showtime_id}/holds", {"seatIds": ["C7"]}))
    await one.page.context.set_offline(False)
    await expect(seat(one.page, "C", 7)).to_have_attribute("data-state", "taken", timeout=SEEN)
    await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)
    one.settled()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_every_state_can_be_read_by_all(
    open_page: Opener, tosca: House, shots: Path, size: tuple[int, int], dark: bool
) -> None:
    """Map, list, choice, hold, checkout, tickets, orders: axe finds nothing, and each is kept as a picture."""
    one = await open_page(tosca.path, size=size, dark=dark)
    mark = f"{size[0]}-{'dark' if dark else 'light'}"

    async def looked_at(name: str) -> None:
        await one.page.screenshot(path=shots / f"buyer-{name}-{mark}.png")
        await one.accessible()

    await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)
    await looked_at("map")
    await in_list(one.page)
    await looked_at("list")
    await one.page.get_by_role("tab", name="Map").click()
    await one.page.get_by_role("button", name="Find best seats").click()
    await expect(one.page.get_by_text("2 seats held for you")).to_be_visible(timeout=SEEN)
    await looked_at("held")
    await one.page.get_by_role("button", name="Continue to payment").click()
    await expect(one.page.get_by_role("heading", name="Checkout")).to_be_visible(timeout=SEEN)
    await looked_at("checkout")
    await pays(one.page, CARDS["good"])
    await tickets_of(one.page, 2)
    await looked_at("tickets")
    await one.page.get_by_role("link", name="My orders").click()
    await expect(one.page.locator(".order-card").first).to_be_visible(timeout=SEEN)
    await looked_at("orders")
    one.settled()


async def test_in_turkish(open_page: Opener, tosca: House, shots: Path) -> None:
    """Every word of the way is Turkish; turned in the middle, what was chosen stays chosen."""
    one = await open_page(tosca.path, size=PHONE, language="tr")
    await in_list(one.page)
    await one.page.get_by_role("gridcell", name="Stalls, D sırası, 9 numara").click()
    await expect(one.page.locator(".basket h2")).to_have_text("1 koltuk seçildi")
    await one.page.screenshot(path=shots / "buyer-tr.png")
    await one.page.get_by_role("button", name="English").click()
    await expect(one.page.locator(".basket h2")).to_have_text("1 seat chosen")
    one.settled()


async def test_the_script_of_a_first_load_is_small(open_page: Opener, tosca: House) -> None:
    """All that the seat map's page loads is less than 150 kB, unpacked."""
    one = await open_page(tosca.path)
    assert 0 < sum(one.scripts.values()) < 150_000, one.scripts
    one.settled()
