"""What is around every page: language, keyboard, session, network."""

from __future__ import annotations

from secrets import token_hex

from playwright.async_api import Page, expect

from tests.e2e.stage import PASSWORD, Stage
from tests.web.conftest import PHONE, Opener, watched


async def registered(page: Page) -> str:
    """Makes an account by the page's own dialog; its e-mail."""
    email = f"{token_hex(6)}@example.com"
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("button", name="Make an account").click()
    await page.get_by_label("Name").fill("Ada Lovelace")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Make an account").click()
    await expect(page.get_by_label("Your account")).to_have_text("AL")
    return email


async def test_the_language_changes_at_once(open_page: Opener, programme: dict[str, str]) -> None:
    """Words, dates, money and the page's own language, without a reload; and it stays so."""
    one = await open_page(f"/events/{programme['Hamlet']}")
    page = one.page
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.evaluate("window.same = true")
    await page.get_by_role("button", name="Türkçe").click()
    await expect(page.get_by_role("heading", name="Tarihler ve biletler")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "tr")
    await expect(page.get_by_role("link", name="Koltuk seç").first).to_be_visible()
    assert await page.evaluate("window.same")
    await page.reload()
    await expect(page.get_by_role("button", name="English")).to_be_visible()
    await one.accessible()
    one.settled()


async def test_a_reader_of_turkish_is_met_in_turkish(open_page: Opener, programme: dict[str, str]) -> None:
    """The browser's language is the first choice."""
    one = await open_page("/?city=Istanbul", language="tr", size=PHONE)
    await expect(one.page.get_by_role("heading", level=1)).to_have_text("Etkinlikler")
    await expect(one.page.get_by_text("₺220").first).to_be_visible()


async def test_the_way_to_the_seats_needs_no_mouse(open_page: Opener, programme: dict[str, str]) -> None:
    """Past the header, a search, a card, a date: by Tab and Enter alone, and it is seen where one is."""
    one = await open_page("/")
    page = one.page
    await page.keyboard.press("Tab")
    await expect(page.get_by_text("Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Search", exact=True)).to_be_focused()
    await page.keyboard.type("hamlet")
    await expect(page.get_by_role("status").get_by_text("1 event found")).to_be_visible()
    card = page.get_by_role("link", name="Hamlet")
    for _ in range(6):
        await page.keyboard.press("Tab")
        if await card.evaluate("e => e === document.activeElement"):
            break
    await expect(card).to_be_focused()
    outline = await card.evaluate("e => getComputedStyle(e, '::after').outlineStyle")
    assert outline == "solid"
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Hamlet", level=1)).to_be_focused()
    seats = page.get_by_role("link", name="Choose seats").first
    await page.keyboard.press("Tab")
    await expect(seats).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/showtimes/showtime_*")


async def test_a_search_stays_in_the_address(open_page: Opener, programme: dict[str, str]) -> None:
    """What was looked for is there after a reload and after "back"; what fits nothing says so and offers all."""
    one = await open_page("/")
    page = one.page
    await page.get_by_label("City").select_option("Istanbul")
    await page.get_by_label("When").select_option("month")
    await expect(page).to_have_url(f"{one.base}/?city=Istanbul&when=month")
    await expect(page.get_by_role("link", name="Open Mic")).to_be_hidden()
    await page.reload()
    await expect(page.get_by_label("City")).to_have_value("Istanbul")
    await page.get_by_role("link", name="Hamlet").click()
    await expect(page.get_by_role("heading", name="Hamlet", level=1)).to_be_visible()
    await page.go_back()
    await expect(page.get_by_label("When")).to_have_value("month")
    await page.get_by_label("Search", exact=True).fill("no such thing")
    await page.get_by_role("button", name="Show everything").click()
    await expect(page).to_have_url(f"{one.base}/")
    await page.get_by_label("Search", exact=True).fill("Open Mic")
    await expect(page).to_have_url(f"{one.base}/?q=Open+Mic")
    await expect(page.get_by_role("link", name="Open Mic")).to_be_visible()
    one.settled()


async def test_an_account_is_made_kept_and_left(open_page: Opener) -> None:
    """Registered by the dialog, still there after a reload, gone after the log out; a wrong password is told kindly."""
    one = await open_page("/")
    page = one.page
    email = await registered(page)
    await page.reload()
    await page.get_by_label("Your account").click()
    await expect(page.get_by_text(email)).to_be_visible()
    await one.accessible()
    await page.get_by_role("button", name="Log out").click()
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill("not this one")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Log in", exact=True).click()
    one.expected.append("401")
    await expect(dialog.get_by_role("alert")).to_have_text("E-mail or password is wrong.")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your account")).to_have_text("AL")
    await expect(dialog).to_be_hidden()
    one.settled()


async def test_an_empty_form_says_what_is_missing(open_page: Opener) -> None:
    """The first field that is wrong takes the focus, and its error belongs to it."""
    one = await open_page("/")
    await one.page.get_by_role("button", name="Log in").click()
    await one.page.get_by_role("dialog").get_by_role("button", name="Log in", exact=True).click()
    field = one.page.get_by_label("E-mail")
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await one.page.keyboard.press("Escape")
    await expect(one.page.get_by_role("dialog")).to_be_hidden()
    await expect(one.page.get_by_role("button", name="Log in")).to_be_focused()


async def test_many_who_need_a_token_cause_one_refresh(open_page: Opener) -> None:
    """An access token that is over is renewed once for all calls that wait for it, and for two tabs alike."""
    one = await open_page("/")
    await registered(one.page)
    asked: list[str] = []
    one.page.context.on("request", lambda request: asked.append(request.url))
    over = "sessionStorage.clear()"
    await one.page.evaluate(over)
    await one.page.reload()
    await expect(one.page.get_by_label("Your account")).to_have_text("AL")
    other = watched(await one.page.context.new_page(), one.base)
    await other.page.goto("/")
    await expect(other.page.get_by_label("Your account")).to_have_text("AL")
    for tab in (one, other):
        names = await tab.module(
            "api", "return (await Promise.all([...Array(8)].map(() => m.api.get('/api/me')))).map((one) => one.name);"
        )
        assert names == ["Ada Lovelace"] * 8
    refreshed = [url for url in asked if url.endswith("/api/auth/refresh")]
    assert len(refreshed) == 2  # one for the reload, one for the new tab
    one.settled()
    other.settled()


async def test_a_refused_token_is_renewed_and_the_call_made_again(open_page: Opener) -> None:
    """Whoever calls does not notice."""
    one = await open_page("/")
    await registered(one.page)
    one.expected.append("401")
    await one.page.evaluate(
        "() => { const s = JSON.parse(sessionStorage['aisle.access']); s.access += 'x';"
        " sessionStorage['aisle.access'] = JSON.stringify(s); }"
    )
    await one.page.reload()
    assert await one.module("api", "return (await m.api.get('/api/me')).name;") == "Ada Lovelace"


async def test_a_guest_comes_in_when_one_is_needed(open_page: Opener) -> None:
    """Nobody is asked for a name before it matters, and many calls at once make one guest."""
    one = await open_page("/")
    ids = await one.module(
        "api",
        "const asked = [...Array(6)].map(() => m.api.get('/api/me', {token: 'need'}));"
        "return (await Promise.all(asked)).map((one) => one.id);",
    )
    assert len(set(ids)) == 1
    await expect(one.page.get_by_role("button", name="Log in")).to_be_visible()


async def test_what_a_second_tab_does_is_followed(open_page: Opener) -> None:
    """Logged in there is logged in here; logged out there is logged out here."""
    one = await open_page("/")
    other = watched(await one.page.context.new_page(), one.base)
    await other.page.goto("/", wait_until="networkidle")
    await registered(other.page)
    await expect(one.page.get_by_label("Your account")).to_have_text("AL")
    await one.page.get_by_label("Your account").click()
    await one.page.get_by_role("button", name="Log out").click()
    await expect(other.page.get_by_role("button", name="Log in")).to_be_visible()


async def test_without_a_network_the_page_says_so_and_goes_on(open_page: Opener, programme: dict[str, str]) -> None:
    """A word above, a way to try again where something failed, and all is well when it is back."""
    one = await open_page("/")
    one.expected += ["ERR_INTERNET_DISCONNECTED", "Failed to load"]
    await one.page.evaluate("() => import(document.querySelector('link[href$=\"router.js\"]').href)")
    await one.page.context.set_offline(True)
    await expect(one.page.get_by_text("You are offline.")).to_be_visible()
    await one.page.get_by_label("Search", exact=True).fill("flute")
    again = one.page.get_by_role("button", name="Try again")
    await expect(again).to_be_visible(timeout=15_000)
    await one.page.context.set_offline(False)
    await expect(one.page.get_by_text("You are offline.")).to_be_hidden()
    await again.click()
    await expect(one.page.get_by_role("link", name="The Magic Flute")).to_be_visible()


async def test_a_wrong_clock_is_seen_through(open_page: Opener) -> None:
    """A device an hour behind counts down to the same moment as everybody."""
    behind = "{ const real = Date.now; Date.now = () => real() - 3600_000; }"
    one = await open_page("/", before=behind)
    off = await one.page.evaluate(
        """async () => {
          const base = document.querySelector('link[href$="/js/core/api.js"]').href;
          const time = await import(base.replace('api.js', 'time.js'));
          await time.sync();
          const told = new Date((await (await fetch('/api/time')).json()).now).getTime();
          return Math.abs(time.now() - told);
        }"""
    )
    assert off < 1_000


async def test_an_operation_is_tried_on_its_page(web_stage: Stage, open_page: Opener) -> None:
    """Sent with what the form holds; the answer, its headers and the same call for a shell are shown."""
    one = await open_page("/docs")
    await one.page.get_by_label("Filter").fill("guest")
    await one.page.locator(".operation > summary", has_text="/api/auth/guest").click()
    await one.page.get_by_role("button", name="Send").click()
    await expect(one.page.get_by_role("status").get_by_text("201")).to_be_visible()
    await expect(one.page.get_by_role("region", name="Answer")).to_contain_text("accessToken")
    await expect(one.page.get_by_role("region", name="curl")).to_contain_text(f"{web_stage.base}/api/auth/guest")
    await one.accessible()
    one.settled()


async def test_every_operation_can_be_opened(open_page: Opener) -> None:
    """No schema of ours is too much for the page: all of them open, in both documents, without a complaint."""
    for path in ("/docs", "/docs/events"):
        one = await open_page(path)
        opened = await one.page.evaluate(
            """async () => {
              const all = [...document.querySelectorAll('.operation')];
              for (const one of all) one.open = true;
              await new Promise((resolve) => setTimeout(resolve, 50));
              return [all.length, all.filter((one) => !one.querySelector('.inside')).length];
            }"""
        )
        assert opened[0] > 50
        assert opened[1] == 0
        one.settled()
