"""Double entry: Postgres itself refuses what does not balance."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from internal.platform.ids import new_id
from tests.payments.paying import Till

_ENTRY = (
    "insert into ledger_entries (posting, account, amount, currency, order_id, payment_id)"
    " values (%s, %s, %s, %s, 'order_1', %s)"
)


@pytest.mark.parametrize(
    ("first", "second"), [((500, "EUR"), (-499, "EUR")), ((500, "EUR"), (-500, "TRY")), ((500, "EUR"), None)]
)
async def test_what_does_not_balance_is_not_committed(
    counter: Till, first: tuple[int, str], second: tuple[int, str] | None
) -> None:
    """One side alone, two unequal sides, or two currencies: the commit fails."""
    command = counter.pay()
    await counter.ask(command)
    posting = new_id("posting")
    url = counter.system.databases["payments"]
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(_ENTRY, [posting, "a", *first, command.payment_id])
        if second is not None:
            await connection.execute(_ENTRY, [posting, "b", *second, command.payment_id])
        with pytest.raises(psycopg.errors.CheckViolation, match="not balanced"):
            await connection.commit()


@pytest.mark.parametrize("sql", ["update ledger_entries set amount = 1", "delete from ledger_entries"])
async def test_what_is_written_stays(counter: Till, sql: str) -> None:
    """No entry is changed or removed."""
    await counter.ask(counter.pay())
    with pytest.raises(psycopg.errors.CheckViolation, match="only ever added"):
        await counter.do(sql)


@pytest.mark.parametrize("change", ["refunded = 1", "refunding = 6000", "captured = 1", "refunding = -1"])
async def test_the_row_refuses_impossible_sums(counter: Till, change: str) -> None:
    """More back than taken, or a part of a capture, cannot be written."""
    command = counter.pay()
    await counter.ask(command)
    with pytest.raises(psycopg.errors.CheckViolation):
        await counter.do(f"update payments set {change} where id = '{command.payment_id}'")


async def test_accounts_of_a_busy_day(counter: Till) -> None:
    """Many payments and refunds at once: each order's account is what was captured and not given back."""
    commands = [counter.pay(amount=1_000 + number) for number in range(15)]
    await asyncio.gather(*(counter.ask(command) for command in commands))
    await asyncio.gather(*(counter.refund(command, 400) for command in commands for _ in range(2)))
    for command in commands:
        await counter.becomes(command.payment_id, "succeeded", refunded=800)
        await counter.books_agree(command, command.amount - 800)
