"""The venue editor with as many seats as a venue may have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.stage import Stage, good
from tests.web.conftest import Opener
from tests.web.organising import SEEN, email_of, opened_as

# Milliseconds of one task, generous: about 80 are usual on two busy cores, 700 were before seats were stamped.
TASK = 500
PATIENCE = 60_000  # for what is asked of the server
STEPS = 20
_WATCH = """
window.tasks = [];
new PerformanceObserver((list) => list.getEntries().forEach((one) => window.tasks.push(one.duration)))
  .observe({ type: 'longtask' });
"""


def _arena() -> dict[str, Any]:
    """50,000 seats in 25 blocks, in three tiers."""
    tiers = ("Gold", "Silver", "Bronze")

    def block(at: int) -> dict[str, Any]:
        left, top = (at % 5) * 1_300.0, (at // 5) * 1_500.0
        return {
            "id": f"b{at}",
            "label": f"Block {at + 1}",
            "rows": [
                {
                    "id": str(row + 1),
                    "label": str(row + 1),
                    "seats": [
                        {"id": f"{at}.{row}.{k}", "label": str(k + 1), "x": left + k * 22, "y": top + row * 30}
                        | {"tier": tiers[row // 14]}
                        for k in range(50)
                    ],
                }
                for row in range(40)
            ],
        }

    sections = [block(at) for at in range(25)]
    return {"name": "Arena", "tiers": [{"name": name, "color": "#8c1c4a"} for name in tiers], "sections": sections}


async def _drag(page: Page, by: tuple[int, int]) -> None:
    """What is in the middle of the plan, in steps; each is drawn before the next."""
    box = await page.locator(".plan-canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in range(1, STEPS + 1):
        await page.mouse.move(x + by[0] * step / STEPS, y + by[1] * step / STEPS)
        await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    await page.mouse.up()


async def _longest(page: Page) -> float:
    """The longest task since it was asked the last time."""
    return float(await page.evaluate("Math.max(0, ...window.tasks.splice(0))"))


async def test_fifty_thousand_seats_are_drawn_with(
    open_page: Opener, web_stage: Stage, tmp_path: Path, record_property: Callable[..., None]
) -> None:
    """They are imported, a block of them is dragged and undone, painted and saved; no step stops the page for long."""
    owner = await web_stage.registered("Owner")
    organization = await owner.organizes()
    venue = good(await owner("POST", "/api/venues", {"organizationId": organization, "name": "Arena"}))
    one = await opened_as(open_page, await email_of(owner), "/organiser")
    page = one.page
    await page.context.add_init_script(_WATCH)
    await page.set_viewport_size({"width": 1280, "height": 1200})
    await page.goto(f"/organiser/{organization}/venues/{venue['id']}")
    drawing = tmp_path / "arena.json"
    drawing.write_text(json.dumps(_arena()))
    async with page.expect_file_chooser() as asked:
        await page.get_by_role("button", name="Import").click()
    await (await asked.value).set_files(drawing)
    await expect(page.get_by_text("50,000 places")).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_text("Everything here can be sold.")).to_be_visible(timeout=PATIENCE)

    await _longest(page)
    await _drag(page, (60, 40))
    record_property("ms of a drag's longest task", dragged := await _longest(page))
    await expect(page.get_by_role("button", name="Block 13", pressed=True)).to_be_visible(timeout=SEEN)
    left = page.get_by_label("X", exact=True)
    await expect(left).not_to_have_value("3139")
    assert dragged < TASK

    await page.get_by_role("button", name="Undo").click()
    await expect(left).to_have_value("3139", timeout=SEEN)
    await page.get_by_role("button", name="Paint tier").click()
    await page.get_by_role("button", name="Section", exact=True).click()
    await page.get_by_label("Tier", exact=True).select_option("Bronze")
    await _longest(page)
    await _drag(page, (4, 4))
    record_property("ms of a section's painting", painted := await _longest(page))
    assert painted < TASK

    await page.get_by_role("button", name="Save the layout").click()
    await expect(page.get_by_text("50,000 places · saved")).to_be_visible(timeout=PATIENCE)
    saved = good(await owner("GET", f"/api/venues/{venue['id']}/layout"))
    block = next(section for section in saved["sections"] if section["id"] == "b12")
    assert {seat["tier"] for row in block["rows"] for seat in row["seats"]} == {"Bronze"}
    one.settled()
