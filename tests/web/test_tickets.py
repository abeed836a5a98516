"""Tickets on paper and in a calendar: what a buyer takes along."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.stage import Stage, good
from tests.web.buying import CARDS, SEEN, House, at_checkout, house, pays
from tests.web.conftest import Opener, Watched

SOLD = 30_000  # milliseconds for a whole purchase on a busy machine
LINE = 75  # octets of a line, RFC 5545 3.1
SEATS = (1, 2, 3)

_SEEN_ON_PAPER = """
() => [...document.querySelectorAll('body *')].filter((one) => !one.children.length && one.checkVisibility()
  && !one.closest('.ticket') && one.textContent.trim()).map((one) => one.textContent)
"""
_DECODED = """
async ([decoder, bytes]) => {
  const { default: decode } = await import(decoder);
  const image = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))]));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return decode(context.getImageData(0, 0, image.width, image.height));
}
"""


@pytest.fixture(scope="module")
async def tosca(web_stage: Stage) -> House:
    return await house(web_stage)


async def _bought(open_page: Opener, where: House, row: str, *, dark: bool = False) -> Watched:
    """The page of an order with three tickets."""
    one = await open_page(where.path, dark=dark)
    await at_checkout(one.page, row, *SEATS)
    await pays(one.page, CARDS["good"])
    await one.page.wait_for_url("**/orders/**", timeout=SOLD)
    await expect(one.page.locator(".ticket img.qr")).to_have_count(len(SEATS), timeout=SOLD)
    return one


async def test_paper_has_the_tickets_and_nothing_else(open_page: Opener, tosca: House) -> None:
    """Each says what it is for by itself; what was paid, the buttons and the page around it stay off the paper."""
    one = await _bought(open_page, tosca, "A")
    await one.page.emulate_media(media="print")
    assert await one.page.evaluate(_SEEN_ON_PAPER) == []
    for ticket, number in zip(await one.page.locator(".ticket").all(), SEATS, strict=True):
        for text in ("Tosca", "Grand Theatre, Istanbul", f"Stalls, row A, seat {number}", str(datetime.now(UTC).year)):
            await expect(ticket).to_contain_text(text)
        await expect(ticket.locator(".print-only")).to_be_visible()
    one.settled()


async def test_no_ticket_is_torn(open_page: Opener, tosca: House) -> None:
    """On sheets that have room for one and a half, three tickets are three sheets."""
    one = await _bought(open_page, tosca, "B")
    await one.page.emulate_media(media="print")
    for ticket in await one.page.locator(".ticket").all():
        await expect(ticket).to_have_css("break-inside", "avoid")
    high = await one.page.locator(".ticket").first.evaluate("(ticket) => ticket.getBoundingClientRect().height")
    paper = await one.page.pdf(width="700px", height=f"{high * 1.5:.0f}px", print_background=False)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == len(SEATS)
    one.settled()


async def test_a_door_can_read_the_paper(open_page: Opener, tosca: House) -> None:
    """The codes that are printed, from a dark screen too, are those of the tickets; the words are dark on white."""
    one = await _bought(open_page, tosca, "C", dark=True)
    order = one.page.url.rsplit("/", 1)[1].split("?")[0]
    issued = await one.module("api", f"return m.api.get('/api/orders/{order}/tickets', {{ token: 'need' }})")
    await one.page.emulate_media(media="print", color_scheme="dark")
    session = await one.page.context.new_cdp_session(one.page)
    decoder = await one.page.evaluate("document.querySelector('link[href$=\"/core/api.js\"]').href")
    decoder = decoder.replace("core/api.js", "vendor/qr/decode.js")
    read = []
    for qr in await one.page.locator(".ticket img.qr").all():
        box = await qr.bounding_box()
        assert box is not None
        shot = await session.send(
            "Page.captureScreenshot", {"clip": {**box, "scale": 2}, "captureBeyondViewport": True}
        )
        read.append(await one.page.evaluate(_DECODED, [decoder, shot["data"]]))
    assert sorted(read) == sorted(ticket["code"] for ticket in issued["items"])
    ink = await one.page.locator(".ticket-seat").first.evaluate("(one) => getComputedStyle(one).color")
    assert max(int(part) for part in re.findall(r"\d+", ink)[:3]) < 100
    one.settled()


async def test_the_calendar_has_the_right_hour(open_page: Opener, tosca: House) -> None:
    """The file's hour is the showtime's, in UTC and so in every zone; it says which seats and where."""
    one = await _bought(open_page, tosca, "D")
    showtime = good(await tosca.owner("GET", f"/api/showtimes/{tosca.showtime_id}"))
    async with one.page.expect_download(timeout=SEEN) as begun:
        await one.page.get_by_role("button", name="Add to calendar").click()
    download = await begun.value
    assert download.suggested_filename == "aisle.ics"
    entry = _read((await download.path()).read_bytes())
    starts = datetime.fromisoformat(showtime["startsAt"]).replace(microsecond=0)
    assert _moment(entry["DTSTART"]) == starts
    assert _moment(entry["DTEND"]) == starts + timedelta(hours=2)
    assert abs(_moment(entry["DTSTAMP"]) - datetime.now(UTC)) < timedelta(minutes=10)
    assert entry["SUMMARY"] == "Tosca"
    assert entry["LOCATION"] == r"Grand Theatre\, Istanbul"
    assert all(f"row D\\, seat {number}" in entry["DESCRIPTION"] for number in SEATS)
    assert entry["URL"] == one.page.url.split("?")[0]
    one.settled()


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_any_name_is_a_calendars_text(open_page: Opener, language: str) -> None:
    """Commas, semicolons, backslashes and new lines are escaped; long lines are folded between letters, not within."""
    one = await open_page("/orders", language=language)
    name = "Çığ, Şölen; \\ ve\r\n“Ötesi” " + "üğışçö🎭" * 40
    found = await one.page.evaluate(
        """async (order) => {
          const core = document.querySelector('link[href$="/core/api.js"]').href;
          const { calendar } = await import(core.replace('core/api.js', 'buyer/calendar.js'));
          return calendar(order, 'Süreyya Operası, Kadıköy; İstanbul');
        }""",
        {
            "id": "order_1",
            "eventName": name,
            "startsAt": "2026-10-25T00:30:00Z",
            "timeZone": "Europe/Istanbul",
            "items": [],
        },
    )
    entry = _read(found.encode())
    escaped = name.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\r\n", "\\n")
    assert entry["SUMMARY"] == escaped
    assert entry["LOCATION"] == "Süreyya Operası\\, Kadıköy\\; İstanbul"
    assert (entry["DTSTART"], entry["DTEND"]) == ("20261025T003000Z", "20261025T023000Z")
    one.settled()


def _read(file: bytes) -> dict[str, Any]:
    """The properties of the one event, unfolded; every line is as RFC 5545 wants it."""
    assert file.endswith(b"\r\n")
    lines = file.removesuffix(b"\r\n").split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(len(line) for line in lines) <= LINE
    whole: list[str] = []
    for text in (line.decode() for line in lines):  # which fails where a letter is cut in two
        if text.startswith(" "):
            whole[-1] += text[1:]
        else:
            whole.append(text)
    assert (whole[0], whole[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert json.dumps(whole).count("BEGIN:VEVENT") == 1
    return dict(line.split(":", 1) for line in whole)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
