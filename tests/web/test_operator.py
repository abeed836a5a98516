from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from secrets import randbits, token_hex
from typing import Any

import pytest
from playwright.async_api import expect

from internal.platform.bus import Message, Meta
from internal.platform.bus.deadletters import park
from proto.orders import OrderCompleted
from tests.e2e.stage import Scene, Stage
from tests.waiting import until
from tests.web.conftest import DESKTOP, PHONE, Opener, Watched
from tests.web.house import entered, log_in, registered


@pytest.fixture
async def letter(web_stage: Stage) -> AsyncIterator[int]:
    """A message that no durable could handle, by its number; whatever is left of it is taken away."""
    bus = web_stage.system.bus
    told = OrderCompleted(
        order_id="order_1", user_id="user_1", showtime_id="showtime_1", seat_ids=["A1"], total=5, currency="TRY"
    )
    name = f"msg_{token_hex(16)}"  # the trail knows each once
    meta = Meta(
        id=name, subject=told.subject, stream="ORDERS", durable="ledger-orders", sequence=randbits(31), deliveries=8,
        request_id="req_1", stored_at=datetime(2030, 1, 1, tzinfo=UTC),
        headers={"Nats-Msg-Id": name, "Aisle-Time": "2030-01-01T00:00:00Z"},
    )  # fmt: skip
    await park(bus, Message.of(told).body, meta, reason="failed 8 times", error="ValueError: a seat that nobody knows")
    numbers: list[int] = []

    async def lies_there() -> bool:
        found = await web_stage.admin("GET", "/api/operator/letters?reason=nobody+knows")
        assert found.status_code == 200, found.text
        numbers[:] = [one["number"] for one in found.json()["items"]]
        return bool(numbers)

    await until(lies_there)
    yield numbers[0]
    for number in numbers:
        await web_stage.admin("POST", f"/api/operator/letters/{number}/replay")


async def test_for_administrators_alone(open_page: Opener, web_stage: Stage) -> None:
    """A stranger is asked to log in, a customer is told that it is not for them."""
    one = await open_page("/operator")
    await expect(one.page.get_by_role("heading", name="Please log in").last).to_be_visible()
    await log_in(one.page, await registered(web_stage))
    await expect(one.page.get_by_text("These pages are for administrators")).to_be_visible()
    one.settled()


async def test_the_system_at_a_glance(open_page: Opener, letter: int) -> None:
    """Every service of the process with what it needs, and a tile for each kind of thing that waits for a person."""
    one = await entered(open_page, "/operator")
    await expect(one.page.locator(".services")).to_contain_text("checkout")
    await expect(one.page.locator(".processes .here")).to_have_count(1)
    await expect(one.page.locator(".lamps .down")).to_have_count(0)
    await expect(one.page.get_by_role("link", name="1 dead letter")).to_be_visible()
    await one.page.get_by_role("link", name="1 dead letter").click()
    await expect(one.page.get_by_role("heading", name="Dead letters")).to_be_visible()
    one.settled()


async def test_a_dead_letter_is_read_and_replayed(open_page: Opener, letter: int) -> None:
    """Its reason, headers and body are shown; handed in again it is handled and gone."""
    one = await entered(open_page, "/operator/letters")
    await one.page.get_by_role("link", name=f"Dead letter {letter}").click()
    await expect(one.page.get_by_text("a seat that nobody knows")).to_be_visible()
    await expect(one.page.locator("pre.body")).to_contain_text('"orderId": "order_1"')
    await one.page.get_by_role("button", name="Replay").click()
    await expect(one.page.get_by_text("handled", exact=True)).to_be_visible(timeout=15_000)
    await expect(one.page.get_by_role("heading", name="No dead letters")).to_be_visible()
    one.settled()


async def test_all_that_are_chosen_are_replayed(open_page: Opener, letter: int) -> None:
    """Words choose; what does not fit is not there; the rest is replayed after a question."""
    one = await entered(open_page, "/operator/letters?reason=money")
    await expect(one.page.get_by_role("heading", name="No dead letters")).to_be_visible()
    await one.page.get_by_label("Words of the reason").fill("NOBODY")
    await one.page.get_by_role("button", name="Choose").click()
    await one.page.get_by_role("button", name="Replay this one").click()
    await one.page.get_by_role("dialog").get_by_role("button", name="Replay").click()
    await expect(one.page.get_by_text("1 handled")).to_be_visible(timeout=15_000)
    one.settled()


async def test_a_saga_step_by_step(open_page: Opener, web_scene: Scene) -> None:
    """A purchase that is done is found among the completed, with each of its steps; nothing can be done to it."""
    one = await entered(open_page, "/operator/sagas?which=completed")
    await one.page.locator(f"a[href$='{web_scene.ids['checkout_id']}']").click()
    await expect(one.page.locator(".steps .done").first).to_be_visible()
    await expect(one.page.locator(".steps .badge").first).to_have_text("done")
    await expect(one.page.get_by_role("button", name="Give up")).to_have_count(0)
    await one.accessible()
    one.settled()


async def test_truths_are_compared(open_page: Opener) -> None:
    """Each service that has a database looks once and says that nothing differs."""
    one = await entered(open_page, "/operator/truths")
    await one.page.get_by_role("button", name="Compare now").click()
    await expect(one.page.get_by_text("nothing differs").first).to_be_visible(timeout=60_000)
    await expect(one.page.get_by_text("Comparing…")).to_have_count(0, timeout=60_000)
    one.settled()


async def test_a_phone_shows_where_one_is(open_page: Opener) -> None:
    """The page's own link and tab are in sight, though not all of them fit beside each other."""
    one = await entered(open_page, "/operator/sagas?which=all", size=PHONE)
    await expect(one.page.locator(".tab[aria-current=page]")).to_be_in_viewport(ratio=0.9)
    await one.page.goto("/operator/truths")
    await expect(one.page.locator(".site-nav [aria-current=page]")).to_be_in_viewport(ratio=0.9)
    one.settled()


STUCK = {
    "sagaId": f"checkout_{'a1' * 16}", "name": "buying", "status": "running", "stuck": True, "step": "pay",
    "dueAt": "2030-01-01T00:00:00Z", "createdAt": "2029-12-31T23:00:00Z", "endedAt": None, "code": "", "message": "",
    "about": {"orderId": "order_1", "total": 12500, "currency": "TRY"},
    "steps": [
        {"name": name, "state": state, "tries": tries, "undos": 0, "failures": 0, "error": error, "startedAt": None,
         "triedAt": None, "endedAt": None, "deadlineAt": None}
        for name, state, tries, error in (("order", "done", 1, ""), ("claim", "done", 1, ""),
                                          ("pay", "doing", 23, "Unavailable: the provider does not answer"),
                                          ("complete", "waiting", 0, ""))
    ],
}  # fmt: skip
OWED = {
    "refundId": f"refund_{'b2' * 16}", "paymentId": "pay_1", "orderId": f"order_{'b2' * 16}", "provider": "mock",
    "amount": 12500, "currency": "TRY", "code": "account_closed", "message": "The buyer's account is closed.",
    "createdAt": "2029-12-30T10:00:00Z",
}  # fmt: skip


async def pretended(one: Watched) -> list[tuple[str, Any, str | None]]:
    """A stuck saga and an owed refund, as the interface would tell of them; what is asked of them is noted."""
    asked: list[tuple[str, Any, str | None]] = []
    pages = {"sagas": [STUCK], "refunds": [OWED]}

    async def answer(route: Any) -> None:
        request, path = route.request, route.request.url.split("/api/operator/")[1].partition("?")[0]
        if request.method == "POST":
            asked.append((path, request.post_data_json, request.headers.get("idempotency-key")))
        if path.startswith("refunds/"):
            said: Any = {"refundId": OWED["refundId"], "outcome": "settled"}
        elif path in pages:
            said = {"items": pages[path], "nextCursor": None}
        else:
            said = STUCK
        await route.fulfill(json=said)

    await one.page.route("**/api/operator/sagas**", answer)
    await one.page.route("**/api/operator/sagas/**", answer)
    await one.page.route("**/api/operator/refunds**", answer)
    await one.page.route("**/api/operator/refunds/**", answer)
    return asked


async def test_a_stuck_saga_is_tried_and_given_up(open_page: Opener) -> None:
    """Try now and Give up ask once with a key; giving up wants a reason and says how the saga stood."""
    one = await entered(open_page, "/operator")
    asked = await pretended(one)
    await one.page.goto("/operator/sagas?which=stuck")
    await one.page.locator("tbody a").click()
    await expect(one.page.locator(".steps .here")).to_contain_text("the provider does not answer")
    await one.page.get_by_role("button", name="Try now").click()
    await expect(one.page.get_by_text("Its next step is tried now.")).to_be_visible()
    await one.page.get_by_role("button", name="Give up").click()
    dialog = one.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Give up").click()
    assert [path for path, _, _ in asked] == [f"sagas/{STUCK['sagaId']}/retry"]
    await dialog.get_by_label("Why").fill("the provider is gone")
    await dialog.get_by_role("button", name="Give up").click()
    await dialog.wait_for(state="detached")
    assert asked[-1][:2] == (
        f"sagas/{STUCK['sagaId']}/abandon",
        {"reason": "the provider is gone", "status": "running"},
    )
    assert all(key for _, _, key in asked)
    one.settled()


async def test_a_refund_is_settled_by_hand(open_page: Opener) -> None:
    """How it was given back goes into the books, once."""
    one = await entered(open_page, "/operator")
    asked = await pretended(one)
    await one.page.goto("/operator/refunds")
    await one.page.get_by_role("button", name="It was given back").click()
    await one.page.get_by_label("How").fill("bank transfer 123")
    await one.page.get_by_role("button", name="Write it into the books").click()
    await expect(one.page.get_by_text("It is in the books")).to_be_visible()
    ((path, body, key),) = asked
    assert (path, body) == (f"refunds/{OWED['refundId']}/settle", {"givenBack": "bank transfer 123"})
    assert key
    one.settled()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "tr"])
async def test_pictures(
    open_page: Opener, letter: int, web_scene: Scene, shots: Path, size: tuple[int, int], dark: bool, language: str
) -> None:
    """Every page, in both languages, light and dark, sound by axe."""
    one = await entered(open_page, "/operator", size=size, dark=dark, language=language)
    await pretended(one)
    tail = f"{size[0]}-{'dark' if dark else 'light'}-{language}.png"
    pages = {
        "system": "", "letters": "/letters", "letter": f"/letters/{letter}", "sagas": "/sagas",
        "saga": f"/sagas/{STUCK['sagaId']}", "refunds": "/refunds", "truths": "/truths",
    }  # fmt: skip
    for name, path in pages.items():
        await one.page.goto(f"/operator{path}", wait_until="networkidle")
        await one.page.screenshot(path=shots / f"operator-{name}-{tail}", full_page=True)
        await one.accessible()
        assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    one.settled()
