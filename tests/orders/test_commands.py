"""The saga's commands: twice, late, at once, and after their opposites."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from internal.orders.faults import (
    OrderIdTaken,
    OrderIsCanceled,
    OrderIsCompleted,
    OrderUnknown,
    PaidOtherwise,
    PaymentMissing,
)
from internal.platform.faults import Fault
from internal.platform.ids import new_id
from proto.orders import OrderCanceled, OrderCreated
from tests.orders.conftest import PAID, Office
from tests.orders.standins import HoldGone
from tests.running import Person


async def test_an_order_has_the_seats_of_the_hold_at_their_prices(office: Office, buyer: Person) -> None:
    """What is held is ordered, each seat at the price of its tier."""
    order = await office.pending(buyer, "A1", "B7")
    assert [(item.seat_id, item.price, item.row, item.number) for item in order.items] == [
        ("A1", 5_000, "A", "1"),
        ("B7", 2_500, "B", "7"),
    ]
    assert (order.total, order.currency, order.status) == (7_500, "TRY", "pending")
    assert order.organization_id == office.organization


async def test_a_price_is_that_of_the_moment_of_the_hold(office: Office, buyer: Person) -> None:
    """A price that was raised after the hold is not what its buyer pays."""
    command = office.command(buyer, "A1")
    showtime_id = office.house.holds[command.hold_id].showtime_id
    office.house.raise_prices(showtime_id, 9_900)
    assert (await office.ask(command)).total == 5_000
    later = await office.pending(buyer, "A2", showtime_id=showtime_id)
    assert later.total == 9_900


async def test_made_twice_at_once_it_is_one_order(office: Office, buyer: Person) -> None:
    """Fifty commands to make one order make one, told once, and all get the same answer."""
    command = office.command(buyer, "A1", "A2")
    answers = await asyncio.gather(*(office.ask(command) for _ in range(50)))
    assert {msgspec.json.encode(answer) for answer in answers} == {msgspec.json.encode(answers[0])}
    await office.complete(command.order_id)
    await office.system.heard.told(command.order_id, *PAID)


async def test_the_id_of_another_order_is_refused(office: Office, buyer: Person) -> None:
    """An order's id serves one checkout, one buyer and one hold."""
    order, other = office.command(buyer, "A1"), office.command(buyer, "A2")
    await office.ask(order)
    with pytest.raises(OrderIdTaken):
        await office.ask(msgspec.structs.replace(other, order_id=order.order_id))


async def test_a_hold_that_is_over_makes_no_order(office: Office, buyer: Person) -> None:
    """What inventory refuses, orders refuses."""
    command = msgspec.structs.replace(office.command(buyer, "A1"), hold_id=new_id("hold"))
    with pytest.raises(HoldGone):
        await office.ask(command)


async def test_made_it_stays_made_when_its_hold_is_over(office: Office, buyer: Person) -> None:
    """The command that comes again long after gets the order; one that names another hold does not."""
    command = office.command(buyer, "A1")
    made = await office.ask(command)
    del office.house.holds[command.hold_id]
    assert await office.ask(command) == made
    with pytest.raises(OrderIdTaken):
        await office.ask(msgspec.structs.replace(command, hold_id=new_id("hold")))


async def test_completed_twice_it_is_told_once(office: Office, buyer: Person) -> None:
    """The same payment completes it as often as it likes; another one does not."""
    order = await office.pending(buyer)
    paid = new_id("pay")
    answers = await asyncio.gather(*(office.complete(order.order_id, paid) for _ in range(20)))
    assert {(answer.status, answer.payment_id) for answer in answers} == {("completed", paid)}
    with pytest.raises(PaidOtherwise):
        await office.complete(order.order_id)
    await office.system.heard.told(order.order_id, *PAID)


async def test_what_costs_something_is_not_completed_for_nothing(office: Office, buyer: Person) -> None:
    """A payment is named, unless all of it is free."""
    order = await office.pending(buyer)
    with pytest.raises(PaymentMissing):
        await office.complete(order.order_id, None)
    free = await office.pending(buyer, "A1", price=0)
    assert (await office.complete(free.order_id, None)).status == "completed"


async def test_cancelled_before_it_is_made_it_never_is(office: Office, buyer: Person) -> None:
    """The command to make it comes late, and is refused; it counts as cancelled from the beginning."""
    command = office.command(buyer, "A1")
    assert (await office.cancel(command.order_id, "too late")).status == "canceled"
    for _ in range(2):
        with pytest.raises(OrderIsCanceled):
            await office.ask(command)
    with pytest.raises(OrderIsCanceled):
        await office.complete(command.order_id)
    again = await office.cancel(command.order_id, "another reason")
    assert (again.status, again.reason) == ("canceled", "too late")
    assert (await office.get(command.order_id)).reason == "too late"


async def test_made_and_cancelled_at_once_it_ends_cancelled(office: Office, buyer: Person) -> None:
    """Whichever comes first, an order that was cancelled is cancelled at the end."""
    for _ in range(10):
        command = office.command(buyer, "A1")
        made, gone = await asyncio.gather(office.ask(command), office.cancel(command.order_id), return_exceptions=True)
        assert not isinstance(gone, BaseException), gone
        assert not isinstance(made, BaseException) or isinstance(made, OrderIsCanceled)
        assert (await office.get(command.order_id)).status == "canceled"


async def test_what_is_cancelled_is_not_completed(office: Office, buyer: Person) -> None:
    """A late completion is refused, and the cancellation is told once."""
    order = await office.pending(buyer)
    await asyncio.gather(*(office.cancel(order.order_id) for _ in range(10)))
    with pytest.raises(OrderIsCanceled):
        await office.complete(order.order_id)
    assert (await office.get(order.order_id)).reason == "card declined"
    await office.system.heard.told(order.order_id, OrderCreated, OrderCanceled)


async def test_what_is_completed_is_not_cancelled(office: Office, buyer: Person) -> None:
    """Its money has moved: it can only be refunded."""
    order = await office.completed(buyer)
    with pytest.raises(OrderIsCompleted):
        await office.cancel(order.order_id)
    assert (await office.get(order.order_id)).status == "completed"


async def test_completed_and_cancelled_at_once_one_of_them_wins(office: Office, buyer: Person) -> None:
    """The other is refused, and the events say the same as the order."""
    for _ in range(10):
        order = await office.pending(buyer)
        done, gone = await asyncio.gather(
            office.complete(order.order_id), office.cancel(order.order_id), return_exceptions=True
        )
        status = (await office.get(order.order_id)).status
        assert isinstance(done, Fault) == (status == "canceled")
        assert isinstance(gone, Fault) == (status == "completed")
        seen = (OrderCreated, OrderCanceled) if status == "canceled" else PAID
        await office.system.heard.told(order.order_id, *seen)


async def test_of_what_nobody_made_nothing_is_known(office: Office) -> None:
    """Asking for it, and completing it, is refused."""
    with pytest.raises(OrderUnknown):
        await office.get(new_id("order"))
    with pytest.raises(OrderUnknown):
        await office.complete(new_id("order"))
