"""Orders compared with what inventory has sold and what payments has kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest
import structlog

from internal.orders.config import OrdersSettings
from internal.orders.reconcile import Reconciler
from internal.orders.store.comparing import to_compare
from internal.platform.postgres import Database, many
from proto.inventory import Purchased
from proto.orders import OrderFacts
from proto.payments import PaymentFacts
from tests.orders.conftest import Office, good
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
        self.reconciler = Reconciler(
            database, office.system.bus, AT_ONCE, lambda: datetime.now(UTC), structlog.get_logger()
        )

    async def notes(self, order: OrderFacts, differs: str) -> None:
        """Look, until this is what is noted of the order."""

        async def noted() -> bool:
            await self.reconciler.run_once()
            async with self.database.read() as tx:
                sql = "select differs from orders where id = %s and compared_at is not null"
                return await many(tx, Noted, sql, [order.order_id]) == [Noted(differs)]

        await until(noted)

    def sold_and_paid(self, order: OrderFacts, *, seats: int = 2, captured: int = 10_000) -> None:
        """What the neighbours say of it."""
        ids = [item.seat_id for item in order.items][:seats]
        self.house.sold[order.order_id] = Purchased(showtime_id=order.showtime_id, seat_ids=ids)
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
    """With what differs, and counted; and well again when it is."""
    order = await office.completed(buyer)
    await looking.notes(order, "0 of 2 seats are sold; 0 TRY are kept instead of 10000")
    assert looking.reconciler.differing >= 1
    looking.sold_and_paid(order, seats=1, captured=20_000)
    await looking.notes(order, "1 of 2 seats are sold; 20000 TRY are kept instead of 10000")
    looking.sold_and_paid(order)
    await looking.notes(order, "")


async def test_what_is_being_refunded_is_left_alone(office: Office, buyer: Person, looking: Looking) -> None:
    """Until the refund has ended, seats and money differ, and rightly so."""
    order = await office.completed(buyer)
    refund = good(await buyer("POST", f"/api/orders/{order.order_id}/refunds", {"reason": "ill"}))

    async def looked_at() -> bool:
        now = datetime.now(UTC)
        async with looking.database.read() as tx:
            return order.order_id in {one.id for one in await to_compare(tx, now, now, 10_000)}

    assert not await looked_at()
    await office.finish(order.order_id, refund["id"], succeeded=False)
    assert await looked_at()
