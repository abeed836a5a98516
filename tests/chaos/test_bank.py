"""A bank that is slow, mute, late, gone; and a buyer who takes their time at its page."""

from __future__ import annotations

import asyncio
import time

from tests.chaos.lane import Lane
from tests.chaos.show import PRICE, Purchase
from tests.waiting import until

SECURE, MUTE, PROCESSING = "4000002500003155", "4000000000000119", "4000000000000259"


async def looked_until(purchase: Purchase, *statuses: str) -> None:
    async def there() -> bool:
        await purchase.look()
        return purchase.status in statuses

    await until(there, 30)


async def charges(shop: Lane, purchase: Purchase) -> list[tuple[str, int, int]]:
    rows = await shop.books.rows(
        "pos", 'select state, captured, refunded from charges where "order" = %s', purchase.order_id
    )
    return [(row["state"], row["captured"], row["refunded"]) for row in rows]


async def test_a_hold_that_would_expire_while_the_banks_page_is_open(shop: Lane) -> None:
    """Nobody else gets the seats, however long its buyer takes; approved at last, they are sold."""
    show = await shop.show(hold_seconds=2)
    purchase = await show.held(shop.system, SECURE)
    held = time.monotonic()
    await purchase.ask()
    await looked_until(purchase, "requires_action")
    await until(lambda: time.monotonic() > held + 4.0)
    answer = await show.hold(show.person(shop.system), purchase.seats)
    assert (answer.status_code, answer.json()["code"]) == (409, "seat_taken")
    await purchase.buy()
    assert purchase.status == "completed"
    await shop.sound()


async def test_success_after_the_deadline(shop: Lane) -> None:
    """The bank comes back with the money after the buyer was told that it is over: all of it goes back by itself."""
    show = await shop.show()
    await shop.money.lives(AISLE_CHECKOUT_PAY_WITHIN="3")
    purchase, before = await show.held(shop.system, PROCESSING), await charged(shop)
    asking = asyncio.create_task(purchase.ask())
    await until(lambda: at_the_bank(shop, before), 30)
    await shop.bank.kill()
    await asking
    await looked_until(purchase, "failed")
    assert purchase.code == "payment_timed_out"
    assert (await purchase.buyer("GET", f"/api/orders/{purchase.order_id}")).json()["status"] == "canceled"
    # the bank itself was never away, only the way to it: it has gone on with what it had begun
    captured = "update charges set state = 'captured', captured = amount, due_at = null where key = %s returning key"
    assert await shop.books.rows("pos", captured, purchase.order_id.replace("order_", "pay_"))
    await shop.bank.lives()

    async def given_back() -> bool:
        return await charges(shop, purchase) == [("captured", 2 * PRICE, 2 * PRICE)]

    await until(given_back, 60)
    assert (await shop.sold_and_held(show))[0] == set()
    await shop.money.lives(AISLE_SAGA_LEASE="1.0")
    await shop.sound()


async def charged(shop: Lane) -> int:
    return int(await shop.books.one("pos", "select count(*) from charges"))


async def at_the_bank(shop: Lane, before: int) -> bool:
    return await charged(shop) > before


async def test_a_bank_that_charges_and_never_answers(shop: Lane) -> None:
    """One charge, and the seats for it."""
    show = await shop.show()
    purchase = await show.held(shop.system, MUTE)
    began = time.monotonic()
    answer = await purchase.ask()
    assert answer.status_code == 202, answer.text
    assert time.monotonic() - began < 5.0
    await asyncio.wait_for(purchase.buy(), 60)
    assert purchase.status == "completed"
    assert await charges(shop, purchase) == [("captured", 2 * PRICE, 0)]
    await shop.sound()


async def test_a_bank_that_is_down(shop: Lane) -> None:
    """A clear answer within five seconds, wherever it is looked for; the seats stay held, and are bought later."""
    show = await shop.show()
    purchase = await show.held(shop.system)
    await shop.bank.kill()
    began = time.monotonic()
    await purchase.ask()
    await looked_until(purchase, "failed")
    assert time.monotonic() - began < 7.0  # four for the bank, and what the way there and back takes on a busy machine
    assert purchase.code == "provider_down"
    assert set(purchase.seats) <= (await shop.sold_and_held(show))[1]
    await shop.bank.lives()

    async def bought() -> bool:  # as soon as the circuit is closed again
        again = Purchase(purchase.buyer, purchase.seats, purchase.number, purchase.hold_id)
        await again.buy()
        return again.status == "completed"

    await until(bought, 40)
    await shop.sound()
