"""A bank that never gives back: what an operator does about it, and that everything comes to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from internal.cli.__main__ import application
from internal.cli.folder import opened
from internal.platform.faults import Fault
from tests.chaos.lane import Lane
from tests.chaos.show import PRICE, Purchase, Show
from tests.waiting import until

KEEPS = "4000000000005126"


@asynccontextmanager
async def stopped_after_payment(shop: Lane) -> AsyncIterator[None]:
    """Orders that come meanwhile are paid, and can then not be completed."""
    made = """create function stop() returns trigger language plpgsql as
            $$ begin new.stopped = 'buyer'; return new; end $$;
        create trigger stop before insert on orders for each row execute function stop()"""
    async with await psycopg.AsyncConnection.connect(shop.databases["orders"], autocommit=True) as connection:
        await connection.execute(made)
        try:
            yield
        finally:
            await connection.execute("drop trigger stop on orders; drop function stop")


@pytest.fixture
async def desk(shop: Lane, tmp_path: Path) -> AsyncIterator[Path]:
    """The folder by which an operator finds the installation."""
    with opened(tmp_path / "data", room=0) as data, data.telling({"AISLE_NATS_URL": shop.system.bus.settings.url}):
        yield data.path


async def aisle(desk: Path, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, application(), [*words, "--data", str(desk)])


async def order_of(purchase: Purchase) -> str:
    return str((await purchase.buyer("GET", f"/api/orders/{purchase.order_id}")).json()["status"])


async def free_again(show: Show, shop: Lane, seats: list[str]) -> None:
    """Somebody else can have them."""
    other = show.person(shop.system)

    async def held() -> bool:
        return (await show.hold(other, seats)).status_code == 201

    await until(held)


async def test_a_checkout_whose_money_the_bank_keeps(shop: Lane, desk: Path) -> None:
    """It cannot be given up with the money kept; settled by hand, and killed at once, it goes on to its end."""
    show = await shop.show()
    async with stopped_after_payment(shop):
        purchase = await show.held(shop.system, KEEPS)
        await purchase.ask()
        refund = purchase.checkout_id.replace("checkout_", "refund_")

        async def kept() -> bool:
            return refund in (await aisle(desk, "refunds", "list")).output

        await until(kept)
    given_up = await aisle(desk, "sagas", "abandon", purchase.checkout_id, "--reason", "enough")
    assert isinstance(given_up.exception, Fault)
    assert given_up.exception.code == "money_kept"
    assert refund in given_up.exception.detail
    words = ("refunds", "settle", purchase.checkout_id, "--given-back", "bank transfer 123", "--by", "Ada")
    settled = await aisle(desk, *words)
    assert settled.exit_code == 0, (settled.output, settled.exception)
    await shop.money.kill()
    await shop.money.lives()
    assert (await aisle(desk, *words)).exit_code == 0  # said twice, it is done once

    async def over() -> bool:
        await purchase.look()
        return purchase.over

    await until(over, 30)
    assert (purchase.status, await order_of(purchase)) == ("failed", "canceled")
    await shop.sound()
    assert purchase.seats[0] not in (await shop.sold_and_held(show))[0]
    paid = await shop.books.rows(
        "payments", "select captured, refunded from payments where order_id = %s", purchase.order_id
    )
    assert [(row["captured"], row["refunded"]) for row in paid] == [(2 * PRICE, 2 * PRICE)]


async def test_a_refund_that_the_bank_refuses(shop: Lane, desk: Path) -> None:
    """The order is told no and its tickets are good; settled by hand, its seats are refunded anew."""
    show = await shop.show()
    purchase = await show.held(shop.system, KEEPS)
    await purchase.buy()
    assert purchase.status == "completed"
    asked = await purchase.buyer("POST", f"/api/orders/{purchase.order_id}/refunds", {"reason": "ill"})
    refund_id = asked.json()["id"]

    async def failed() -> bool:
        found = await purchase.buyer("GET", f"/api/orders/{purchase.order_id}/refunds/{refund_id}")
        return bool(found.json()["status"] == "failed")

    await until(failed)
    await shop.sound()
    for _ in range(2):
        settled = await aisle(desk, "refunds", "settle", refund_id, "--given-back", "in cash", "--by", "Ada")
        assert settled.exit_code == 0, (settled.output, settled.exception)

    async def refunded() -> bool:
        return await order_of(purchase) == "refunded"

    await until(refunded)
    await shop.sound()
    await free_again(show, shop, purchase.seats)
    good = await shop.books.one(
        "orders", "select count(*) from tickets where order_id = %s and revoked_by is null", purchase.order_id
    )
    assert good == 0
