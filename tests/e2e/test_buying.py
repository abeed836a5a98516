"""From a hold to sold seats and back, with every service as it is and the virtual point of sale as the bank."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.conftest import Addresses
from tests.e2e.stage import Scene, Stage, good, staged
from tests.running import Person
from tests.waiting import until

GOOD, DECLINED, SECURE = "4242424242424242", "4000000000000002", "4000002500003155"


@pytest.fixture(scope="module")
async def stage(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One of its own, whose seats these tests may sell."""
    async with staged(servers, tmp_path_factory.mktemp("buying")) as stage:
        yield stage


@pytest.fixture(scope="module")
async def scene(stage: Stage) -> Scene:
    return await stage.scene()


async def held(scene: Scene, who: Person, *seats: str) -> str:
    path = f"/api/showtimes/{scene.ids['showtime_id']}/holds"
    return str(good(await who("POST", path, {"seatIds": list(seats)}))["holdId"])


def payment(number: str) -> dict[str, Any]:
    card = {"number": number, "expMonth": 12, "expYear": 2040, "cvc": "123"}
    return {"provider": "mock", "method": {"card": card}, "returnUrl": "http://127.0.0.1/back"}


async def buys(who: Person, hold_id: str, number: str) -> httpx.Response:
    buyer = {"name": "Ada Lovelace", "email": "ada@example.org"}
    return await who("POST", "/api/checkouts", {"holdId": hold_id, "payment": payment(number), "buyer": buyer})


async def comes_to(who: Person, path: str, name: str, value: str) -> dict[str, Any]:
    """Wait until the thing at this path says so."""
    found: dict[str, Any] = {}

    async def so() -> bool:
        found.update(good(await who("GET", path)))
        return bool(found[name] == value)

    await until(so, seconds=30)
    return found


async def test_a_hold_is_bought_and_given_back_in_part(stage: Stage, scene: Scene) -> None:
    """Paid, sold, ticketed; then one of two seats goes back: its money too, and somebody else can hold it."""
    ada, eve = await stage.registered("Ada"), await stage.registered("Eve")
    answer = await buys(ada, await held(scene, ada, "A2", "A3"), GOOD)
    assert answer.status_code in {201, 202}, answer.text
    bought = await comes_to(ada, f"/api/checkouts/{answer.json()['checkoutId']}", "status", "completed")
    assert (bought["total"], bought["currency"]) == (10000, "TRY")
    order = f"/api/orders/{bought['orderId']}"
    assert len(good(await ada("GET", f"{order}/tickets"))["items"]) == 2
    asked = await ada("POST", f"{order}/refunds", {"reason": "ill", "seatIds": ["A2"]})
    assert asked.status_code == 202, asked.text
    await comes_to(ada, f"{order}/refunds/{asked.json()['id']}", "status", "succeeded")
    assert good(await ada("GET", order))["status"] == "partially_refunded"
    await held(scene, eve, "A2")
    refused = await eve("POST", f"/api/showtimes/{scene.ids['showtime_id']}/holds", {"seatIds": ["A3"]})
    assert refused.json()["code"] == "seat_taken"


async def test_another_card_after_a_refusal(stage: Stage, scene: Scene) -> None:
    """402, the hold still stands, and the second card buys it."""
    ada = await stage.registered("Ada")
    hold = await held(scene, ada, "A4")
    refused = await buys(ada, hold, DECLINED)
    assert (refused.status_code, refused.json()["code"]) == (402, "payment_declined"), refused.text
    assert good(await ada("GET", f"/api/holds/{hold}"))["holdId"] == hold
    bought = await buys(ada, hold, GOOD)
    assert bought.status_code in {201, 202}, bought.text
    await comes_to(ada, f"/api/checkouts/{bought.json()['checkoutId']}", "status", "completed")


async def test_the_bank_wants_to_see_the_buyer(stage: Stage, scene: Scene) -> None:
    """201 with the bank's address; approved there, the checkout completes by itself."""
    ada = await stage.registered("Ada")
    answer = await buys(ada, await held(scene, ada, "A5"), SECURE)
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "requires_action"
    page = urlsplit(answer.json()["actionUrl"]).path
    assert (await stage.system.client.get(page)).status_code == 200
    await stage.system.client.post(page, data={"answer": "approve"})
    await comes_to(ada, f"/api/checkouts/{answer.json()['checkoutId']}", "status", "completed")


async def test_given_up_at_the_banks_page(stage: Stage, scene: Scene) -> None:
    """The buyer cancels the order instead: at once the checkout has failed, and the hold is there for another try."""
    ada = await stage.registered("Ada")
    hold = await held(scene, ada, "A8")
    answer = await buys(ada, hold, SECURE)
    assert answer.json()["status"] == "requires_action", answer.text
    order = f"/api/orders/{answer.json()['orderId']}"
    asked = await ada("POST", f"{order}/cancel")
    assert (asked.status_code, asked.json()["cancelRequested"]) == (202, True), asked.text
    failed = await comes_to(ada, f"/api/checkouts/{answer.json()['checkoutId']}", "status", "failed")
    assert failed["code"] == "stopped_by_buyer"
    assert good(await ada("GET", order))["status"] == "canceled"
    assert good(await ada("GET", f"/api/holds/{hold}"))["holdId"] == hold
    again = await buys(ada, hold, GOOD)
    assert again.status_code in {201, 202}, again.text
    await comes_to(ada, f"/api/checkouts/{again.json()['checkoutId']}", "status", "completed")


async def test_a_seat_by_its_number(stage: Stage, scene: Scene) -> None:
    """Held and bought in one request."""
    ada = await stage.registered("Ada")
    path = f"/api/seats/{scene.ids['event_id']}/A6/reserve"
    answer = await ada("POST", path, {"payment": payment(GOOD)})
    assert answer.status_code in {201, 202}, answer.text
    await comes_to(ada, f"/api/checkouts/{answer.json()['checkoutId']}", "status", "completed")
    again = await ada("POST", path, {"payment": payment(GOOD)})
    assert (again.status_code, again.json()["code"]) == (409, "seat_taken")


async def test_a_seat_held_and_then_bought_by_its_number(stage: Stage, scene: Scene) -> None:
    """What the short route holds the short route buys, and no hold has to be named; to others it is taken."""
    ada, eve = await stage.registered("Ada"), await stage.registered("Eve")
    path = f"/api/seats/{scene.ids['event_id']}/A7"
    hold = await ada("POST", f"{path}/hold")
    assert hold.status_code == 201, hold.text
    refused = await eve("POST", f"{path}/reserve", {"payment": payment(GOOD)})
    assert (refused.status_code, refused.json()["code"]) == (409, "seat_taken")
    declined = await ada("POST", f"{path}/reserve", {"payment": payment(DECLINED)})
    assert (declined.status_code, declined.json()["code"]) == (402, "payment_declined")
    answer = await ada("POST", f"{path}/reserve", {"payment": payment(GOOD)})
    assert answer.status_code in {201, 202}, answer.text
    assert answer.json()["holdId"] == hold.json()["holdId"]
    await comes_to(ada, f"/api/checkouts/{answer.json()['checkoutId']}", "status", "completed")
