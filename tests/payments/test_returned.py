"""Refunds that had succeeded, and whose money the buyer's bank sent back later."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import msgspec
import pytest

from internal.platform.ids import new_id
from internal.pos.loops import signature
from proto.payments import ListOwed, Pay, PaymentRefunded, PaymentSucceeded, RefundFailed
from proto.reconcile import Difference
from tests.conftest import Addresses
from tests.payments.paying import SECRET, Till, till
from tests.waiting import until


@pytest.fixture(scope="module")
async def quiet(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Till]:
    """Nothing is compared but what the test has compared."""
    seldom = {"AISLE_PAYMENTS_RECONCILE_EVERY": "3600"}
    async with till(servers, tmp_path_factory.mktemp("returned"), environment=seldom) as opened:
        yield opened


async def returned(quiet: Till) -> tuple[Pay, str]:
    """Paid, 2,000 of it given back, and then taken back by the bank, which has told nobody yet."""
    command, refund_id = quiet.pay(), new_id("refund")
    await quiet.ask(command)
    assert (await quiet.refund(command, 2_000, refund_id)).status == "succeeded"
    await quiet.books_agree(command, 3_000)
    await quiet.do("update refunds set state = 'failed', code = 'lost' where key = %s", refund_id, of="pos")
    await quiet.do("update charges set refunded = 0 where key = %s", command.payment_id, of="pos")
    return command, refund_id


async def tell(quiet: Till, command: Pay, refund_id: str) -> None:
    told = {"id": new_id("evt"), "type": "refund.failed", "charge": command.payment_id, "refund": refund_id}
    content = msgspec.json.encode(told)
    headers = {"pos-signature": signature(SECRET, content, time.time()), "content-type": "application/json"}
    assert (await quiet.system.client.post("/webhooks/mock", content=content, headers=headers)).status_code == 200


async def owed(quiet: Till) -> dict[str, str]:
    found = await quiet.system.bus.request(ListOwed(), timeout=10.0)
    return {one.refund_id: one.code for one in found.refunds}


async def all_looked_into(quiet: Till, refund_id: str) -> None:
    """Every message about this refund, and the refund itself, are done with."""
    sql = (
        "select 1 as one from webhook_events where refund_id = %s and due_at is not null"
        " union all select 1 from refunds where id = %s and due_at is not null"
    )

    async def done() -> bool:
        return not await quiet.rows(sql, refund_id, refund_id)

    await until(done)


async def test_money_that_came_back_is_owed_until_a_person_gives_it(quiet: Till) -> None:
    """Heard of by its webhook: the books have it again, no second refund takes it, and by hand it goes back once."""
    command, refund_id = await returned(quiet)
    await tell(quiet, command, refund_id)
    await quiet.becomes(command.payment_id, "succeeded", refunded=0, refunding=2_000)
    await quiet.books_agree(command, 5_000)
    assert (await owed(quiet))[refund_id] == "refund_returned"
    for _ in range(2):  # told again, and asked for again, it stays what it is, and no bank is asked
        await tell(quiet, command, refund_id)
        await all_looked_into(quiet, refund_id)
        said = await quiet.refund(command, 2_000, refund_id)
        assert (said.status, said.code) == ("pending", "refund_returned")
    assert (await quiet.charge(command.payment_id))["refunded"] == 0
    assert (await quiet.settle(refund_id)).status == "succeeded"
    assert refund_id not in await owed(quiet)
    row = await quiet.row(command.payment_id)
    assert (row["refunding"], row["refunded"]) == (2_000, 2_000)
    assert await quiet.brought_in(command.order_id) == 3_000
    await tell(quiet, command, refund_id)
    await all_looked_into(quiet, refund_id)
    assert (await quiet.row(command.payment_id))["refunded"] == 2_000
    await quiet.system.heard.told(command.payment_id, PaymentSucceeded, PaymentRefunded, RefundFailed)


async def test_money_that_came_back_unheard_is_found(quiet: Till) -> None:
    """Its webhook was lost: the reconciler tells, repairs nothing that it only looks at, and then writes it down."""
    command, refund_id = await returned(quiet)
    differs = Difference(thing=refund_id, found="2000 EUR given back", expected="declined at mock")
    for _ in range(2):
        assert differs in (await quiet.reconciled())["payments-returned"].differences
    assert await quiet.brought_in(command.order_id) == 3_000
    found = (await quiet.reconciled(repair=True))["payments-returned"].differences
    assert msgspec.structs.replace(differs, repaired=True) in found
    await quiet.books_agree(command, 5_000)
    assert refund_id in {one.thing for one in (await quiet.reconciled())["payments-owed"].differences}
    assert refund_id not in {one.thing for one in (await quiet.reconciled())["payments-returned"].differences}


async def test_a_failure_that_the_bank_does_not_confirm_changes_nothing(quiet: Till) -> None:
    """A message is a hint: asked, the bank says that the money is with the buyer, and it is not asked for again."""
    command, refund_id = quiet.pay(), new_id("refund")
    await quiet.ask(command)
    await quiet.refund(command, 2_000, refund_id)
    await tell(quiet, command, refund_id)
    await all_looked_into(quiet, refund_id)
    await quiet.books_agree(command, 3_000)
    assert refund_id not in await owed(quiet)
