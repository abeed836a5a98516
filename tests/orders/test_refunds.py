"""Refunds: who may ask, what is taken, and how they end."""

from __future__ import annotations

import asyncio

import pytest

from internal.orders.faults import OrderIsCompleted, RefundUnknown
from internal.platform.ids import new_id
from proto.orders import CancelOrder, OrderRefunded, RefundRequested, TicketsIssued, TicketsRevoked
from tests.edge import code
from tests.orders.conftest import ASKED_BACK, PAID, Office, good
from tests.running import Person

REASON = {"reason": "ill"}


async def test_a_refund_is_requested_and_ends_with_the_money(office: Office, buyer: Person) -> None:
    """It is told with its seats and their money; when that went back, the order is refunded in part, then whole."""
    order = await office.completed(buyer, "A1", "B1")
    path = f"/api/orders/{order.order_id}/refunds"
    answer = await buyer("POST", path, {**REASON, "seatIds": ["B1"]})
    first = good(answer)
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{path}/{first['id']}"
    assert (first["status"], first["amount"], first["seatIds"]) == ("requested", 2_500, ["B1"])
    shown = good(await buyer("GET", f"/api/orders/{order.order_id}"))
    assert [item["status"] for item in shown["items"]] == ["good", "refunding"]
    assert shown["status"] == "completed"
    facts = await office.finish(order.order_id, first["id"])
    assert (facts.status, facts.refunded) == ("partially_refunded", 2_500)
    second = good(await buyer("POST", path, REASON))
    assert second["seatIds"] == ["A1"]
    facts = await office.finish(order.order_id, second["id"])
    assert (facts.status, facts.refunded) == ("refunded", 7_500)
    told = await office.system.heard.told(order.order_id, *PAID, *ASKED_BACK, OrderRefunded, *ASKED_BACK, OrderRefunded)
    assert [event.whole for event in told if isinstance(event, OrderRefunded)] == [False, True]
    assert [event.payment_id for event in told if isinstance(event, RefundRequested)] == [order.payment_id] * 2
    listed = good(await buyer("GET", path))["items"]
    assert [one["status"] for one in listed] == ["succeeded", "succeeded"]


async def test_a_refund_that_fails_gives_the_seats_back(office: Office, buyer: Person) -> None:
    """The seats are good again, and can be refunded anew; what was said of a refund first stays so."""
    order = await office.completed(buyer, "A1", "A2")
    path = f"/api/orders/{order.order_id}/refunds"
    first = good(await buyer("POST", path, REASON))
    facts = await office.finish(order.order_id, first["id"], succeeded=False, reason="account closed")
    assert (facts.status, facts.refunded) == ("completed", 0)
    assert (await office.finish(order.order_id, first["id"])).status == "completed"
    shown = good(await buyer("GET", f"{path}/{first['id']}"))
    assert (shown["status"], shown["failure"]) == ("failed", "account closed")
    assert good(await buyer("POST", path, REASON))["amount"] == 10_000
    seen = await office.system.heard.told(order.order_id, *PAID, *ASKED_BACK, TicketsIssued, *ASKED_BACK)
    issued = [event.ticket_ids for event in seen if isinstance(event, TicketsIssued)]
    assert sorted(issued[0]) == sorted(issued[1])  # the same ones: what was printed opens the door again


async def test_finished_twice_at_once_it_is_told_once(office: Office, buyer: Person) -> None:
    """Twenty commands to finish one refund give its money back once."""
    order = await office.completed(buyer, "A1", "A2", "A3")
    refund = good(await buyer("POST", f"/api/orders/{order.order_id}/refunds", {**REASON, "seatIds": ["A2"]}))
    answers = await asyncio.gather(*(office.finish(order.order_id, refund["id"]) for _ in range(20)))
    assert {answer.refunded for answer in answers} == {5_000}
    await office.system.heard.told(order.order_id, *PAID, *ASKED_BACK, OrderRefunded)


async def test_two_refunds_at_once_do_not_overlap(office: Office, buyer: Person) -> None:
    """Thirty requests for overlapping seats at once: each seat goes with one of them, and no more than there is."""
    order = await office.completed(buyer, "A1", "A2", "A3")
    path = f"/api/orders/{order.order_id}/refunds"
    wishes = [["A1", "A2"], ["A2", "A3"], ["A1", "A3"]] * 10
    answers = await asyncio.gather(*(buyer("POST", path, {**REASON, "seatIds": seats}) for seats in wishes))
    taken = [answer.json()["seatIds"] for answer in answers if answer.status_code == 202]
    assert len(taken) == 1
    assert {code(answer) for answer in answers if answer.status_code != 202} == {(409, "seat_already_refunded")}
    rest = good(await buyer("POST", path, REASON))
    assert sorted([*taken[0], *rest["seatIds"]]) == ["A1", "A2", "A3"]
    assert code(await buyer("POST", path, REASON)) == (409, "nothing_left_to_refund")


async def test_the_same_key_is_one_refund(office: Office, buyer: Person) -> None:
    """A request that comes again gets the same answer; with another body it is refused."""
    order = await office.completed(buyer, "A1", "A2")
    path, key = f"/api/orders/{order.order_id}/refunds", {"idempotency-key": new_id("key")}
    wish = {**REASON, "seatIds": ["A1"]}
    first = await buyer("POST", path, wish, headers=key)
    again = await buyer("POST", path, wish, headers=key)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.headers["location"] == again.headers["location"]
    assert code(await buyer("POST", path, REASON, headers=key)) == (422, "key_reused")


async def test_seats_of_others_are_not_refunded(office: Office, buyer: Person) -> None:
    """A seat that is not of this order is refused, with its name."""
    order = await office.completed(buyer, "A1")
    answer = await buyer("POST", f"/api/orders/{order.order_id}/refunds", {**REASON, "seatIds": ["A1", "Z9"]})
    assert code(answer) == (422, "seat_not_in_order")
    assert answer.json()["seatIds"] == ["Z9"]


async def test_what_is_not_paid_is_not_refunded(office: Office, buyer: Person) -> None:
    """A pending and a cancelled order have nothing to give back."""
    order = await office.pending(buyer)
    path = f"/api/orders/{order.order_id}/refunds"
    assert code(await buyer("POST", path, REASON)) == (409, "order_not_paid")
    await office.cancel(order.order_id)
    assert code(await buyer("POST", path, REASON)) == (409, "order_not_paid")


async def test_a_buyer_asks_in_time_and_staff_at_any_time(office: Office, buyer: Person) -> None:
    """Within a day of the start the buyer has to ask the organiser, who may."""
    order = await office.completed(buyer, "A1", days=0.9)
    path = f"/api/orders/{order.order_id}/refunds"
    assert code(await buyer("POST", path, REASON)) == (409, "refund_too_late")
    assert good(await office.organizer("POST", path, REASON))["requestedBy"] == office.organizer.id


async def test_who_came_in_does_not_get_the_money_back(office: Office, buyer: Person) -> None:
    """A seat in use is refused to its buyer, alone or with all that is left; the organiser may. The others go back."""
    order = await office.completed(buyer, "A1", "A2", days=2)
    path = f"/api/orders/{order.order_id}"
    codes = {one["seatId"]: one["code"] for one in good(await buyer("GET", f"{path}/tickets"))["items"]}
    scan = {"code": codes["A1"], "gate": "North", "nonce": new_id("nonce")}
    assert good(await office.organizer("POST", "/api/checkins", scan))["status"] == "ok"
    for asked in (REASON, {**REASON, "seatIds": ["A1"]}):
        answer = await buyer("POST", f"{path}/refunds", asked)
        assert code(answer) == (409, "seat_in_use")
        assert answer.json()["seatIds"] == ["A1"]
    assert good(await buyer("POST", f"{path}/refunds", {**REASON, "seatIds": ["A2"]}))["seatIds"] == ["A2"]
    assert good(await office.organizer("POST", f"{path}/refunds", REASON))["seatIds"] == ["A1"]


async def test_nobody_else_refunds(office: Office, buyer: Person) -> None:
    """A stranger does not learn that there is such an order; without a token nobody asks at all."""
    order = await office.completed(buyer, "A1")
    refund = good(await buyer("POST", f"/api/orders/{order.order_id}/refunds", REASON))
    path, other = f"/api/orders/{order.order_id}/refunds", office.system.person()
    assert code(await other("POST", path, REASON)) == (404, "order_unknown")
    assert code(await other("GET", path)) == (404, "order_unknown")
    assert code(await other("GET", f"{path}/{refund['id']}")) == (404, "order_unknown")
    assert code(await office.system.stranger()("POST", path, REASON)) == (401, "unauthenticated")
    mine = await office.completed(buyer, "A2")
    elsewhere = f"/api/orders/{mine.order_id}/refunds/{refund['id']}"
    assert code(await buyer("GET", elsewhere)) == (404, "refund_unknown")


async def test_a_free_order_gives_its_seats_back(office: Office, buyer: Person) -> None:
    """There is no money and no payment in it, and yet the seats go back."""
    order = await office.pending(buyer, "A1", price=0)
    await office.complete(order.order_id, None)
    refund = good(await buyer("POST", f"/api/orders/{order.order_id}/refunds", REASON))
    assert (await office.finish(order.order_id, refund["id"])).status == "refunded"


async def test_what_could_not_be_sold_after_all_its_checkout_withdraws(office: Office, buyer: Person) -> None:
    """The saga that completed it gave the money back, and cancels it: everything is refunded, told once."""
    command = office.command(buyer, "A1", "A2")
    await office.ask(command)
    await office.complete(command.order_id)
    back = CancelOrder(order_id=command.order_id, saga_id=command.saga_id, reason="no_claim")
    answers = await asyncio.gather(*(office.ask(back) for _ in range(10)))
    assert {(answer.status, answer.refunded) for answer in answers} == {("refunded", 10_000)}
    await office.system.heard.told(command.order_id, *PAID, TicketsRevoked, OrderRefunded)


async def test_a_refund_under_way_ends_before_a_withdrawal(office: Office, buyer: Person) -> None:
    """The checkout's cancel is refused until then, and takes what is left afterwards."""
    command = office.command(buyer, "A1", "A2")
    await office.ask(command)
    await office.complete(command.order_id)
    path = f"/api/orders/{command.order_id}/refunds"
    refund = good(await buyer("POST", path, {**REASON, "seatIds": ["A1"]}))
    back = CancelOrder(order_id=command.order_id, saga_id=command.saga_id, reason="no_claim")
    with pytest.raises(OrderIsCompleted):
        await office.ask(back)
    await office.finish(command.order_id, refund["id"])
    answer = await office.ask(back)
    assert (answer.status, answer.refunded) == ("refunded", 10_000)


async def test_a_refund_that_nobody_requested_is_not_finished(office: Office, buyer: Person) -> None:
    """Its id has to be one of the order's."""
    order = await office.completed(buyer, "A1")
    with pytest.raises(RefundUnknown):
        await office.finish(order.order_id, new_id("refund"))
