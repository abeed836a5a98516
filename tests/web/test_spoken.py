"""What is said, and where the focus is, while somebody buys who sees nothing of it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.stage import Stage, good
from tests.web.buying import SEEN, House, at_checkout, house, in_list, seat
from tests.web.conftest import Opener, Watched

# Everything that the live regions have come to say, in order; a region that is there only with its words is not heard.
_LISTEN = """
window.heard = [];
const live = '[aria-live]:not([aria-live=off]), [role=status], [role=alert]';
const told = new WeakSet();
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const node = target.nodeType === 1 ? target : target.parentElement;
    const region = node?.closest(live);
    if (region && told.has(region) && region.textContent.trim()) window.heard.push(region.textContent.trim());
  }
  for (const region of document.querySelectorAll(live)) told.add(region);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


@pytest.fixture(scope="module")
async def tosca(web_stage: Stage) -> House:
    return await house(web_stage)


async def _heard(page: Page, text: str) -> None:
    await page.wait_for_function("(text) => window.heard.some((one) => one.includes(text))", arg=text, timeout=SEEN)


async def _silent(page: Page, text: str) -> None:
    assert not await page.evaluate("(text) => window.heard.some((one) => one.includes(text))", text)


async def _is_live(one: Watched) -> None:
    await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)


async def _focus(page: Page) -> str:
    """What has the focus, as its role or name of element says."""
    return str(await page.evaluate("document.activeElement.getAttribute('role') ?? document.activeElement.localName"))


async def test_the_tree_of_the_seat_map(open_page: Opener, tosca: House) -> None:
    """Landmarks, headings and controls have their names; a seat says where it is, what it costs and how it stands."""
    one = await open_page(tosca.path)
    await in_list(one.page)
    await expect(one.page.locator("body")).to_match_aria_snapshot(
        """
        - banner:
          - navigation "Main"
        - main:
          - heading "Tosca" [level=1]
          - combobox "Tickets"
          - combobox "Price"
          - checkbox "Side by side" [checked]
          - button "Find best seats"
          - tablist "How to choose":
            - tab "Map"
            - tab "List" [selected]
          - tabpanel "List":
            - combobox "Section"
            - grid "Seats":
              - row:
                - rowheader "A"
                - gridcell /Stalls, row A, seat 1, Premium, ₺250.*, free/
          - complementary "Your seats"
        - contentinfo
        """
    )
    one.settled()


async def test_the_tree_of_the_checkout(open_page: Opener, tosca: House) -> None:
    """Every field has its name, the group of the card is one, and what is held is beside it with its own."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "A", 1)
    await expect(one.page.locator("main")).to_match_aria_snapshot(
        """
        - heading "Checkout" [level=1]
        - group "Who are the tickets for?":
          - textbox "Name"
          - textbox "E-mail"
        - group "Card":
          - textbox "Card number"
          - textbox "Expires"
          - textbox "Security code"
        - button "Pay ₺250"
        - complementary "What you buy":
          - heading "1 seat held for you" [level=2]
          - list
          - button "More time"
          - link "Back to the map"
          - button "Give back"
        """
    )
    one.settled()


async def test_choosing_is_said(open_page: Opener, tosca: House) -> None:
    """A seat that was taken up and one that was put back, with how many there are now."""
    one = await open_page(tosca.path, before=_LISTEN)
    await in_list(one.page)
    await seat(one.page, "A", 3).click()
    await _heard(one.page, "Chosen: Stalls, row A, seat 3. 1 in all.")
    await expect(seat(one.page, "A", 3)).to_have_attribute("aria-selected", "true")
    await seat(one.page, "A", 3).click()
    await _heard(one.page, "Put back: Stalls, row A, seat 3. 0 in all.")
    one.settled()


async def test_a_seat_that_is_lost_is_said(open_page: Opener, web_stage: Stage, tosca: House) -> None:
    """Once, as lost and not as put back; the focus stays in the basket, where it was."""
    one = await open_page(tosca.path, before=_LISTEN)
    await _is_live(one)
    await in_list(one.page)
    for number in (5, 6):
        await seat(one.page, "A", number).click()
    await one.page.get_by_role("button", name="Put back: Stalls, row A, seat 5").focus()
    somebody = await web_stage.guest()
    good(await somebody("POST", f"/api/showtimes/{tosca.showtime_id}/holds", {"seatIds": ["A5"]}))
    await _heard(one.page, "Somebody was a moment quicker: Stalls, row A, seat 5 is gone")
    await _silent(one.page, "Put back")
    await expect(one.page.locator(".basket button:focus")).to_have_count(1)
    await expect(seat(one.page, "A", 5)).to_have_accessible_name(re.compile("not available"))
    one.settled()


async def test_the_end_of_a_hold_is_said(open_page: Opener, web_stage: Stage) -> None:
    """That a minute is left, that it is over; and the focus goes from the button that is gone to the way on."""
    short = await house(web_stage, hold_seconds=8)
    one = await open_page(short.path, before=_LISTEN)
    await one.page.get_by_role("button", name="Find best seats").click()
    await _heard(one.page, "Held for you: ")
    await _heard(one.page, "Less than a minute is left.")
    await one.page.get_by_role("button", name="Continue to payment").focus()
    one.expected.append("410")
    await _heard(one.page, "The time for your seats ran out")
    await expect(one.page.get_by_role("button", name="Choose the same again")).to_be_focused()
    one.settled()


async def test_the_end_of_a_hold_at_the_checkout_is_said(open_page: Opener, web_stage: Stage) -> None:
    """In the middle of typing: an alert, and the focus on what is said."""
    short = await house(web_stage, hold_seconds=6)
    one = await open_page(short.path)
    await at_checkout(one.page, "C", 1)
    await one.page.get_by_label("Card number").focus()
    one.expected.append("410")
    await expect(one.page.locator(".empty[role=alert]")).to_contain_text(
        "The time for your seats ran out", timeout=SEEN
    )
    await expect(one.page.get_by_role("heading", name="The time for your seats ran out")).to_be_focused()
    one.settled()


async def test_what_is_done_to_a_hold_is_said(open_page: Opener, tosca: House) -> None:
    """More time, one seat less: both are heard, and the keyboard goes on from where it was."""
    one = await open_page(tosca.path, before=_LISTEN)
    await at_checkout(one.page, "B", 1, 2)
    for name, words in (
        ("More time", "You have more time:"),
        ("Put back: Stalls, row B, seat 2", "Given back: Stalls, row B, seat 2."),
    ):
        await one.page.get_by_role("button", name=name).focus()
        await one.page.keyboard.press("Enter")
        await _heard(one.page, words)
        assert await one.page.evaluate("document.querySelector('.summary').contains(document.activeElement)")
    one.settled()


async def test_given_back_on_the_map(open_page: Opener, tosca: House) -> None:
    """The button is gone with the hold: the focus stays in the basket, and not at the top of the page."""
    one = await open_page(tosca.path, before=_LISTEN)
    await one.page.get_by_role("button", name="Find best seats").click()
    await expect(one.page.get_by_role("button", name="Give back")).to_be_visible(timeout=SEEN)
    await one.page.get_by_role("button", name="Give back").focus()
    await one.page.keyboard.press("Enter")
    await _heard(one.page, "Your seats are free again.")
    assert await _focus(one.page) == "aside"
    one.settled()


async def test_a_mistake_in_the_form_is_said(open_page: Opener, tosca: House) -> None:
    """The field that is wrong has the focus, is marked, and its words belong to it."""
    one = await open_page(tosca.path)
    await at_checkout(one.page, "B", 5)
    await one.page.get_by_label("Name", exact=True).fill("Ada")
    await one.page.get_by_label("E-mail").fill("ada@example.com")
    number = one.page.get_by_label("Card number")
    await number.press_sequentially("4242424242424241")
    await number.press("Enter")
    await expect(number).to_be_focused()
    await expect(number).to_have_attribute("aria-invalid", "true")
    await expect(number).to_have_accessible_description(re.compile("number", re.IGNORECASE))
    one.settled()
