from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.conftest import DESKTOP, PHONE, Opener

PAGES = {"home": "/", "event": "/events/{hamlet}", "login": "/?login", "organiser": "/organiser", "door": "/door"} | {
    "operator": "/operator",
    "docs": "/docs",
    "docs-events": "/docs/events",
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", PAGES)
async def test_pictures(
    open_page: Opener, programme: dict[str, str], shots: Path, name: str, size: tuple[int, int], dark: bool
) -> None:
    """Every page is shown at phone and desktop width, light and dark, without a complaint of the browser."""
    one = await open_page(PAGES[name].format(hamlet=programme["Hamlet"]), size=size, dark=dark)
    if name == "login":
        await one.page.get_by_role("button", name="Log in").click()
    if name.startswith("docs"):
        await one.page.locator(".operation").nth(3).locator(":scope > summary").click()
    await one.page.screenshot(
        path=shots / f"{name}-{size[0]}-{'dark' if dark else 'light'}.png", full_page=name != "login"
    )
    one.settled()
