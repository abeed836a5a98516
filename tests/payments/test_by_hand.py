"""Money that the bank will not give back: a person does, and the books say so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from internal.platform.faults import Fault
from internal.platform.ids import new_id
from proto.payments import ListOwed, Pay, PaymentRefunded, RefundPayment
from tests.conftest import Addresses
from tests.payments.paying import DECLINED, REFUND_FAILS, REFUND_PENDING, Till, till
from tests.waiting import until


def rest(paid: Pay) -> str:
    """The refund that gives back all that is left."""
    return paid.payment_id.replace("pay_", "refund_")


async def refused(counter: Till) -> Pay:
    """Captured, given up, and the bank keeps the money."""
    command = counter.pay(REFUND_FAILS)
    await counter.ask(command)
    with pytest.raises(Fault) as kept:
        await counter.cancel(command)
    assert kept.value.code == "not_given_back"
    return command


async def owed(counter: Till) -> dict[str, str]:
    """Refund -> why, of those that a person must see to."""
    found = await counter.system.bus.request(ListOwed(), timeout=10.0)
    return {one.refund_id: one.code for one in found.refunds}


async def test_given_back_by_hand_it_is_as_if_the_bank_had_said_yes(counter: Till) -> None:
    """Ten say so at once: one balanced entry outside of the provider's account, told once, and the saga goes on."""
    command = await refused(counter)
    assert (await owed(counter))[rest(command)] == "refund_failed"
    said = await asyncio.gather(*(counter.settle(rest(command), f"transfer {n}") for n in range(10)))
    assert len({(one.status, one.by_hand) for one in said}) == 1
    assert said[0].status == "succeeded"
    facts = await counter.cancel(command)
    assert (facts.status, facts.captured, facts.refunded) == ("succeeded", 5_000, 5_000)
    assert await counter.brought_in(command.order_id) == 0
    sql = "select account, amount from ledger_entries where refund_id = %s order by account"
    rows = await counter.rows(sql, rest(command))
    assert [(row["account"], row["amount"]) for row in rows] == [
        ("by-hand", -5_000),
        (f"order:{command.order_id}/sales", 5_000),
    ]
    (row,) = await counter.rows("select * from refunds where id = %s", rest(command))
    assert (row["by_hand"], row["settled_by"]) == (said[0].by_hand, "Ada")
    assert rest(command) not in await owed(counter)

    async def told() -> bool:
        about = counter.system.heard.about(command.payment_id)
        return sum(isinstance(event, PaymentRefunded) for event in about) == 1

    await until(told)


async def test_what_a_bank_may_still_give_back_is_not_settled(counter: Till) -> None:
    """By hand it would go back twice."""
    command = counter.pay(REFUND_PENDING)
    await counter.ask(command)
    refund = await counter.refund(command, 2_000)
    with pytest.raises(Fault) as said:
        await counter.settle(refund.refund_id)
    assert said.value.code == "refund_under_way"


async def test_what_nobody_waits_for_is_not_settled(counter: Till) -> None:
    """An order that asked was told that it failed, and its tickets are good: money back would be a gift."""
    command = counter.pay(REFUND_FAILS)
    await counter.ask(command)
    refund = await counter.refund(command, 2_000)
    assert refund.status == "failed"
    for refund_id, code in ((refund.refund_id, "refund_not_owed"), (new_id("refund"), "no_such_refund")):
        with pytest.raises(Fault) as said:
            await counter.settle(refund_id)
        assert said.value.code == code
    assert refund.refund_id not in await owed(counter)
    await counter.books_agree(command, 5_000)


@pytest.mark.parametrize(("how", "who"), [("", "Ada"), ("x" * 501, "Ada"), ("transfer", " ")])
async def test_the_books_want_to_know_how_and_by_whom(counter: Till, how: str, who: str) -> None:
    """Without both, nothing is written."""
    command = await refused(counter)
    with pytest.raises(Fault) as said:
        await counter.settle(rest(command), how, who)
    assert said.value.code == "malformed"
    assert rest(command) in await owed(counter)


async def test_a_refund_that_was_given_back_before_it_was_asked_for(counter: Till) -> None:
    """An order refunded by hand: no provider is asked, and asked twice it is one refund."""
    command = counter.pay(REFUND_FAILS)
    await counter.ask(command)
    asked = RefundPayment(
        refund_id=new_id("refund"),
        payment_id=command.payment_id,
        order_id=command.order_id,
        saga_id=command.saga_id,
        amount=2_000,
        reason="ill",
        by_hand="in cash",
        settled_by="Ada",
    )
    said = await asyncio.gather(*(counter.system.bus.request(asked, timeout=10.0) for _ in range(5)))
    assert {(one.status, one.by_hand) for one in said} == {("succeeded", "in cash")}
    row = await counter.row(command.payment_id)
    assert (row["captured"], row["refunding"], row["refunded"]) == (5_000, 2_000, 2_000)
    assert (await counter.charge(command.payment_id))["refunded"] == 0
    assert await counter.brought_in(command.order_id) == 3_000


async def test_a_late_capture_that_the_bank_keeps_is_seen(counter: Till) -> None:
    """No saga waits any more: the reconciler names it until a person has given it back."""
    command = counter.pay(DECLINED)
    await counter.ask(command)
    sql = "update charges set state = 'captured', captured = amount, behaviour = 'refund_fails' where key = %s"
    await counter.do(sql, command.payment_id, of="pos")
    await counter.do("update payments set compared_at = null where id = %s", command.payment_id)
    await counter.becomes(command.payment_id, "failed", captured=5_000, refunding=0, refunded=0)

    async def named() -> bool:
        look = (await counter.reconciled())["payments-owed"]
        return rest(command) in {one.thing for one in look.differences}

    await until(named)
    await counter.settle(rest(command))
    assert not await named()
    assert await counter.brought_in(command.order_id) == 0


async def test_a_refund_whose_provider_is_gone(servers: Addresses, tmp_path: Path) -> None:
    """It says so, is named, and a person can settle it; set up again in time, the provider gives it back."""
    async with till(servers, tmp_path) as counter:
        settled, comes_back = counter.pay(), counter.pay()
        for command in (settled, comes_back):
            await counter.ask(command)
            await counter.do("update payments set provider = 'gone' where id = %s", command.payment_id)
            said = await counter.refund(command, 5_000, rest(command))
            assert (said.status, said.code) == ("pending", "provider_gone")
            assert (await owed(counter))[rest(command)] == "provider_gone"
        with pytest.raises(Fault) as kept:
            await counter.cancel(settled)
        assert kept.value.code == "not_given_back"
        look = (await counter.reconciled())["payments-owed"]
        assert {rest(settled), rest(comes_back)} <= {one.thing for one in look.differences}
        assert (await counter.settle(rest(settled))).status == "succeeded"
        await counter.do("update payments set provider = 'mock' where id = %s", comes_back.payment_id)
        await counter.do("update refunds set due_at = now() where payment_id = %s", comes_back.payment_id)
        await counter.becomes(comes_back.payment_id, "succeeded", refunded=5_000)
        await counter.books_agree(comes_back, 0)
        assert await owed(counter) == {}


async def test_a_part_that_is_refused_after_all_the_rest_went_back(counter: Till) -> None:
    """Taken back while the bank thinks about a part of it: that part is owed, and who waits is told so."""
    command = counter.pay(REFUND_PENDING)
    await counter.ask(command)
    part = await counter.refund(command, 2_000)
    await counter.do("update refunds set due_at = null where key = %s", part.refund_id, of="pos")
    assert (await counter.cancel(command)).refunded < 5_000
    await counter.becomes(command.payment_id, "succeeded", refunding=5_000, refunded=3_000)
    assert (await counter.cancel(command)).refunded == 3_000
    assert part.refund_id not in await owed(counter)
    sql = "update refunds set state = 'failed', code = 'refund_failed' where key = %s"
    await counter.do(sql, part.refund_id, of="pos")
    await counter.do("update refunds set due_at = now() where id = %s", part.refund_id)
    await counter.becomes(command.payment_id, "succeeded", refunding=3_000, refunded=3_000)
    with pytest.raises(Fault) as kept:
        await counter.cancel(command)
    assert (kept.value.code, kept.value.extra["refundId"]) == ("not_given_back", part.refund_id)
    assert (await owed(counter))[part.refund_id] == "refund_failed"
    by_hand = RefundPayment(
        refund_id=new_id("refund"),
        payment_id=command.payment_id,
        order_id=command.order_id,
        saga_id=command.saga_id,
        amount=2_000,
        reason="asked for",
        by_hand="in cash",
        settled_by="Ada",
    )
    assert (await counter.system.bus.request(by_hand, timeout=10.0)).status == "succeeded"
    assert (await counter.cancel(command)).refunded == 5_000
    assert part.refund_id not in await owed(counter)
