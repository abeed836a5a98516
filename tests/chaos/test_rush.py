"""Many buyers of the same seats, all the way to the payment."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

from tests.chaos.lane import Lane
from tests.chaos.show import PRICE, Purchase
from tests.waiting import until

CARD = "4242424242424242"


async def test_two_hundred_buyers_of_one_seat(shop: Lane) -> None:
    """One order is completed, 199 are refused in so many words, and the bank took the money once."""
    show = await shop.show()
    await show.held(shop.system)  # inventory has heard of the showtime
    buyers = [Purchase(show.person(shop.system), ["A50"], CARD) for _ in range(200)]

    async def reserves(one: Purchase) -> tuple[int, str]:
        """Who is told that it is too busy just now asks again under the same key, when they were told to."""
        while True:
            answer = await one.buyer(
                "POST",
                f"/api/seats/{show.event_id}/A50/reserve",
                {"payment": one.payment},
                headers={"idempotency-key": one.key},
            )
            if answer.status_code != 503:
                return answer.status_code, answer.json().get("code", "")
            await asyncio.sleep(float(answer.headers["retry-after"]))

    answers = Counter(await asyncio.wait_for(asyncio.gather(*(reserves(one) for one in buyers)), 60))
    assert {status for status, _ in answers} <= {201, 202, 409}, answers
    assert answers[409, "seat_taken"] == 199, answers

    async def sold() -> bool:
        return (await shop.sold_and_held(show))[0] == {"A50"}

    await until(sold, 30)
    rows = await shop.books.rows("orders", "select id, status from orders where showtime_id = %s", show.showtime_id)
    assert [row["status"] for row in rows] == ["completed"]
    charges = await shop.books.rows("pos", 'select captured from charges where "order" = %s', rows[0]["id"])
    assert [row["captured"] for row in charges] == [PRICE]
    await shop.sound()


async def test_overlapping_groups(shop: Lane) -> None:
    """A1+A2, A2+A3, ... at once: each pair is sold whole or not at all, and whoever got none was beaten to a seat."""
    show = await shop.show()
    pairs = [list(pair) for pair in pairwise(f"A{at}" for at in range(1, 42))]
    show.given = 50
    await show.held(shop.system)
    buyers = [Purchase(show.person(shop.system), pair, CARD) for pair in (*pairs, *reversed(pairs))]

    async def buys(one: Purchase) -> None:
        answer = await show.hold(one.buyer, one.seats)
        assert answer.status_code in {201, 409}, answer.text
        if answer.status_code == 201:
            one.hold_id = answer.json()["holdId"]
            await one.buy()

    await asyncio.wait_for(asyncio.gather(*(buys(one) for one in buyers)), 60)
    won = [one for one in buyers if one.hold_id]
    assert {one.status for one in won} == {"completed"}
    seats = Counter(seat for one in won for seat in one.seats)
    assert set(seats.values()) == {1}
    assert all(set(pair) & set(seats) for pair in pairs)
    rows = await shop.books.rows(
        "inventory", "select seat_id, state from seat_states where showtime_id = %s", show.showtime_id
    )
    assert {row["seat_id"]: row["state"] for row in rows} == dict.fromkeys(seats, "sold")
    await shop.sound()
