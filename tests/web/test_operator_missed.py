"""The system page, as processes die and come back."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import expect

from tests.e2e.stage import Stage
from tests.payments.processes import Program, free_port
from tests.web.conftest import Opener
from tests.web.house import entered

LONG = 120_000  # ms: a process is started, on a machine that may have much else to do


async def test_a_killed_process_is_missed_until_another_takes_its_place(open_page: Opener, web_stage: Stage) -> None:
    """Killed with -9 it is shown as gone and since when, without a reload, and no more when it was started again."""
    servers = {"AISLE_NATS_URL": web_stage.system.nats.url, "AISLE_REDIS_URL": web_stage.valkey.url}
    seatview = Program("seatview", free_port(), servers)
    one = await entered(open_page, "/operator")
    lamp, gone = one.page.locator(".services li", has_text="seatview"), one.page.locator(".processes .gone")
    try:
        await seatview.start()
        await expect(lamp).to_contain_text("2 of 2", timeout=LONG)
        await one.page.get_by_role("link", name="processes are missed").focus()
        await seatview.kill()
        await expect(gone).to_contain_text("last seen", timeout=LONG)
        await expect(lamp).to_contain_text("1 of 2")
        await expect(one.page.get_by_role("link", name="1 process is missed")).to_be_focused()
        await one.accessible()
        await seatview.start()
        await expect(gone).to_have_count(0, timeout=LONG)
        await expect(lamp).to_contain_text("2 of 2", timeout=LONG)
        await seatview.stop()
        await expect(one.page.locator(".processes > li")).to_have_count(1, timeout=LONG)
    finally:
        await seatview.kill()
    one.settled()


async def test_a_service_that_nobody_answers_for_is_named(open_page: Opener) -> None:
    """At the top of the page, once, with the moment when it was last seen; and again when it is back it is not."""
    one = await entered(open_page, "/operator")
    back = asyncio.Event()

    async def answer(route: Any) -> None:
        said = await (await route.fetch()).json()
        if not back.is_set():
            said["services"].append({"service": "stats", "here": 0, "of": 1, "seenAt": "2030-01-01T12:00:00Z"})
            said["services"].append({"service": "never", "here": 0, "of": 1, "seenAt": None})
        await route.fulfill(json=said)

    await one.page.route("**/api/operator/system", answer)
    named = one.page.get_by_role("alert").filter(has_text="Nobody answers for")
    await expect(named).to_have_count(2, timeout=LONG)
    await expect(named.first).to_contain_text("1 Jan 2030")
    await expect(named.last).to_contain_text("never came")
    back.set()
    await expect(named).to_have_count(0, timeout=LONG)
    one.settled()
