"""The checkout as a buyer's client meets it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from internal.platform.ids import new_id
from proto import inventory, orders, payments
from proto.catalog import ShowtimeFacts
from proto.checkout import CheckoutEnded
from proto.orders import OrderStopped
from tests.checkout.conftest import Stage, ends, looked_at
from tests.waiting import until

Seats = Callable[[int], list[str]]


async def test_a_good_card_buys_at_once(stage: Stage, seats: Seats) -> None:
    """What is held and paid is sold within the answer: 201, each step done at its first try, and the end is told."""
    ada = stage.system.person()
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(2)))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["status"], body["total"], body["currency"]) == ("completed", 5000, "EUR")
    assert answer.headers["location"] == f"/api/checkouts/{body['checkoutId']}"
    assert [step["state"] for step in body["steps"]] == ["done"] * 5
    assert all(step["startedAt"] <= step["endedAt"] for step in body["steps"])
    assert stage.world.orders[body["orderId"]].status == "completed"
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
    looked = await looked_at(ada, answer)
    assert (looked["status"], looked["code"]) == ("failed", "card_declined")
    assert [step["state"] for step in looked["steps"]] == ["undone", "undone", "undone", "pending", "pending"]
    again = await stage.buys(ada, hold)
    assert again.status_code == 201, again.text
    assert again.json()["orderId"] != problem["orderId"]


async def test_the_banks_page_comes_in_between(stage: Stage, seats: Seats) -> None:
    """3-D Secure: 201 with where to go and a longer hold; when the bank has said yes, the seats are sold."""
    ada = stage.system.person()
    hold = stage.world.hold(ada.id, *seats(1))
    answer = await stage.buys(ada, hold, "bank")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["status"], body["actionUrl"]) == ("requires_action", "https://bank.example/3ds")
    extended = stage.world.holds[hold].extended
    assert extended is not None
    assert extended > datetime.now(UTC) + timedelta(minutes=15)
    stage.world.capture(_payment(body))
    assert "actionUrl" not in await ends(ada, answer, "completed")


@pytest.mark.parametrize(("by", "code"), [("buyer", "stopped_by_buyer"), ("showtime", "showtime_called_off")])
async def test_who_gives_up_at_the_bank_does_not_wait_for_it(
    stage: Stage, seats: Seats, by: Literal["buyer", "showtime"], code: str
) -> None:
    """An order stopped while the buyer is at the bank's page: all is given back at once, and the hold can be bought."""
    ada = stage.system.person()
    hold = stage.world.hold(ada.id, *seats(1))
    answer = await stage.buys(ada, hold, "bank")
    body = answer.json()
    for _ in range(3):
        await stage.publish(
            OrderStopped(order_id=body["orderId"], user_id=ada.id, showtime_id=new_id("showtime"), by=by)
        )
    failed = await ends(ada, answer, "failed")
    assert (failed["code"], "actionUrl" in failed) == (code, False)
    assert stage.world.payments[_payment(body)].status == "canceled"
    assert (await stage.buys(ada, hold)).status_code == 201


async def test_the_bank_may_say_no(stage: Stage, seats: Seats) -> None:
    """A refusal at the bank's page ends as a declined card does, and the hold lives."""
    ada = stage.system.person()
    hold = stage.world.hold(ada.id, *seats(1))
    answer = await stage.buys(ada, hold, "bank")
    stage.world.decline(_payment(answer.json()))
    assert (await ends(ada, answer, "failed"))["code"] == "card_declined"
    assert (await stage.buys(ada, hold)).status_code == 201


async def test_an_order_stopped_before_it_was_paid(stage: Stage, seats: Seats) -> None:
    """A wish that comes before the payment: no card is charged, and that it never will be is remembered."""
    ada = stage.system.person()
    hold = stage.world.hold(ada.id, *seats(1))
    stage.waits[inventory.Claim] = asyncio.Event()
    buying = asyncio.create_task(stage.buys(ada, hold))
    await until(lambda: stage.calls[inventory.Claim] > 0)
    (order_id,) = [one.order_id for one in stage.world.orders.values() if one.hold_id == hold]
    await stage.publish(OrderStopped(order_id=order_id, user_id=ada.id, showtime_id="showtime_1", by="buyer"))

    async def heard() -> bool:
        async with stage.database() as tx:
            asked = await tx.execute("select signals from sagas where data->>'hold_id' = %s", [hold])
            return await asked.fetchone() == (["stopped_by_buyer"],)

    await until(heard)
    stage.waits[inventory.Claim].set()
    answer = await buying
    assert (answer.status_code, answer.json()["code"]) == (409, "stopped_by_buyer")
    assert stage.calls[payments.Pay] == 0
    assert stage.world.payments[order_id.replace("order_", "pay_")].status == "canceled"


async def test_what_takes_longer_is_told_where_to_look(stage: Stage, seats: Seats) -> None:
    """202 and Location after two seconds; the checkout goes on by itself."""
    ada = stage.system.person()
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)), "slow")
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "running"
    stage.world.capture(_payment(answer.json()))
    await ends(ada, answer, "completed")


async def test_free_seats_need_no_payment(stage: Stage, seats: Seats) -> None:
    """What costs nothing is bought without a card, and payments is not asked."""
    ada = stage.system.person()
    hold = stage.world.hold(ada.id, *seats(1), price=0)
    answer = await ada("POST", "/api/checkouts", {"holdId": hold})
    assert answer.status_code == 201, answer.text
    assert _payment(answer.json()) not in stage.world.payments


async def test_seats_that_cost_something_do(stage: Stage, seats: Seats) -> None:
    """Without a payment they are refused, and the order is cancelled again."""
    ada = stage.system.person()
    answer = await ada("POST", "/api/checkouts", {"holdId": stage.world.hold(ada.id, *seats(1))})
    assert (answer.status_code, answer.json()["code"]) == (422, "payment_needed")
    assert stage.world.orders[answer.json()["orderId"]].status == "canceled"


async def test_a_hold_that_is_gone_is_410(stage: Stage) -> None:
    """The peer's own word and status reach the buyer."""
    ada = stage.system.person()
    answer = await stage.buys(ada, new_id("hold"))
    assert (answer.status_code, answer.json()["code"]) == (410, "hold_ended")


async def test_anothers_hold_cannot_be_bought_nor_blocked(stage: Stage, seats: Seats) -> None:
    """Eve's try for Ada's hold fails, and while it is under way Ada can buy."""
    ada, eve = stage.system.person(), stage.system.person()
    hold = stage.world.hold(ada.id, *seats(1))
    stage.waits[orders.CreateOrder] = asyncio.Event()
    tried = asyncio.create_task(stage.buys(eve, hold))
    await until(lambda: bool(stage.calls[orders.CreateOrder]))
    bought = asyncio.create_task(stage.buys(ada, hold))
    await until(lambda: stage.calls[orders.CreateOrder] > 1)
    stage.waits[orders.CreateOrder].set()
    assert (await tried).status_code == 410
    assert (await bought).status_code == 201


async def test_two_checkouts_of_one_hold(stage: Stage, seats: Seats) -> None:
    """Of twenty at once, one buys; the others are refused, and name the one that goes on."""
    ada = stage.system.person()
    hold = stage.world.hold(ada.id, *seats(1))
    answers = await asyncio.gather(*(stage.buys(ada, hold) for _ in range(20)))
    codes = [answer.status_code for answer in answers]
    assert sorted(codes) == [201] + [409] * 19
    (bought,) = [answer.json()["checkoutId"] for answer in answers if answer.status_code == 201]
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(one["code"], one["checkoutId"]) for one in refused} == {("checkout_under_way", bought)}
    assert (await stage.buys(ada, hold)).status_code == 409, "what is bought is not bought again"


async def test_the_same_key_is_the_same_checkout(stage: Stage, seats: Seats) -> None:
    """Again, at once and later: one order and one answer; another body with that key is refused."""
    ada = stage.system.person()
    hold, key = stage.world.hold(ada.id, *seats(1)), {"idempotency-key": new_id("key")}
    answers = await asyncio.gather(*(stage.buys(ada, hold, headers=key) for _ in range(10)))
    answers = [one for one in answers if one.status_code != 409]  # in flight, as the key's rule has it
    answers.append(await stage.buys(ada, hold, headers=key))
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["orderId"] for one in answers}) == 1
    assert len([one for one in stage.world.orders.values() if one.hold_id == hold]) == 1
    other = await stage.buys(ada, hold, "bank", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


async def test_a_declined_card_is_declined_again_under_its_key(stage: Stage, seats: Seats) -> None:
    """The same key is the same refusal, and charges nothing anew."""
    ada = stage.system.person()
    hold, key = stage.world.hold(ada.id, *seats(1)), {"idempotency-key": new_id("key")}
    first = await stage.buys(ada, hold, "declined", headers=key)
    second = await stage.buys(ada, hold, "declined", headers=key)
    assert first.status_code == second.status_code == 402
    assert first.json()["checkoutId"] == second.json()["checkoutId"]


async def test_a_checkout_is_its_buyers(stage: Stage, seats: Seats) -> None:
    """Nobody else sees it, not even that it is there; an administrator does."""
    ada, eve = stage.system.person(), stage.system.person()
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)))
    path = f"/api/checkouts/{answer.json()['checkoutId']}"
    assert (await eve("GET", path)).status_code == 404
    assert (await stage.system.stranger()("GET", path)).status_code == 401
    assert (await stage.system.person(roles=("admin",))("GET", path)).status_code == 200
    for unknown in (new_id("checkout"), "x", "checkout_%00", new_id("order")):
        assert (await ada("GET", f"/api/checkouts/{unknown}")).status_code == 404


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"holdId": "hold_1"}, "$.holdId"),
        ({"seats": 2}, "$"),
        ({"payment": {"provider": "MOCK"}}, "$.payment.provider"),
        ({"payment": {"provider": "mock", "returnUrl": "javascript:alert(1)"}}, "$.payment.returnUrl"),
        ({"payment": {"provider": "mock", "returnUrl": "https://shop.example/ş"}}, "$.payment.returnUrl"),
        ({"payment": {"provider": "mock", "returnUrl": "https://evil.example/"}}, "$.payment.returnUrl"),
        ({"payment": {"provider": "mock", "returnUrl": "//evil.example/"}}, "$.payment.returnUrl"),
        ({"payment": {"provider": "mock", "method": {"card": {"number": "4242424242424242\0"}}}}, "$.payment"),
        ({"payment": {"provider": "mock", "method": {"card": {"a\0": 1}}}}, "$.payment"),
        ({"payment": {"provider": "mock", "method": {"a": [[[[[[[[[1]]]]]]]]]}}}, "$.payment"),
        ({"buyer": {"name": "", "email": "a@b"}}, "$.buyer.name"),
        ({"buyer": {"name": "Ada", "email": "nobody"}}, "$.buyer.email"),
    ],
)
async def test_what_is_malformed_is_told_with_its_place(stage: Stage, change: dict[str, Any], path: str) -> None:
    """400 with the path of the field, and nothing begins."""
    ada = stage.system.person()
    answer = await ada("POST", "/api/checkouts", {"holdId": new_id("hold"), **change})
    assert (answer.status_code, answer.json()["path"]) == (400, path)


async def test_strangers_buy_nothing(stage: Stage) -> None:
    """401 without a token."""
    assert (await stage.buys(stage.system.stranger(), new_id("hold"))).status_code == 401


async def test_a_card_is_forgotten(stage: Stage, seats: Seats) -> None:
    """Neither a good nor a refused nor an unneeded card is in the database when the checkout has ended."""
    ada = stage.system.person()
    secret = new_id("card")
    for hold, card in ((stage.world.hold(ada.id, *seats(1)), "good"), (new_id("hold"), "good")):
        body = {"holdId": hold, "payment": {"provider": "mock", "method": {"card": card, "number": secret}}}
        await ada("POST", "/api/checkouts", body)
    async with stage.database() as tx:
        asked = await tx.execute("select count(*) from sagas where data::text like %s", [f"%{secret}%"])
        assert await asked.fetchone() == (0,)


async def test_the_buyers_address_is_passed_on_and_forgotten(stage: Stage, seats: Seats) -> None:
    """Payments hears from where it was asked; at the bank's page it is written nowhere any more."""
    ada = stage.system.person()
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)), "bank")
    assert answer.json()["status"] == "requires_action"
    payment_id = _payment(answer.json())
    (asked,) = [one for one in stage.world.commands if isinstance(one, payments.Pay) and one.payment_id == payment_id]
    assert asked.buyer_ip == ada.address
    async with stage.database() as tx:
        kept = await tx.execute("select data->>'buyer_ip' from sagas where id = %s", [answer.json()["checkoutId"]])
        assert await kept.fetchone() == ("",)
    stage.world.capture(payment_id)
    await ends(ada, answer, "completed")


async def test_a_seat_is_reserved_by_its_number(stage: Stage) -> None:
    """One request holds and buys; who comes second hears that it is taken; the same key hears the same."""
    ada, eve, event = stage.system.person(), stage.system.person(), _event(stage)
    path, key = f"/api/seats/{event}/A1/reserve", {"idempotency-key": new_id("key")}
    body = {"payment": {"provider": "mock", "method": {"card": "good"}}}
    bought = await ada("POST", path, body, headers=key)
    assert (bought.status_code, bought.json()["status"]) == (201, "completed"), bought.text
    assert (await eve("POST", path, body)).json()["code"] == "seat_taken"
    assert (await ada("POST", path, body, headers=key)).json()["orderId"] == bought.json()["orderId"]
    assert (await ada("POST", f"/api/seats/{event}/no seat/reserve", body)).status_code == 404
    assert (await ada("POST", f"/api/seats/{new_id('event')}/A1/reserve", body)).status_code == 404


async def test_a_reservation_that_nobody_was_told_of(stage: Stage) -> None:
    """A process died between the saga and its answer: the same key finds the saga, though its seat is taken by now."""
    ada, event = stage.system.person(), _event(stage)
    path, key = f"/api/seats/{event}/A1/reserve", {"idempotency-key": new_id("key")}
    body = {"payment": {"provider": "mock", "method": {"card": "good"}}}
    bought = await ada("POST", path, body, headers=key)
    assert bought.status_code == 201, bought.text
    async with stage.database() as tx:
        await tx.execute("delete from idempotency where scope like %s", [f"%{ada.id}%"])
    stage.world.taken.clear()
    assert (await ada("POST", path, body)).json()["code"] == "seat_taken"
    again = await ada("POST", path, body, headers=key)
    assert (again.status_code, again.json()["orderId"]) == (201, bought.json()["orderId"])


async def test_a_key_that_is_forgotten_reserves_another_seat(stage: Stage) -> None:
    """After a day a key may be used anew: what it bought the first time is no answer to who asks for something else."""
    ada, event = stage.system.person(), _event(stage)
    key = {"idempotency-key": new_id("key")}
    body = {"payment": {"provider": "mock", "method": {"card": "good"}}}
    first = await ada("POST", f"/api/seats/{event}/A1/reserve", body, headers=key)
    async with stage.database() as tx:
        await tx.execute("delete from idempotency where scope like %s", [f"%{ada.id}%"])
    second = await ada("POST", f"/api/seats/{event}/A2/reserve", body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201), second.text
    order = stage.world.orders[second.json()["orderId"]]
    assert [item.seat_id.rpartition(":")[2] for item in order.items] == ["A2"]


async def test_a_seat_is_not_reserved_by_another_seats_hold(stage: Stage) -> None:
    """The hold has to have the seat, at a showtime of that event; else 422, and nothing is sold."""
    ada, event, other = stage.system.person(), _event(stage), _event(stage)
    (showtime,) = stage.world.showtimes[event]
    hold = stage.world.hold(ada.id, f"{showtime.showtime_id}:A1")
    body = {"holdId": hold, "payment": {"provider": "mock", "method": {"card": "good"}}}
    for path in (f"/api/seats/{event}/A2/reserve", f"/api/seats/{other}/A1/reserve"):
        answer = await ada("POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "seat_not_held"), answer.text
    key = {"idempotency-key": new_id("key")}
    for _ in range(2):
        bought = await ada("POST", f"/api/seats/{event}/A1/reserve", body, headers=key)
        assert (bought.status_code, bought.json()["status"]) == (201, "completed"), bought.text


async def test_a_free_seat_is_reserved_without_a_body(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to pay, nothing to say."""
    monkeypatch.setattr(stage.world, "price", 0)
    ada = stage.system.person()
    answer = await ada("POST", f"/api/seats/{_event(stage)}/A2/reserve")
    assert (answer.status_code, answer.json()["status"]) == (201, "completed"), answer.text


async def test_the_routes_are_described(stage: Stage) -> None:
    """The OpenAPI document has them, with every answer that a buyer's client must expect."""
    described = (await stage.system.client.get("/api/openapi.json")).json()
    answers = described["paths"]["/api/checkouts"]["post"]["responses"]
    assert {"201", "202", "402", "409", "410", "422"} <= answers.keys()
    assert "/api/seats/{event_id}/{seat_number}/reserve" in described["paths"]


async def test_fifty_buyers_at_once(stage: Stage, seats: Seats) -> None:
    """Each buys what they hold, and the peers were asked for each command once."""
    buyers = [stage.system.person() for _ in range(50)]
    before = stage.calls[payments.Pay]
    answers = await asyncio.gather(*(stage.buys(who, stage.world.hold(who.id, *seats(2))) for who in buyers))
    assert {answer.status_code for answer in answers} <= {201, 202}
    await asyncio.gather(*(ends(who, answer, "completed") for who, answer in zip(buyers, answers, strict=True)))
    assert stage.calls[payments.Pay] == before + 50
    assert stage.world.faults == []


def _payment(body: dict[str, Any]) -> str:
    return str(body["orderId"]).replace("order_", "pay_")


def _event(stage: Stage) -> str:
    event_id = new_id("event")
    stage.world.showtimes[event_id] = [
        ShowtimeFacts(
            showtime_id=new_id("showtime"),
            event_id=event_id,
            organization_id=new_id("org"),
            venue_id=new_id("venue"),
            layout_hash="",
            starts_at=datetime.now(UTC) + timedelta(days=1),
            seats_per_buyer=4,
            hold_seconds=300,
            currency="EUR",
            status="published",
        )
    ]
    return event_id
