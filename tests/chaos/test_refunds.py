"""What was sold comes back: in part, in whole, before the bank's message has come, and all of a showtime at once."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.chaos.lane import Lane
from tests.chaos.show import PRICE, Purchase, Show
from tests.waiting import until


async def bought(shop: Lane, show: Show, count: int = 2) -> Purchase:
    purchase = await show.held(shop.system, count=count)
    await purchase.buy()
    assert purchase.status == "completed", purchase
    return purchase


async def refund(purchase: Purchase, *seats: str) -> int:
    body: dict[str, Any] = {"reason": "ill"}
    if seats:
        body["seatIds"] = list(seats)
    answer = await purchase.buyer("POST", f"/api/orders/{purchase.order_id}/refunds", body)
    return answer.status_code


async def kept(shop: Lane, purchase: Purchase) -> int:
    """By the bank."""
    found = await shop.books.one(
        "pos", 'select sum(captured - refunded)::int from charges where "order" = %s', purchase.order_id
    )
    return int(found)


async def good_tickets(shop: Lane, purchase: Purchase) -> set[str]:
    rows = await shop.books.rows(
        "orders", "select seat_id from tickets where order_id = %s and revoked_by is null", purchase.order_id
    )
    return {row["seat_id"] for row in rows}


async def test_in_part_and_then_the_rest(shop: Lane) -> None:
    """The tickets open no door, the seats are for sale within a second, and no more goes back than came in."""
    show = await shop.show()
    purchase = await bought(shop, show, 3)
    one, *rest = purchase.seats
    answers = await asyncio.gather(*(refund(purchase, one) for _ in range(10)))
    assert sorted(answers) == [202] + [409] * 9
    assert await good_tickets(shop, purchase) == set(rest)
    asked = time.monotonic()
    other = show.person(shop.system)

    async def free() -> bool:
        return (await show.hold(other, [one])).status_code == 201

    await until(free)
    within = time.monotonic() - asked
    await until(lambda: holds(shop, purchase, 2 * PRICE))
    assert within < 3.0  # the promise is a second, and this machine has other things to do
    assert sorted(await asyncio.gather(*(refund(purchase) for _ in range(10)))) == [202] + [409] * 9
    await until(lambda: holds(shop, purchase, 0))
    assert await good_tickets(shop, purchase) == set()
    await shop.sound()
    order = (await purchase.buyer("GET", f"/api/orders/{purchase.order_id}")).json()
    assert (order["status"], order["refunded"]) == ("refunded", 3 * PRICE)
    assert (await shop.sold_and_held(show))[0] == set()


async def holds(shop: Lane, purchase: Purchase, amount: int) -> bool:
    return await kept(shop, purchase) == amount


async def test_before_the_banks_message_has_come(shop: Lane) -> None:
    """Money that no message has told us of goes back all the same; the messages that come then change nothing."""
    show = await shop.show()
    elsewhere = "http://127.0.0.1:9"  # where nobody listens
    await shop.money.lives(AISLE_PAYMENTS_WEBHOOK_URL=elsewhere)
    purchase = await bought(shop, show)
    assert await refund(purchase) == 202
    await until(lambda: holds(shop, purchase, 0))
    waiting = await shop.books.one("pos", "select count(*) from messages where url like %s", elsewhere + "%")
    assert waiting  # nobody has taken them
    home = f"{shop.money.url}/webhooks/mock"
    await shop.books.rows("pos", "update messages set url = %s, due_at = now() returning id", home)

    async def told() -> bool:
        return not await shop.books.one("pos", "select count(*) from messages")

    await until(told, 30)
    await shop.money.lives(AISLE_SAGA_LEASE="1.0")
    await shop.sound()
    assert await kept(shop, purchase) == 0


async def test_a_showtime_is_called_off(shop: Lane) -> None:
    """A hundred orders: every buyer has their money back, and nobody had to ask."""
    show = await shop.show()
    purchases = [await show.held(shop.system, count=1) for _ in range(100)]
    await asyncio.gather(*(one.buy() for one in purchases))
    assert {one.status for one in purchases} == {"completed"}
    answer = await show.owner("POST", f"/api/showtimes/{show.showtime_id}/cancel", {"reason": "The tenor is ill."})
    assert answer.status_code == 200, answer.text

    async def refunded() -> bool:
        rows = await shop.books.rows(
            "orders", "select status, count(*) as n from orders where showtime_id = %s group by 1", show.showtime_id
        )
        return {row["status"]: row["n"] for row in rows} == {"refunded": 100}

    await until(refunded, 60)
    await shop.sound()
    paid = await asyncio.gather(*(kept(shop, one) for one in purchases))
    assert set(paid) == {0}
    left = await shop.books.one(
        "orders", "select count(*) from tickets where showtime_id = %s and revoked_by is null", show.showtime_id
    )
    assert left == 0
