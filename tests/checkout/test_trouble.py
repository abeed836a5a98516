"""The checkout when its peers misbehave: lost answers, outages, seats that are gone, a person who has had enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from internal.platform.faults import Fault, Kind, Unavailable
from internal.platform.ids import new_id
from proto import inventory, orders, payments
from proto.checkout import AbandonSaga, GetCheckout, GetSaga, ListSagas, RetrySaga, StartCheckout
from tests.checkout.conftest import Stage, ends, looked_at, staged
from tests.conftest import Addresses
from tests.waiting import until

Seats = Callable[[int], list[str]]


class OrderStopped(Fault, kind=Kind.CONFLICT):
    """This order was stopped."""


class NotGivenBack(Fault, kind=Kind.CONFLICT):
    """The provider will not give this money back."""


COMMANDS = (
    orders.CreateOrder,
    inventory.Claim,
    payments.Pay,
    orders.CompleteOrder,
)


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_lost_answer_is_asked_for_again(stage: Stage, seats: Seats, command: type[Any]) -> None:
    """Whichever answer is lost, the command comes again under the same ids, and its effect is there once."""
    ada = stage.system.person()
    stage.lost[command] = 1
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(2)))
    assert answer.status_code == 202, answer.text
    body = await ends(ada, answer, "completed")
    assert stage.calls[command] == 2
    assert sum(step["tries"] for step in body["steps"]) >= 6
    assert stage.world.payments[body["orderId"].replace("order_", "pay_")].captured == 5000


@pytest.mark.parametrize("command", [orders.CancelOrder, inventory.Release, payments.CancelPayment])
async def test_the_way_back_is_tried_until_it_succeeds(stage: Stage, seats: Seats, command: type[Any]) -> None:
    """A declined card while a peer is down: nothing is told to have failed before everything is back."""
    ada = stage.system.person()
    stage.broken[command] = Unavailable()
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)), "declined")
    assert answer.status_code == 202, answer.text
    assert (await looked_at(ada, answer))["status"] == "running"
    stage.broken.clear()
    body = await ends(ada, answer, "failed")
    assert stage.world.orders[body["orderId"]].status == "canceled"
    assert stage.world.claims[body["orderId"]].state == "released"


async def test_after_the_pivot_it_goes_on_until_it_succeeds(stage: Stage, seats: Seats) -> None:
    """The money is there and orders is down: no way back, and a bug in a peer is waited out as an outage is."""
    ada = stage.system.person()
    stage.broken[orders.CompleteOrder] = RuntimeError("a bug")
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)))
    assert answer.status_code == 202
    await until(lambda: stage.calls[orders.CompleteOrder] > 3)
    stage.broken.clear()
    await ends(ada, answer, "completed")


async def test_a_sale_that_nobody_tells_is_asked_for(stage: Stage, seats: Seats) -> None:
    """Inventory never heard of the completed order: the saga asks for the sale itself."""
    ada = stage.system.person()
    stage.world.mute = True
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(2)))
    body = await ends(ada, answer, "completed")
    assert stage.world.claims[body["orderId"]].state == "purchased"


async def test_seats_that_are_gone_give_the_money_back(stage: Stage, seats: Seats) -> None:
    """After the pivot, when the seats really cannot be sold: refunded, released, cancelled with its reason."""
    ada = stage.system.person()
    stage.world.mute = True
    stage.waits[orders.CompleteOrder] = asyncio.Event()
    asked = asyncio.create_task(stage.buys(ada, stage.world.hold(ada.id, *seats(2))))
    await until(lambda: stage.calls[orders.CompleteOrder] > 0)
    order_id = next(reversed(stage.world.orders))
    stage.world.lost_seats.add(order_id)
    stage.waits[orders.CompleteOrder].set()
    await asked
    await until(lambda: stage.world.orders[order_id].status == "canceled")
    assert stage.world.orders[order_id].reason == "no_claim"
    paid = stage.world.payments[order_id.replace("order_", "pay_")]
    assert (paid.captured, paid.refunded) == (5000, 5000)
    assert stage.world.claims[order_id].state == "released"


async def test_a_hold_that_lost_a_seat_is_not_charged_for(stage: Stage, seats: Seats) -> None:
    """Given back between the order and its claim: nothing is charged, and what is left of the hold is the buyer's."""
    ada, (kept, given_back) = stage.system.person(), seats(2)
    hold_id = stage.world.hold(ada.id, kept, given_back)
    stage.waits[inventory.Claim] = asyncio.Event()
    asked = asyncio.create_task(stage.buys(ada, hold_id))
    await until(lambda: stage.calls[inventory.Claim] > 0)
    stage.world.holds[hold_id].seats = [kept]
    stage.waits[inventory.Claim].set()
    answer = await asked
    assert (answer.status_code, answer.json()["code"]) == (409, "hold_changed"), answer.text
    order_id = answer.json()["orderId"]
    assert order_id.replace("order_", "pay_") not in stage.world.payments
    assert stage.world.orders[order_id].status == "canceled"
    assert stage.world.claims[order_id].state == "released"
    again = await stage.buys(ada, hold_id)
    assert (again.status_code, again.json()["total"]) == (201, 2500), again.text


async def test_a_payment_that_is_never_finished_is_given_up(servers: Addresses, tmp_path: Path, seats: Seats) -> None:
    """At the deadline of the bank's page the payment is looked at once more, voided, and the seats go back."""
    async with staged(servers, tmp_path, AISLE_CHECKOUT_PAY_WITHIN="1.5", AISLE_CHECKOUT_LOOK_EVERY="0.2") as stage:
        ada = stage.system.person()
        answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)), "bank")
        body = await ends(ada, answer, "failed")
        assert body["code"] == "payment_timed_out"
        assert stage.world.payments[body["orderId"].replace("order_", "pay_")].status == "canceled"
        assert stage.world.wrong() == []


async def test_another_service_starts_one_once(stage: Stage, seats: Seats) -> None:
    """`rpc.checkout.start` twice is one checkout; its facts can be asked for; another buyer's id is refused."""
    ada = stage.system.person()
    asked = StartCheckout(
        checkout_id=new_id("checkout"),
        user_id=ada.id,
        hold_id=stage.world.hold(ada.id, *seats(1)),
        provider="mock",
        method={"card": "good"},
    )
    first, second = await asyncio.gather(*(stage.system.bus.request(asked) for _ in range(2)))
    assert first.order_id == second.order_id
    question = GetCheckout(checkout_id=asked.checkout_id)

    async def completed() -> bool:
        return (await stage.system.bus.request(question)).status == "completed"

    await until(completed)
    with pytest.raises(Fault) as refused:
        await stage.system.bus.request(
            StartCheckout(checkout_id=asked.checkout_id, user_id=new_id("user"), hold_id=asked.hold_id)
        )
    assert refused.value.code == "checkout_under_way"


async def test_people_see_try_and_give_up(stage: Stage, seats: Seats) -> None:
    """A saga that cannot go on is listed with its error; tried at once on request; given up, it turns back."""
    ada, bus = stage.system.person(), stage.system.bus
    stage.broken[inventory.Claim] = RuntimeError("a bug")
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)))
    checkout_id = answer.json()["checkoutId"]
    assert checkout_id in [saga.saga_id for saga in (await bus.request(ListSagas())).sagas]
    shown = await bus.request(GetSaga(saga_id=checkout_id))
    assert (shown.status, shown.step) == ("running", "claim")
    assert shown.steps[1].error.startswith("internal")
    assert shown.about["method"] == {}
    before = stage.calls[inventory.Claim]
    await bus.request(RetrySaga(saga_id=checkout_id))
    await until(lambda: stage.calls[inventory.Claim] > before)
    given_up = await bus.request(AbandonSaga(saga_id=checkout_id, reason="the box office said so"))
    assert given_up.status == "undoing"
    body = await ends(ada, answer, "failed")
    assert (body["code"], body["message"]) == ("abandoned", "the box office said so")
    with pytest.raises(Fault) as ended:
        await bus.request(RetrySaga(saga_id=checkout_id))
    assert ended.value.code == "saga_ended"
    with pytest.raises(Fault) as unknown:
        await bus.request(GetSaga(saga_id="x"))
    assert unknown.value.code == "saga_unknown"


async def test_what_cannot_get_back_can_be_ended(stage: Stage, seats: Seats) -> None:
    """A way back that a person gives up ends as abandoned, and its end is told."""
    ada, bus = stage.system.person(), stage.system.bus
    stage.broken[orders.CancelOrder] = RuntimeError("a bug")
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)), "declined")
    checkout_id = answer.json()["checkoutId"]
    ended = await bus.request(AbandonSaga(saga_id=checkout_id, reason="by hand"))
    assert ended.status == "abandoned"
    body = await ends(ada, answer, "failed")
    assert body["code"] == "card_declined"
    await until(lambda: bool(stage.system.heard.about(checkout_id)))
    assert checkout_id in [one.saga_id for one in (await bus.request(ListSagas(which="abandoned"))).sagas]
    stage.world.orders.pop(body["orderId"])  # the person did that by hand


async def test_told_twice_to_turn_back_it_turns_back(stage: Stage, seats: Seats) -> None:
    """Who saw it run gives up one that runs: the same word again ends nothing, and another's word finds it moved."""
    ada, bus = stage.system.person(), stage.system.bus
    stage.broken[inventory.Claim] = RuntimeError("a bug")
    stage.broken[orders.CancelOrder] = RuntimeError("a bug")
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)))
    told = AbandonSaga(saga_id=answer.json()["checkoutId"], reason="by hand", status="running")
    statuses = [(await bus.request(told)).status for _ in range(3)]
    assert statuses == ["undoing"] * 3
    with pytest.raises(Fault) as moved:
        await bus.request(msgspec.structs.replace(told, reason="somebody else's"))
    assert moved.value.code == "saga_moved"
    stage.broken.clear()
    assert (await ends(ada, answer, "failed"))["code"] == "abandoned"


async def _refund(stage: Stage, seats: Seats, reason: str, count: int = 1) -> tuple[str, str]:
    ada = stage.system.person()
    bought = (await stage.buys(ada, stage.world.hold(ada.id, *seats(2)))).json()
    order = stage.world.orders[bought["orderId"]]
    event = orders.RefundRequested(
        refund_id=new_id("refund"),
        order_id=order.order_id,
        payment_id=order.payment_id or "",
        showtime_id=order.showtime_id,
        seat_ids=[item.seat_id for item in order.items][:count],
        amount=2500 * count,
        currency="EUR",
        reason=reason,
    )
    await asyncio.gather(stage.publish(event), stage.publish(event))
    return event.refund_id, order.order_id


async def test_a_refund_gives_back_money_then_seats(stage: Stage, seats: Seats) -> None:
    """Asked for twice, done once: the money is back, the seat is free, the order is told."""
    refund_id, order_id = await _refund(stage, seats, "")
    await until(lambda: refund_id in stage.world.finished)
    assert stage.world.finished[refund_id] is True
    assert stage.world.payments[order_id.replace("order_", "pay_")].refunded == 2500
    assert [state for holder, state in stage.world.seats.values() if holder == order_id] == ["sold"]


async def test_a_refund_asked_for_before_the_sale_waits_for_it(stage: Stage, seats: Seats) -> None:
    """Inventory sells late: the order is not told that its refund is through while its seats are still to be sold."""
    stage.world.mute = True
    stage.broken[inventory.Purchase] = Unavailable()
    refund_id, order_id = await _refund(stage, seats, "", 2)
    await until(lambda: stage.calls[inventory.Refund] > 1)
    assert refund_id not in stage.world.finished
    stage.broken.clear()
    await until(lambda: stage.world.finished.get(refund_id) is True)
    assert order_id not in [holder for holder, _ in stage.world.seats.values()]


async def test_a_refund_that_takes_days_is_waited_for(stage: Stage, seats: Seats) -> None:
    """Pending at the provider: nothing is told; its word wakes the saga."""
    refund_id, order_id = await _refund(stage, seats, "slow", 2)
    await until(lambda: refund_id in stage.world.refunds)
    assert refund_id not in stage.world.finished
    assert [state for holder, state in stage.world.seats.values() if holder == order_id] == ["sold", "sold"]
    stage.world.refunded(refund_id)
    await until(lambda: stage.world.finished.get(refund_id) is True)
    assert order_id not in [holder for holder, _ in stage.world.seats.values()]


async def test_a_refund_that_is_refused_is_told_so(stage: Stage, seats: Seats) -> None:
    """The provider says never: the order is told, and the seats stay sold."""
    refund_id, order_id = await _refund(stage, seats, "never")
    await until(lambda: stage.world.finished.get(refund_id) is False)
    assert [state for holder, state in stage.world.seats.values() if holder == order_id] == ["sold", "sold"]


async def test_money_that_may_still_come_back_is_not_left_behind(stage: Stage, seats: Seats) -> None:
    """Given up, a refund turns back to ask how its money stands; given up again before that is known, it is refused."""
    bus = stage.system.bus
    refund_id, _ = await _refund(stage, seats, "slow", 2)
    await until(lambda: refund_id in stage.world.refunds)
    assert (await bus.request(AbandonSaga(saga_id=refund_id, reason="enough"))).status == "undoing"
    with pytest.raises(Fault) as kept:
        await bus.request(AbandonSaga(saga_id=refund_id, reason="enough"))
    assert kept.value.code == "money_kept"
    assert refund_id not in stage.world.finished
    stage.world.refunded(refund_id)
    await until(lambda: stage.world.finished.get(refund_id) is True)


async def test_a_checkout_whose_money_is_kept_is_not_left_behind(stage: Stage, seats: Seats) -> None:
    """Its way back hangs because the bank gives nothing back; when a person has, it can end where it stands."""
    ada, bus = stage.system.person(), stage.system.bus
    stage.broken[orders.CompleteOrder] = OrderStopped()
    stage.broken[payments.CancelPayment] = NotGivenBack()
    answer = await stage.buys(ada, stage.world.hold(ada.id, *seats(1)))
    checkout_id = answer.json()["checkoutId"]
    abandon = AbandonSaga(saga_id=checkout_id, reason="enough")
    await until(lambda: stage.calls[payments.CancelPayment] > 0)
    with pytest.raises(Fault) as kept:
        await bus.request(abandon)
    assert (kept.value.code, checkout_id.replace("checkout_", "refund_") in kept.value.detail) == ("money_kept", True)
    payment_id = answer.json()["orderId"].replace("order_", "pay_")
    facts = stage.world.payments[payment_id]
    stage.world.payments[payment_id] = replace(facts, refunded=facts.captured)
    assert (await bus.request(abandon)).status == "abandoned"
    stage.world.orders.pop(facts.order_id)
    stage.world.claims.pop(facts.order_id)
    stage.world.payments.pop(payment_id)
