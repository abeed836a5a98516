"""The checkout as a buyer's client meets it."""

from __future__ import annotations

from collections.abc import Callable

from proto.checkout import CheckoutEnded
from tests.checkout.conftest import Stage

Seats = Callable[[int], list[str]]


async def test_a_good_card_buys_at_once(stage: Stage, seats: Seats) -> None:
    """What is held and paid is sold within the answer: 201, each step done at its first try, and the end is told."""
    ada = stage.system.person()
    hold = stage.world.hold(ada.id, *seats(2))
    answer = await stage.buys(ada, hold)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["status"] == "completed"
    assert answer.headers["location"] == f"/api/checkouts/{body['checkoutId']}"
    assert [step["state"] for step in body["steps"]] == ["done"] * 5
    assert all(step["startedAt"] <= step["endedAt"] for step in body["steps"])
    assert stage.world.orders[body["orderId"]].status == "completed"
    assert stage.world.wrong() == []
    (ended,) = await stage.system.heard.told(body["checkoutId"], CheckoutEnded)
    assert isinstance(ended, CheckoutEnded)
    assert (ended.status, ended.order_id) == ("completed", body["orderId"])


async def test_a_declined_card_leaves_the_hold(stage: Stage, seats: Seats) -> None:
    """402 with the code; everything is back, and another card buys the same hold."""
    ada = stage.system.person()
    hold = stage.world.hold(ada.id, *seats(2))
    answer = await stage.buys(ada, hold, "declined")
    assert answer.status_code == 402, answer.text
    problem = answer.json()
    assert (problem["code"], problem["reason"]) == ("payment_declined", "card_declined")
    looked = (await ada("GET", f"/api/checkouts/{problem['checkoutId']}")).json()
    assert (looked["status"], looked["code"]) == ("failed", "card_declined")
    assert [step["state"] for step in looked["steps"]] == ["undone", "undone", "undone", "pending", "pending"]
    again = await stage.buys(ada, hold)
    assert again.status_code == 201, again.text
    assert stage.world.wrong() == []
