"""Back, forward and reload in the middle of buying: people press them at any moment."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.stage import Stage
from tests.web.buying import CARDS, SEEN, House, at_checkout, house, in_list, pays, seat
from tests.web.conftest import Opener

SOLD = 30_000  # milliseconds for a whole purchase on a busy machine


@pytest.fixture(scope="module")
async def tosca(web_stage: Stage) -> House:
    return await house(web_stage)


async def _at_the_form(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Checkout")).to_be_visible(timeout=SEEN)


async def _bought(page: Page, tickets: int) -> None:
    await page.wait_for_url("**/orders/**", timeout=SOLD)
    await expect(page.locator(".ticket img.qr")).to_have_count(tickets, timeout=SOLD)


async def _seconds(page: Page) -> int:
    minutes, seconds = ((await page.locator(".hold-clock strong").text_content()) or "").split(":")
    return int(minutes) * 60 + int(seconds)


async def test_a_reload_at_the_checkout(open_page: Opener, tosca: House) -> None:
    """The same seats are held for the time that was left, and can be paid."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 1, 2)
    before = await _seconds(one.page)
    await one.page.reload()
    await _at_the_form(one.page)
    await expect(one.page.locator(".basket .seats li")).to_have_count(2)
    assert await _seconds(one.page) <= before
    await pays(one.page, CARDS["good"])
    await _bought(one.page, 2)
    one.settled()


async def test_back_to_the_map_and_forward_again(open_page: Opener, tosca: House) -> None:
    """The map shows the seats as held, forward is the same checkout, and what it buys was never held twice."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 3, 4)
    address = one.page.url
    await one.page.go_back()
    await expect(one.page.get_by_text("2 seats held for you")).to_be_visible(timeout=SEEN)
    await one.page.reload()
    await expect(one.page.get_by_text("2 seats held for you")).to_be_visible(timeout=SEEN)
    await one.page.go_forward()
    await _at_the_form(one.page)
    assert one.page.url == address
    await pays(one.page, CARDS["good"])
    await _bought(one.page, 2)
    one.settled()


async def test_given_back_and_then_forward(open_page: Opener, tosca: House) -> None:
    """The checkout of seats that were given back says that they are not held, and leads to the map."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 5)
    await one.page.go_back()
    await expect(one.page.get_by_role("button", name="Continue to payment")).to_be_visible(timeout=SEEN)
    await one.page.get_by_role("button", name="Give back").click()
    await expect(one.page.get_by_role("button", name="Find best seats")).to_be_visible(timeout=SEEN)
    one.expected.append("410")
    await one.page.go_forward()
    await expect(one.page.get_by_role("heading", name="The time for your seats ran out")).to_be_visible(timeout=SEEN)
    await one.page.get_by_role("link", name="Choose seats").click()
    await in_list(one.page)
    await expect(seat(one.page, "A", 5)).to_have_attribute("data-state", "free", timeout=SEEN)
    one.settled()


async def test_back_from_the_tickets(open_page: Opener, tosca: House) -> None:
    """Back is the map, where nothing is held; forward are the tickets: the checkout is no more in between."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 6)
    await pays(one.page, CARDS["good"])
    await _bought(one.page, 1)
    await one.page.go_back()
    await expect(one.page.get_by_role("button", name="Find best seats")).to_be_visible(timeout=SEEN)
    await expect(one.page.locator(".hold-clock")).to_have_count(0)
    await one.page.go_forward()
    await _bought(one.page, 1)
    one.settled()


async def test_back_past_the_bank(open_page: Opener, tosca: House) -> None:
    """The address of a checkout that was paid leads to its tickets; nobody is told that the seats are lost."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 7)
    checkout = one.page.url
    await pays(one.page, CARDS["secure"])
    await one.page.wait_for_url("**/pos/3ds/**", timeout=SOLD)
    await one.page.get_by_role("button", name="Approve").click()
    await _bought(one.page, 1)
    order = one.page.url.split("?")[0]
    one.expected.append("410")
    await one.page.goto(checkout)
    await expect(one.page.locator(".ticket img.qr")).to_have_count(1, timeout=SOLD)
    assert one.page.url == order
    one.settled()


async def test_a_reload_while_the_bank_is_asked(open_page: Opener, tosca: House) -> None:
    """The answer takes its time, the page is loaded anew: it goes on waiting, and one order comes of it."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 8)
    await pays(one.page, CARDS["slow"])
    await expect(one.page.locator(".pay-form button.primary[aria-busy=true], .waiting").first).to_be_visible(
        timeout=SEEN
    )
    one.expected += ["ERR_ABORTED", "Failed to fetch"]
    await one.page.reload()
    await _bought(one.page, 1)
    await one.page.goto("/orders")
    await expect(one.page.locator(".order-card")).to_have_count(1)
    one.settled()


async def test_what_was_chosen_survives_a_reload(open_page: Opener, tosca: House) -> None:
    """Nothing is held yet, and the choice is still there, also after a look at another page."""
    one = await open_page(tosca.path)
    await in_list(one.page)
    for number in (9, 10):
        await seat(one.page, "A", number).click()
    await one.page.reload()
    await expect(one.page.locator(".basket h2")).to_have_text("2 seats chosen")
    await one.page.get_by_role("link", name="What's on").click()
    await expect(one.page.get_by_role("heading", name=re.compile("What's on"))).to_be_visible(timeout=SEEN)
    await one.page.go_back()
    await expect(one.page.locator(".basket h2")).to_have_text("2 seats chosen")
    one.settled()
