from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.stage import Scene
from tests.web.conftest import DESKTOP, PHONE, Opener

PAGES = {"home": "/", "event": "/events/{event_id}", "organiser": "/organiser", "door": "/door"} | {
    "operator": "/operator",
    "docs": "/docs",
    "docs-events": "/docs/events",
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", PAGES)
async def test_pictures(
    open_page: Opener, web_scene: Scene, shots: Path, name: str, size: tuple[int, int], dark: bool
) -> None:
    """Every page is shown at phone and desktop width, light and dark, without a complaint of the browser."""
    one = await open_page(PAGES[name].format(**web_scene.ids), size=size, dark=dark)
    await one.page.screenshot(path=shots / f"{name}-{size[0]}-{'dark' if dark else 'light'}.png", full_page=True)
    one.settled()
