"""The pages in a real browser, on every service as it runs.

`open_page(path)` gives a page that watches itself: what the console said, what the policy forbade, who else was asked,
how much script came. `settled` asserts that all of it is as it should be. Screenshots go to the folder AISLE_SHOTS, or
to one of the run's own. Wait for what is shown, not for a quiet network, once a page was there before: what the browser
asks for behind a stale answer (`stale-while-revalidate`) never ends for who counts its requests.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Response,
    async_playwright,
    expect,
)

from internal.cli.demo.door import Door
from internal.cli.demo.filling import fill
from tests.conftest import Addresses
from tests.e2e.stage import ADMIN, PASSWORD, Scene, Stage, staged

_PATIENCE = 60_000.0  # ms; the browser's own 5 s for what is to be seen, and 30 s for a page, a busy machine outlasts
expect.set_options(timeout=_PATIENCE)

PHONE = (390, 844)
DESKTOP = (1280, 800)
# The shell is the same engine without a window around it, which costs half a second of CPU for each page.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_NONE = f"NO CHROMIUM: the pages were not tested; apt install {_NAMES[0]}"
CHROMIUM = next(filter(None, map(which, _NAMES)), None)
_AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=_NONE))


@dataclass
class Watched:
    """A page and what happened on it besides what was asked for."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    scripts: dict[str, int] = field(default_factory=dict)
    expected: list[str] = field(default_factory=list)

    async def module(self, name: str, script: str) -> Any:
        """Run a script that has a module of the page, the very one that it uses, as `m`."""
        link = f"document.querySelector('link[href$=\"/js/core/{name}.js\"]').href"
        return await self.page.evaluate(f"async () => {{ const m = await import({link}); {script} }}")

    async def accessible(self) -> None:
        """axe finds nothing to say of what is shown."""
        await self.page.evaluate(_AXE)
        found = await self.page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", _RULES)
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []

    def settled(self) -> None:
        """Nothing complained, and nobody else was asked."""
        unexpected = [one for one in self.complaints if not any(part in one for part in self.expected)]
        assert unexpected == []
        assert self.strangers == []


def watched(page: Page, base: str) -> Watched:
    """Begin to listen."""
    one = Watched(page, base)
    host = urlsplit(base).netloc

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            one.complaints.append(f"{message.type}: {message.text}")

    async def measured(response: Response) -> None:
        if response.request.resource_type == "script" and response.ok:
            with suppress(Error):  # the test is over, and its page closed
                one.scripts[response.url] = len(await response.body())

    page.on("console", said)
    page.on("pageerror", lambda error: one.complaints.append(f"uncaught: {error}"))
    page.on("response", measured)
    page.on(
        "request",
        lambda request: (
            one.strangers.append(request.url)
            if urlsplit(request.url).scheme in {"http", "https", "ws", "wss"} and urlsplit(request.url).netloc != host
            else None
        ),
    )
    return one


Opener = Callable[..., Awaitable[Watched]]


@pytest.fixture(scope="session")
async def web_stage(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(servers, tmp_path_factory.mktemp("web")) as stage:
        yield stage


@pytest.fixture(scope="session")
async def web_scene(web_stage: Stage) -> Scene:
    """For tests that change nothing of it."""
    return await web_stage.scene()


@pytest.fixture(scope="session")
async def programme(web_stage: Stage) -> dict[str, str]:
    """The demo's events on the same stage, so that the pages have something to show: ids by name."""
    async with Door.of(web_stage.base) as door:
        events = await fill(door, (ADMIN, PASSWORD), datetime.now(UTC))
    return {str(event["name"]): str(event["id"]) for event in events}


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # No sandbox: containers and root have none to give. The pages are our own.
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        await launched.close()


@pytest.fixture
async def open_page(web_stage: Stage, browser: Browser) -> AsyncIterator[Opener]:
    """`await open_page('/', size=PHONE, dark=True, language='tr')`: each in a browser of its own.

    `before` is a script that runs in every page before its own.
    """
    async with AsyncExitStack() as stack:

        async def opened(
            path: str = "/",
            *,
            size: tuple[int, int] = DESKTOP,
            dark: bool = False,
            language: str = "en",
            before: str = "",
        ) -> Watched:
            context: BrowserContext = await stack.enter_async_context(
                await browser.new_context(
                    base_url=web_stage.base,
                    viewport={"width": size[0], "height": size[1]},
                    color_scheme="dark" if dark else "light",
                    locale={"en": "en-GB", "tr": "tr-TR"}[language],
                    reduced_motion="reduce",
                    has_touch=size == PHONE,
                )
            )
            if before:
                await context.add_init_script(before)
            context.set_default_timeout(_PATIENCE)
            one = watched(await context.new_page(), web_stage.base)
            await one.page.goto(path, wait_until="networkidle")
            return one

        yield opened


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    given = os.environ.get("AISLE_SHOTS", "")
    folder = Path(given) if given else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
