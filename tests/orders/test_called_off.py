"""A showtime called off: every order of it comes to its end."""

from __future__ import annotations

import asyncio

import pytest

from internal.orders.faults import OrderIsCompleted, ShowtimeCalledOff
from internal.platform.bus import Message
from internal.platform.ids import new_id
from proto import Event
from proto.catalog import ShowtimeCanceled, ShowtimeUpdated
from proto.orders import RefundRequested
from tests.edge import code
from tests.orders.conftest import ASKED_BACK, PAID, Office, good
from tests.running import Person
from tests.waiting import until


async def told(office: Office, event: Event) -> None:
    await office.system.bus.publish_batch([Message.of(event, id=new_id("fact"))])


async def called_off(office: Office, showtime_id: str) -> None:
    event = ShowtimeCanceled(
        showtime_id=showtime_id,
        event_id=new_id("event"),
        organization_id=office.organization,
        reason="The tenor is ill.",
    )
    await told(office, event)


async def test_every_completed_order_is_refunded(office: Office, buyer: Person) -> None:
    """More than one batch of them, each once, with the reason, however often it is told."""
    showtime_id = office.house.showtime(office.organization)
    orders = await asyncio.gather(
        *(office.completed(buyer, f"A{at}", f"B{at}", showtime_id=showtime_id) for at in range(70))
    )
    await asyncio.gather(*(called_off(office, showtime_id) for _ in range(3)))
    for order in orders:
        seen = await office.system.heard.told(order.order_id, *PAID, *ASKED_BACK)
        refund = seen[-1]
        assert isinstance(refund, RefundRequested)
        assert (refund.reason, refund.amount, len(refund.seat_ids)) == ("The tenor is ill.", 7_500, 2)


async def test_no_pending_order_is_completed_any_more(office: Office, buyer: Person) -> None:
    """Its checkout is refused, goes its way back, and cancels it for the showtime's reason."""
    order = await office.pending(buyer)
    await called_off(office, order.showtime_id)

    async def refused() -> bool:
        return bool(good(await buyer("GET", f"/api/orders/{order.order_id}"))["cancelRequested"])

    await until(refused)
    with pytest.raises(ShowtimeCalledOff):
        await office.complete(order.order_id)
    assert (await office.cancel(order.order_id, "showtime_called_off")).reason == "The tenor is ill."


async def test_nothing_is_ordered_any_more(office: Office, buyer: Person) -> None:
    """Not even what was held before, and not even of a showtime that nobody had ordered."""
    showtime_id = office.house.showtime(office.organization)
    await called_off(office, showtime_id)

    async def refused() -> bool:
        try:
            await office.pending(buyer, "A1", showtime_id=showtime_id)
        except ShowtimeCalledOff:
            return True
        return False

    await until(refused)


async def test_only_what_is_left_goes_back(office: Office, buyer: Person) -> None:
    """A seat that is being refunded is not refunded again."""
    order = await office.completed(buyer, "A1", "A2")
    path = f"/api/orders/{order.order_id}/refunds"
    first = good(await buyer("POST", path, {"reason": "ill", "seatIds": ["A1"]}))
    await called_off(office, order.showtime_id)

    async def both() -> bool:
        return len(good(await buyer("GET", path))["items"]) == 2

    await until(both)
    second = good(await buyer("GET", path))["items"][1]
    assert second["seatIds"] == ["A2"]
    for refund in (first, second):
        await office.finish(order.order_id, refund["id"])
    assert (await office.get(order.order_id)).status == "refunded"


async def test_completed_and_called_off_at_once_each_order_ends(office: Office, buyer: Person) -> None:
    """It is completed and refunded, or it is never completed: none slips through between."""
    showtime_id = office.house.showtime(office.organization)
    orders = await asyncio.gather(*(office.pending(buyer, f"A{at}", showtime_id=showtime_id) for at in range(40)))
    results, _ = await asyncio.gather(
        asyncio.gather(*(office.complete(order.order_id) for order in orders), return_exceptions=True),
        called_off(office, showtime_id),
    )
    for order, result in zip(orders, results, strict=True):
        if isinstance(result, ShowtimeCalledOff):
            assert (await office.cancel(order.order_id)).status == "canceled"
            continue
        assert not isinstance(result, BaseException), result
        await office.system.heard.told(order.order_id, *PAID, *ASKED_BACK)
        with pytest.raises(OrderIsCompleted):
            await office.cancel(order.order_id)


async def test_a_showtime_that_is_moved_moves_the_rule(office: Office, buyer: Person) -> None:
    """A buyer may ask until a day before the showtime as it is now."""
    order = await office.completed(buyer, "A1", days=10)
    known = office.house.showtimes[order.showtime_id]
    soon = office.house.showtimes[office.house.showtime(office.organization, days=0.5)]
    event = ShowtimeUpdated(
        showtime_id=order.showtime_id,
        event_id=known.event_id,
        organization_id=office.organization,
        venue_id=new_id("venue"),
        layout_hash="x",
        starts_at=soon.starts_at,
        seats_per_buyer=6,
        hold_seconds=300,
        currency="TRY",
        time_zone="Europe/Berlin",
    )
    await told(office, event)

    async def moved() -> bool:
        return bool(good(await buyer("GET", f"/api/orders/{order.order_id}"))["timeZone"] == "Europe/Berlin")

    await until(moved)
    answer = await buyer("POST", f"/api/orders/{order.order_id}/refunds", {"reason": "ill"})
    assert code(answer) == (409, "refund_too_late")
