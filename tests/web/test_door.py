from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import segno
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.stage import Stage
from tests.waiting import until
from tests.web.conftest import CHROMIUM, DESKTOP, PHONE, Opener, Watched, watched
from tests.web.house import House, log_in, opened, registered

TITLE = ".answer .title"


@pytest.fixture
async def house(web_stage: Stage) -> House:
    return await opened(web_stage)


async def at_the_door(open_page: Opener, house: House, **how: object) -> Watched:
    """Logged in, showtime and gate chosen, and ready offline, too."""
    one = await open_page("/door", **how)
    await log_in(one.page, house.email)
    await begin(one.page)
    await one.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    return one


async def begin(page: Page, gate: str = "Main entrance") -> None:
    await page.locator("input[name=showtime]").first.check()
    await page.locator("form input[type=text], form .field input").first.fill(gate)
    await page.locator("form button[type=submit]").click()
    await page.locator(".answer").wait_for()


async def scan(page: Page, code: str) -> None:
    await page.locator(".door form input").fill(code)
    await page.locator(".door form button[type=submit]").click()


async def shows(page: Page, title: str, kind: str) -> None:
    await expect(page.locator(TITLE)).to_have_text(title)
    await expect(page.locator(f".answer.{kind}")).to_be_visible()


async def test_a_ticket_opens_the_door_once(open_page: Opener, house: House) -> None:
    """The first scan lets in and says where the seat is; the second says when and where it was redeemed."""
    one = await at_the_door(open_page, house)
    await scan(one.page, house.codes["A1"])
    await shows(one.page, "Welcome", "good")
    await expect(one.page.locator(".answer .seat")).to_have_text("Parquet · Row A · Seat 1")
    await expect(one.page.locator(".answer")).to_contain_text("Ada Lovelace")
    await expect(one.page.locator(".entered")).to_have_text("1 of 4 came in")
    await scan(one.page, house.codes["A1"].lower())
    await shows(one.page, "Already inside", "bad")
    await expect(one.page.locator(".answer")).to_contain_text("Main entrance")
    assert (await house.counts())["entered"] == 1
    one.settled()


async def test_every_refusal_says_why(open_page: Opener, house: House) -> None:
    """A forgery, another showtime, a ticket that was given back, and one that came in by another gate."""
    one = await at_the_door(open_page, house)
    good_one = house.codes["A1"]
    for code, title in (
        ("HELLO", "Not a ticket"),
        (good_one[:-2] + ("A" if good_one[-2] != "A" else "B") + good_one[-1], "Not a ticket"),
        (house.codes["B1"], "Another showtime"),
    ):
        await scan(one.page, code)
        await shows(one.page, title, "bad")
    refund = await house.keeper("POST", f"/api/orders/{house.orders['A2']}/refunds", {"reason": "ill"})
    assert refund.status_code == 202
    await scan(one.page, house.codes["A2"])
    await shows(one.page, "No longer valid", "bad")
    await house.check("A3")
    await scan(one.page, house.codes["A3"])
    await shows(one.page, "Already inside", "bad")
    await expect(one.page.locator(".answer")).to_contain_text("Gate B")
    one.settled()


async def test_out_again_and_a_mistake_taken_back(open_page: Opener, house: House) -> None:
    """Undo lets nobody be inside; the direction Out says goodbye, and in again is welcome."""
    one = await at_the_door(open_page, house)
    await scan(one.page, house.codes["A1"])
    await one.page.get_by_role("button", name="Undo: did not go in").click()
    await shows(one.page, "Goodbye", "good")
    assert (await house.counts())["inside"] == 0
    await scan(one.page, house.codes["A1"])
    await shows(one.page, "Welcome", "good")
    await one.page.get_by_role("radio", name="Out").check()
    await scan(one.page, house.codes["A1"])
    await shows(one.page, "Goodbye", "good")
    await scan(one.page, house.codes["A1"])
    await shows(one.page, "Was not inside", "bad")
    one.settled()


async def test_a_scanner_that_is_a_keyboard_works_anywhere(open_page: Opener, house: House) -> None:
    """Also with the focus on a link; and what somebody types slowly is no scan."""
    one = await at_the_door(open_page, house)
    await one.page.get_by_role("link", name="Change").focus()
    await one.page.keyboard.type(house.codes["A1"])
    await one.page.keyboard.press("Enter")
    await shows(one.page, "Welcome", "good")
    assert one.page.url.endswith(house.showtime_id)
    one.settled()


async def test_other_gates_are_counted_live(open_page: Opener, house: House) -> None:
    """Who comes in elsewhere is in the count without a touch."""
    one = await at_the_door(open_page, house)
    await expect(one.page.locator(".entered")).to_have_text("0 of 4 came in")
    await house.check("A4")
    await expect(one.page.locator(".entered")).to_have_text("1 of 4 came in", timeout=15_000)
    one.settled()


async def test_without_a_network(open_page: Opener, house: House) -> None:
    """The page opens, believes good signatures alone, knows who came in by other gates, and tells all of it later."""
    one = await at_the_door(open_page, house)
    one.expected = ["ERR_INTERNET_DISCONNECTED"]
    page = one.page
    await house.check("A4")
    await expect(page.locator(".entered")).to_have_text("1 of 4 came in", timeout=15_000)
    await page.context.set_offline(True)
    await page.reload()
    await page.locator(".answer").wait_for()
    await scan(page, house.codes["A1"])
    await shows(page, "Welcome", "good")
    await expect(page.locator(".answer")).to_contain_text("Checked offline")
    await expect(page.locator(".entered")).to_have_text("2 of 4 came in")
    await expect(page.locator(".standing")).to_contain_text("1 scan to be told")
    forged = house.codes["A2"][:-3] + ("AA" if house.codes["A2"][-3:-1] != "AA" else "BB") + house.codes["A2"][-1]
    for code, title in ((house.codes["A1"], "Already inside"), (house.codes["A4"], "Already inside")):
        await scan(page, code)
        await shows(page, title, "bad")
    for code, title in ((forged, "Not a ticket"), (house.codes["B1"], "Another showtime")):
        await scan(page, code)
        await shows(page, title, "bad")
    assert (await house.counts())["entered"] == 1
    await page.context.set_offline(False)
    await expect(page.locator(".standing")).not_to_contain_text("to be told", timeout=20_000)
    await expect(page.locator(".entered")).to_have_text("2 of 4 came in")
    assert await house.counts() | {"refused": 0} == {
        "tickets": 4, "entered": 2, "inside": 2, "conflicts": 0, "refused": 0,
    }  # fmt: skip
    one.settled()


async def test_what_clashes_is_shown_when_it_is_told(open_page: Opener, house: House) -> None:
    """One ticket at two gates while one was offline: the box office finds it, and somebody sees to it."""
    one = await at_the_door(open_page, house)
    one.expected = ["ERR_INTERNET_DISCONNECTED"]
    page = one.page
    await page.context.set_offline(True)
    await scan(page, house.codes["A1"])
    await shows(page, "Welcome", "good")
    await house.check("A1")
    await page.context.set_offline(False)
    trouble = page.get_by_role("alert").filter(has_text="One scan was not right")
    await expect(trouble).to_be_visible(timeout=20_000)
    await expect(trouble).to_contain_text("Gate B")
    assert (await house.counts())["conflicts"] == 1
    await trouble.get_by_role("button", name="Seen to").click()
    await expect(trouble).to_be_hidden()
    one.settled()


async def test_the_queue_outlives_the_page(open_page: Opener, house: House) -> None:
    """Closed while offline, opened again offline: what was scanned is still there, and is told once."""
    one = await at_the_door(open_page, house)
    one.expected = ["ERR_INTERNET_DISCONNECTED"]
    context = one.page.context
    await context.set_offline(True)
    await scan(one.page, house.codes["A1"])
    await shows(one.page, "Welcome", "good")
    await one.page.close()
    page = await context.new_page()
    await page.goto(f"/door/{house.showtime_id}")
    await expect(page.locator(".standing")).to_contain_text("1 scan to be told")
    await context.set_offline(False)

    async def told() -> bool:
        return (await house.counts())["entered"] == 1

    await until(told, seconds=30)


async def test_an_answer_that_does_not_come_is_decided_here(open_page: Opener, house: House) -> None:
    """A network that swallows requests costs three seconds once; what was heard after all is not counted twice."""
    one = await at_the_door(open_page, house)
    one.expected = ["ERR_", "net::"]
    page, swallowed = one.page, asyncio.Event()

    async def swallow(route: object) -> None:
        await route.fetch()  # type: ignore[attr-defined]  # it was heard; its answer is lost
        swallowed.set()

    await page.route("**/api/checkins", swallow)
    await scan(page, house.codes["A1"])
    await shows(page, "Welcome", "good")
    await expect(page.locator(".answer")).to_contain_text("Checked offline")
    await swallowed.wait()
    await expect(page.locator(".standing")).not_to_contain_text("to be told", timeout=20_000)
    counts = await house.counts()
    assert (counts["entered"], counts["conflicts"], counts["refused"]) == (1, 0, 0)


async def test_a_picture_is_read_where_there_is_no_camera(open_page: Opener, house: House, tmp_path: Path) -> None:
    """A file with the ticket's QR is as good as the ticket; one without says so. The decoder came only then."""
    one = await at_the_door(open_page, house)
    assert not any("vendor" in url for url in one.scripts)
    ticket, nothing = tmp_path / "ticket.png", tmp_path / "nothing.png"
    segno.make(house.codes["A1"]).save(str(ticket), scale=6, border=4)
    segno.make("x").save(str(nothing), scale=1, border=0, light="black")
    for picture, title in ((nothing, "Ready"), (ticket, "Welcome")):
        await one.page.locator("input[type=file]").set_input_files(picture)
        await expect(one.page.locator(TITLE)).to_have_text(title)
    one.settled()


async def test_a_browser_that_reads_codes_itself_loads_no_decoder(
    open_page: Opener, house: House, tmp_path: Path
) -> None:
    """Where there is a BarcodeDetector for QR, it is used."""
    one = await at_the_door(open_page, house)
    await one.page.evaluate(
        "code => { window.BarcodeDetector = class { static getSupportedFormats = async () => ['qr_code'];"
        " detect = async () => [{ rawValue: code }]; }; }",
        house.codes["A1"],
    )
    picture = tmp_path / "anything.png"
    segno.make("x").save(str(picture), scale=4)
    await one.page.locator("input[type=file]").set_input_files(picture)
    await shows(one.page, "Welcome", "good")
    assert not any("vendor" in url for url in one.scripts)
    one.settled()


async def test_a_network_that_is_there_and_leads_nowhere(open_page: Opener, house: House) -> None:
    """The browser says online, nothing answers, and the session cannot be renewed: the door works on."""
    one = await at_the_door(open_page, house)
    one.expected = ["ERR_FAILED"]
    await one.page.evaluate("() => sessionStorage.clear()")
    await one.page.context.route("**/api/**", lambda route: route.abort())
    await one.page.reload()
    await one.page.locator(".answer").wait_for()
    await scan(one.page, house.codes["A1"])
    await shows(one.page, "Welcome", "good")
    await expect(one.page.locator(".standing")).to_contain_text("1 scan to be told")
    await one.page.context.unroute("**/api/**")
    await expect(one.page.locator(".standing")).not_to_contain_text("to be told", timeout=20_000)
    assert (await house.counts())["entered"] == 1
    one.settled()


@pytest.fixture
async def filmed(house: House, tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser whose camera sees the ticket of A1."""
    film = tmp_path / "ticket.y4m"
    film.write_bytes(_film(house.codes["A1"]))
    flags = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*flags, f"--use-file-for-fake-video-capture={film}"]
        )
        yield launched
        await launched.close()


async def test_the_camera_sees_the_ticket(filmed: Browser, house: House, web_stage: Stage, shots: Path) -> None:
    """Held before the camera it opens the door once, though it is seen again and again."""
    context = await filmed.new_context(base_url=web_stage.base, viewport={"width": 390, "height": 844})
    one = watched(await context.new_page(), web_stage.base)
    await one.page.goto("/door")
    await log_in(one.page, house.email)
    await begin(one.page)
    await one.page.get_by_role("button", name="Start camera").click()
    await expect(one.page.locator(TITLE)).to_have_text("Welcome", timeout=30_000)
    await one.page.screenshot(path=shots / "door-camera-390-light.png", full_page=True)
    await one.page.get_by_role("button", name="Stop camera").click()
    await expect(one.page.locator(".camera")).to_be_hidden()
    assert await house.counts() | {"tickets": 4} == {
        "tickets": 4, "entered": 1, "inside": 1, "conflicts": 0, "refused": 0,
    }  # fmt: skip
    one.settled()


async def test_who_has_no_role_is_told_so(open_page: Opener, house: House, web_stage: Stage) -> None:
    """A stranger is asked to log in; somebody of another house sees none of this one's showtimes."""
    one = await open_page("/door")
    await expect(one.page.get_by_role("heading", name="Please log in")).to_be_visible()
    await log_in(one.page, await registered(web_stage))
    await expect(one.page.get_by_role("heading", name="No showtimes")).to_be_visible()
    one.settled()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "tr"])
async def test_pictures(
    open_page: Opener, house: House, shots: Path, size: tuple[int, int], dark: bool, language: str
) -> None:
    """Choosing, ready, welcome, refused: in both languages, light and dark, sound by axe."""
    one = await open_page("/door", size=size, dark=dark, language=language)
    tail = f"{size[0]}-{'dark' if dark else 'light'}-{language}.png"

    async def shot(name: str) -> None:
        await one.page.screenshot(path=shots / f"door-{name}-{tail}", full_page=True)
        await one.accessible()
        assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    await log_in(one.page, house.email)
    await one.page.locator("input[name=showtime]").first.wait_for()
    await shot("choosing")
    await begin(one.page)
    await shot("ready")
    await scan(one.page, house.codes["A1"])
    await one.page.locator(".answer.good").wait_for()
    await shot("welcome")
    await scan(one.page, house.codes["A1"])
    await one.page.locator(".answer.bad").wait_for()
    await shot("refused")
    one.settled()


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_a_small_phone_is_wide_enough(open_page: Opener, house: House, language: str) -> None:
    """At 320 px nothing is cut off, and what is to be pressed is large enough for a thumb; little script is needed."""
    one = await at_the_door(open_page, house, size=(320, 640), language=language)
    await scan(one.page, house.codes["A1"])
    await one.page.locator(".answer.good").wait_for()
    assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = await one.page.evaluate(
        "[...document.querySelectorAll('main button, main .button, main .way label')]"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)"
    )
    assert small == []
    assert sum(one.scripts.values()) < 150_000
    one.settled()


def _film(code: str, size: tuple[int, int] = (640, 480), frames: int = 3) -> bytes:
    """YUV4MPEG2 of the code's QR, still, in grey."""
    width, height = size
    rows = list(segno.make(code).matrix_iter(scale=1, border=4))
    scale = min(width, height) // len(rows)
    left, top = (width - scale * len(rows)) // 2, (height - scale * len(rows)) // 2
    luma = bytearray(b"\xeb" * (width * height))
    for y, row in enumerate(rows):
        line = b"".join((b"\x10" if dark else b"\xeb") * scale for dark in row)
        for at in range(scale):
            start = (top + y * scale + at) * width + left
            luma[start : start + len(line)] = line
    frame = b"FRAME\n" + bytes(luma) + b"\x80" * (width * height // 2)
    return f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * frames
