"""Every page as people see it: phone and desktop, light and dark, pictured and looked over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.conftest import DESKTOP, PHONE, Opener, Watched

PAGES = {
    "home": "/",
    "event": "/events/{hamlet}",
    "login": "/",
    "register": "/",
    "nothing-fits": "/?q=xyzzy",
    "missing": "/events/event_x",
    "docs": "/docs",
    "docs-events": "/docs/events",
}
_MOST_SCRIPT = 150_000  # bytes on a first load, unpacked


async def prepared(one: Watched, name: str) -> None:
    """What is to be done before the picture is taken."""
    if name in {"login", "register"}:
        await one.page.get_by_role("button", name="Log in").click()
    if name == "register":
        await one.page.get_by_role("button", name="Make an account").click()
    if name.startswith("docs"):
        await one.page.locator(".operation").nth(3).locator(":scope > summary").click()
    if name == "missing":
        one.expected.append("404")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_shown_without_a_complaint(
    open_page: Opener, programme: dict[str, str], shots: Path, name: str, size: tuple[int, int], dark: bool
) -> None:
    """Nothing to say for axe, the console or the policy; nobody else is asked; nothing is wider than the window."""
    one = await open_page(PAGES[name].format(hamlet=programme["Hamlet"]), size=size, dark=dark)
    await prepared(one, name)
    whole = name not in {"login", "register"}
    await one.page.screenshot(
        path=shots / f"{name}-{size[0]}-{'dark' if dark else 'light'}.png", full_page=whole, animations="disabled"
    )
    await one.accessible()
    assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    one.settled()


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("name", ["home", "event", "docs"])
async def test_a_small_phone_is_wide_enough(
    open_page: Opener, programme: dict[str, str], name: str, width: int
) -> None:
    """Nothing is cut off at 320 px (WCAG 1.4.10), and what is to be pressed is large enough for a thumb."""
    one = await open_page(PAGES[name].format(hamlet=programme["Hamlet"]), size=(width, 640), language="tr")
    assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = await one.page.evaluate(
        "[...document.querySelectorAll('main button, main .button, header button, header a, main select, main input')]"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)"
    )
    assert small == []


@pytest.mark.parametrize("name", ["home", "event", "docs"])
async def test_little_script_is_needed(open_page: Opener, programme: dict[str, str], name: str) -> None:
    """A first load brings less than 150 kB of script, not even counting that it comes packed."""
    one = await open_page(PAGES[name].format(hamlet=programme["Hamlet"]))
    assert 10_000 < sum(one.scripts.values()) < _MOST_SCRIPT


async def test_the_policy_is_kept_by_the_browser(open_page: Opener) -> None:
    """A script that somebody got into the page does not run, nor does a style, nor goes a word to another host."""
    one = await open_page("/")
    broken = await one.page.evaluate(
        """async () => {
          const found = [];
          document.addEventListener('securitypolicyviolation', (event) => found.push(event.effectiveDirective));
          const script = document.createElement('script');
          script.textContent = 'window.hacked = true';
          document.body.append(script);
          document.body.insertAdjacentHTML('beforeend', '<p style="color:red" onclick="hacked = 1">x</p>');
          await fetch('https://example.com/').catch(() => {});
          new Image().src = 'https://example.com/x.png';
          document.querySelector('p[onclick]').click();
          await new Promise((resolve) => setTimeout(resolve, 100));
          return [window.hacked === undefined, ...new Set(found)];
        }"""
    )
    assert broken[0] is True
    assert {"script-src-elem", "style-src-attr", "connect-src", "img-src"} <= set(broken[1:])


_PAIRS = [
    *((ink, ground, 4.5) for ink in ("ink", "ink-2", "accent", "bad") for ground in ("paper", "surface")),
    *((f"on-{ground}", ground, 4.5) for ground in ("accent", "bad", "accent-soft", "good-soft", "warn-soft")),
    *((f"on-{ground}", ground, 4.5) for ground in ("bad-soft", "info-soft")),
    *((ink, "surface-2", 4.5) for ink in ("ink", "ink-2")),
    *((ink, ground, 3.0) for ink in ("line-strong", "focus") for ground in ("paper", "surface")),
    *((f"tier-{n}", "surface", 3.0) for n in range(1, 9)),
]
_CONTRAST = """pairs => {
  const probe = document.body.appendChild(document.createElement('i'));
  const light = (name) => {
    probe.style.color = `var(--${name})`;
    const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255);
    const [r, g, b] = parts.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return pairs.map(([a, b, least]) => {
    const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
    return [a, b, least, (bright + 0.05) / (dark + 0.05)];
  });
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_the_colours_have_contrast(open_page: Opener, dark: bool) -> None:
    """What is written has 4.5 : 1 against its ground, what is drawn 3 : 1, in both schemes."""
    one = await open_page("/", dark=dark)
    measured = await one.page.evaluate(_CONTRAST, _PAIRS)
    assert [pair for pair in measured if pair[3] < pair[2]] == []
