"""The organiser's file of orders."""

from __future__ import annotations

import csv
import io

from playwright.async_api import expect

from tests.e2e.stage import Scene
from tests.web.conftest import Opener
from tests.web.organising import SEEN, email_of, opened_as


async def test_the_file_has_what_is_listed(open_page: Opener, web_scene: Scene) -> None:
    """The text that is searched for counts for both: an order found by its seat is in it, and nobody's is empty."""
    orders = f"/organiser/{web_scene.ids['organization_id']}/orders"
    one = await opened_as(open_page, await email_of(web_scene.owner), orders)
    for text, listed, seats in (("A19", 1, ["A19", "A20"]), ("nobody", 0, [])):
        await one.page.get_by_label("Find an order").fill(text)
        await one.page.get_by_role("button", name="Search").click()
        await one.page.wait_for_url(f"**{orders}?q={text}", timeout=SEEN)
        await expect(one.page.locator("tbody tr")).to_have_count(listed, timeout=SEEN)
        async with one.page.expect_download(timeout=SEEN) as begun:
            await one.page.get_by_role("button", name="Orders as CSV").click()
        file = (await (await begun.value).path()).read_text(encoding="utf-8-sig")
        assert sorted(row["seat_id"] for row in csv.DictReader(io.StringIO(file))) == seats
    one.settled()
