"""Orders compared with what inventory has sold and what payments has kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Literal

import msgspec
import pytest
import structlog

from internal.orders.config import OrdersSettings
from internal.orders.reconcile import OrderReconciler
from internal.platform.postgres import Database, many
from proto.inventory import ClaimFacts
from proto.orders import OrderFacts, RefundByHand, RefundRequested
from proto.payments import PaymentFacts
from proto.reconcile import Reconcile
from tests.orders.conftest import ASKED_BACK, PAID, Office, good
from tests.orders.test_called_off import called_off
from tests.running import Person
from tests.waiting import until

AT_ONCE = OrdersSettings(reconcile_after=0, reconcile_again=0)


class Noted(msgspec.Struct, frozen=True):
    differs: str


class Looking:
    """A reconciler of the test's own, beside the one that runs."""

    def __init__(self, office: Office, database: Database) -> None:
        self.house = office.house
        self.database = database
        self.reconciler = OrderReconciler(database, office.system.bus, AT_ONCE, lambda: datetime.now(UTC))

    async def finds(self, order: OrderFacts, *, repair: bool = False) -> set[tuple[str, str, bool]]:
        """What a look at everything says of this order."""
        found = await self.reconciler.run_once(repair)
        return {(one.found, one.expected, one.repaired) for one in found if one.thing == order.order_id}

    async def notes(self, order: OrderFacts, differs: str) -> None:
        """Look at what is due, until this is what is noted of the order."""

        async def noted() -> bool:
            await self.reconciler.look_at_new(repair=False)
            async with self.database.read() as tx:
                sql = "select differs from orders where id = %s and compared_at is not null"
                return await many(tx, Noted, sql, [order.order_id]) == [Noted(differs)]

        await until(noted)

    def sold_and_paid(
        self,
        order: OrderFacts,
        *,
        seats: int = 2,
        state: Literal["claimed", "purchased"] = "purchased",
        captured: int = 10_000,
    ) -> None:
        """What the neighbours say of it."""
        ids = [item.seat_id for item in order.items][:seats]
        self.house.claims[order.order_id] = ClaimFacts(
            order_id=order.order_id, showtime_id=order.showtime_id, seat_ids=ids, state=state
        )
        assert order.payment_id is not None
        self.house.payments[order.payment_id] = PaymentFacts(
            payment_id=order.payment_id,
            order_id=order.order_id,
            provider="mock",
            status="succeeded",
            amount=order.total,
            currency=order.currency,
            captured=captured,
        )


@pytest.fixture
async def looking(office: Office) -> AsyncIterator[Looking]:
    opened = Database(office.system.databases["orders"], "orders", structlog.get_logger())
    await opened.open()
    try:
        yield Looking(office, opened)
    finally:
        await opened.close()


async def test_what_is_sold_and_paid_is_well(office: Office, buyer: Person, looking: Looking) -> None:
    """Nothing differs."""
    order = await office.completed(buyer)
    looking.sold_and_paid(order)
    await looking.notes(order, "")


async def test_what_is_not_sold_or_not_paid_is_noted(office: Office, buyer: Person, looking: Looking) -> None:
    """With what differs, until it is well again."""
    order = await office.completed(buyer)
    await looking.notes(order, "no seats instead of 2 purchased; 0 TRY kept instead of 10000 TRY")
    looking.sold_and_paid(order, seats=1, captured=20_000)
    await looking.notes(order, "1 of 2 seats purchased instead of 2 purchased; 20000 TRY kept instead of 10000 TRY")
    looking.sold_and_paid(order)
    await looking.notes(order, "")


async def test_a_claim_that_was_never_sold_is_sold(office: Office, buyer: Person, looking: Looking) -> None:
    """Only where it is to be repaired; a look alone changes nothing."""
    order = await office.completed(buyer)
    looking.sold_and_paid(order, state="claimed")
    assert await looking.finds(order) == {("2 of 2 seats claimed", "2 purchased", False)}
    assert looking.house.claims[order.order_id].state == "claimed"
    assert await looking.finds(order, repair=True) == {("2 of 2 seats claimed", "2 purchased", True)}
    assert await looking.finds(order) == set()


async def test_money_is_not_repaired(office: Office, buyer: Person, looking: Looking) -> None:
    """It is told, and told again, until a person has seen to it."""
    order = await office.completed(buyer)
    looking.sold_and_paid(order, captured=20_000)
    for _ in range(2):
        assert await looking.finds(order, repair=True) == {("20000 TRY kept", "10000 TRY", False)}


async def test_the_operator_asks(office: Office, buyer: Person) -> None:
    """`aisle reconcile` shows orders, where the settled ones alone are looked at."""
    await office.completed(buyer)
    answer = await office.system.bus.request(Reconcile(service="orders"), timeout=20.0)
    assert [(look.reconciler, look.trouble) for look in answer.looks] == [("orders", ""), ("orders-outbox", "")]
    assert not answer.looks[0].differences


async def test_what_is_being_refunded_is_left_alone(office: Office, buyer: Person, looking: Looking) -> None:
    """Until the refund has ended, seats and money differ, and rightly so."""
    order = await office.completed(buyer)
    refund = good(await buyer("POST", f"/api/orders/{order.order_id}/refunds", {"reason": "ill"}))
    assert await looking.finds(order) == set()
    await office.finish(order.order_id, refund["id"], succeeded=False)
    assert await looking.finds(order) == {
        ("no seats", "2 purchased", False),
        ("0 TRY kept", "10000 TRY", False),
    }


async def test_a_showtime_called_off_whose_refund_is_refused(office: Office, buyer: Person, looking: Looking) -> None:
    """Nobody asks anew for what a bank refused, and nothing takes place: it is noted until the money is back."""
    order = await office.completed(buyer)
    looking.sold_and_paid(order)
    await called_off(office, order.showtime_id)
    asked = (await office.system.heard.told(order.order_id, *PAID, *ASKED_BACK))[-1]
    assert isinstance(asked, RefundRequested)
    await office.finish(order.order_id, asked.refund_id, succeeded=False, reason="The card is closed.")
    await looking.notes(order, "2 seats not refunded instead of none: the showtime is called off")
    by_hand = RefundByHand(refund_id=asked.refund_id, by_hand="bank transfer 123", settled_by="Ada")
    await office.ask(by_hand)
    refunds = good(await buyer("GET", f"/api/orders/{order.order_id}/refunds"))["items"]
    assert [one["status"] for one in refunds] == ["failed", "requested"]
    await office.finish(order.order_id, refunds[-1]["id"])
    looking.sold_and_paid(order, captured=0)
    await looking.notes(order, "")
