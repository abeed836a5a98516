"""Tables read side by side: what belongs together arrives together, whole, once, and little at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from internal.cli.check import slices
from internal.cli.check.slices import Lost, Stream, side_by_side
from internal.cli.check.tables import TABLES, By
from tests.conftest import Addresses
from tests.databases import fresh_database_url

GIVEN = {table.field: table for table in TABLES if table.field in {"orders", "items"}}


@pytest.fixture
async def connection(servers: Addresses) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    with fresh_database_url(servers.database_url) as url:
        async with await psycopg.AsyncConnection.connect(url) as opened:
            await opened.execute(
                "create table orders (id text, hold_id text, user_id text, showtime_id text, total bigint,"
                " currency text, status text, refunded bigint, updated_at timestamptz default now());"
                "create table order_items (order_id text, seat_id text, price bigint, refunded boolean)"
            )
            yield opened


async def fill(connection: psycopg.AsyncConnection[Any], orders: int, items: str) -> None:
    """Orders whose names sort by case in some collations, and so many items of each as this SQL says of `n`."""
    name = "case when n % 2 = 0 then 'order_' else 'Order_' end || lpad(n::text, 6, '0')"
    await connection.execute(
        f"insert into orders select {name}, 'h' || n, 'u', 's' || n % 3, 1, 'TRY', 'completed', 0"
        f" from generate_series(1, {orders}) as n"
    )
    await connection.execute(
        f"insert into order_items select {name}, 'A' || m, 1, false from generate_series(1, {orders}) as n,"
        f" generate_series(1, {items}) as m"
    )


def streams(connection: psycopg.AsyncConnection[Any], by: By) -> list[Stream]:
    return [Stream(connection, table, by) for table in GIVEN.values()]


@pytest.mark.parametrize("by", [By.ORDER, By.SHOWTIME])
async def test_what_belongs_together_arrives_together(
    connection: psycopg.AsyncConnection[Any], monkeypatch: pytest.MonkeyPatch, by: By
) -> None:
    """Every row once; an order's items in the slice of their order, a showtime's orders in one."""
    monkeypatch.setattr(slices, "_AT_ONCE", 50)
    await fill(connection, 400, "n % 5")
    seen, orders, items = set[str](), 0, 0
    async for taken in side_by_side(streams(connection, by)):
        here = {order.id for order in taken["orders"]}
        assert {item.order_id for item in taken["items"]} <= here
        keys = here if by is By.ORDER else {order.showtime_id for order in taken["orders"]}
        assert not seen & keys
        seen |= keys
        orders, items = orders + len(taken["orders"]), items + len(taken["items"])
        if by is By.ORDER:
            assert len(here) <= 100
    assert (orders, items) == (400, sum(n % 5 for n in range(1, 401)))


async def test_a_key_with_more_rows_than_are_read_at_once(
    connection: psycopg.AsyncConnection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is read to its end before it is handed on."""
    monkeypatch.setattr(slices, "_AT_ONCE", 10)
    await fill(connection, 5, "case when n = 3 then 95 else 1 end")
    sizes = [
        sum(item.order_id == "Order_000003" for item in taken["items"])
        async for taken in side_by_side(streams(connection, By.ORDER))
    ]
    assert [size for size in sizes if size] == [95]


async def test_a_table_that_breaks_off_is_named(connection: psycopg.AsyncConnection[Any]) -> None:
    """What could not be read is said, and no slice is half of one."""
    await connection.execute("drop table order_items")
    with pytest.raises(Lost) as lost:
        _ = [taken async for taken in side_by_side(streams(connection, By.ORDER))]
    assert lost.value.table.field == "items"


async def test_nothing_is_no_slice(connection: psycopg.AsyncConnection[Any]) -> None:
    """Empty tables end at once."""
    assert [taken async for taken in side_by_side(streams(connection, By.ORDER))] == []
