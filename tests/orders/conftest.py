"""Orders as they run, beside the directory, and stand-ins for inventory, catalog and payments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import pytest

from internal.directory.service import SERVICE as DIRECTORY
from internal.orders.service import SERVICE as ORDERS
from internal.platform.ids import new_id
from proto import Answer, Request
from proto.orders import (
    CancelOrder,
    CompleteOrder,
    CreateOrder,
    FinishRefund,
    GetOrder,
    OrderCanceled,
    OrderCompleted,
    OrderCreated,
    OrderFacts,
    OrderRefunded,
    OrderStopped,
    RefundRequested,
    TicketsIssued,
    TicketsRevoked,
)
from tests.conftest import Addresses
from tests.orders.standins import House
from tests.running import Person, System, running

Answered = TypeVar("Answered", bound=Answer)
TOLD = (
    OrderCreated,
    OrderCompleted,
    OrderCanceled,
    OrderStopped,
    RefundRequested,
    OrderRefunded,
    TicketsIssued,
    TicketsRevoked,
)
# what is told of an order that is paid, and of seats of it that are asked back
PAID = (OrderCreated, OrderCompleted, TicketsIssued)
ASKED_BACK = (TicketsRevoked, RefundRequested)
ENVIRONMENT = {
    "AISLE_GATE_MEMBER_WRITES": "100000",
    "AISLE_ORDERS_RECONCILE_EVERY": "3600",
    "AISLE_ORDERS_TICKETS_DOORS_MINUTES": "4320",  # a ticket can be used while its buyer may still refund
}


@dataclass
class Office:
    """The box office, its neighbours, and the shortest way to an order."""

    system: System
    house: House
    organizer: Person
    organization: str

    def command(self, buyer: Person, *seats: str, showtime_id: str = "", **showtime: Any) -> CreateOrder:
        """Make an order of these seats, held at this showtime or a new one."""
        showtime_id = showtime_id or self.house.showtime(self.organization, **showtime)
        return CreateOrder(
            order_id=new_id("order"),
            saga_id=new_id("checkout"),
            user_id=buyer.id,
            hold_id=self.house.hold(showtime_id, buyer.id, *seats),
            buyer_name="Ada Lovelace",
            buyer_email="ada@example.com",
        )

    async def ask(self, request: Request[Answered]) -> Answered:
        """With more patience than a saga has, which would ask again: seventy may ask at once, of a busy machine."""
        return await self.system.bus.request(request, timeout=15.0)

    async def pending(self, buyer: Person, *seats: str, showtime_id: str = "", **showtime: Any) -> OrderFacts:
        return await self.ask(self.command(buyer, *(seats or ("A1", "A2")), showtime_id=showtime_id, **showtime))

    async def completed(self, buyer: Person, *seats: str, showtime_id: str = "", **showtime: Any) -> OrderFacts:
        order = await self.pending(buyer, *seats, showtime_id=showtime_id, **showtime)
        return await self.complete(order.order_id)

    async def complete(self, order_id: str, payment_id: str | None = "") -> OrderFacts:
        paid = new_id("pay") if payment_id == "" else payment_id
        return await self.ask(CompleteOrder(order_id=order_id, saga_id="checkout", payment_id=paid))

    async def cancel(self, order_id: str, reason: str = "card declined") -> OrderFacts:
        return await self.ask(CancelOrder(order_id=order_id, saga_id="checkout", reason=reason))

    async def get(self, order_id: str) -> OrderFacts:
        return await self.ask(GetOrder(order_id=order_id))

    async def finish(self, order_id: str, refund_id: str, *, succeeded: bool = True, reason: str = "") -> OrderFacts:
        return await self.ask(
            FinishRefund(refund_id=refund_id, order_id=order_id, saga_id="refund", succeeded=succeeded, reason=reason)
        )


@pytest.fixture(scope="package")
async def running_office(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    house, folder = House(), tmp_path_factory.mktemp("orders")
    async with running(
        [ORDERS, DIRECTORY, house.service()], servers, folder, hears=TOLD, environment=ENVIRONMENT
    ) as system:
        yield Office(system, house, system.stranger(), "")


@pytest.fixture
async def office(running_office: Office) -> Office:
    """With an organisation of the test's own."""
    organizer = running_office.system.person()
    return Office(running_office.system, running_office.house, organizer, await organizer.organizes())


@pytest.fixture
def buyer(office: Office) -> Person:
    return office.system.person()


def good(answer: httpx.Response) -> Any:
    assert answer.status_code in (200, 201, 202), answer.text
    return answer.json()
