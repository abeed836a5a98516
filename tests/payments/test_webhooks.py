"""What providers tell, and who pretends to be one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

import httpx
import msgspec
import pytest

from internal.payments import store
from internal.payments.store import Heard
from internal.platform.ids import new_id
from internal.platform.postgres import Tx
from internal.pos.loops import signature
from tests.payments.paying import MUTE, SECRET, Till
from tests.waiting import until


def body(payment_id: str, event_id: str = "") -> bytes:
    told = {"id": event_id or new_id("evt"), "type": "charge.captured", "charge": payment_id}
    return msgspec.json.encode(told)


async def post(counter: Till, content: bytes, signed: str, provider: str = "mock") -> httpx.Response:
    headers = {"pos-signature": signed, "content-type": "application/json"}
    return await counter.system.client.post(f"/webhooks/{provider}", content=content, headers=headers)


async def test_a_good_signature_is_stored_once(counter: Till) -> None:
    """The same message again is answered 200 and has no second effect."""
    event_id = new_id("evt")
    content = body("pay_unknown", event_id)
    for _ in range(3):
        said = await post(counter, content, signature(SECRET, content, time.time()))
        assert (said.status_code, said.text) == (200, "")
    assert len(await counter.rows("select 1 as one from webhook_events where event_id = %s", event_id)) == 1


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "t=1,v1=00",
        "v1=00",
        "t=,v1=",
        "t=٣,v1=00",
        "t=99999999999999999999999,v1=00",
        "t=1,t=1,v1=00",
        "\u00ff",
    ],
)
async def test_no_signature_no_entry(counter: Till, forged: str) -> None:
    """What is not signed, or not in the form of a signature, is refused and not stored."""
    content = body("pay_1")
    said = await counter.system.client.post(
        "/webhooks/mock", content=content, headers=[(b"pos-signature", forged.encode())]
    )
    assert (said.status_code, said.json()["code"]) == (400, "bad_webhook")


@pytest.mark.parametrize("age", [301, -360])  # a message from the future grows younger while it is checked
async def test_old_messages_are_refused(counter: Till, age: int) -> None:
    """A signature is good for 300 seconds, either way."""
    content = body("pay_1")
    assert (await post(counter, content, signature(SECRET, content, time.time() - age))).status_code == 400
    assert (await post(counter, content, signature(SECRET, content, time.time() - 250))).status_code == 200


async def test_one_changed_byte_is_refused(counter: Till) -> None:
    """The signature is over the raw body, and by the right secret."""
    content = body("pay_1")
    signed = signature(SECRET, content, time.time())
    assert (await post(counter, content + b" ", signed)).status_code == 400
    assert (await post(counter, content, signature("other", content, time.time()))).status_code == 400
    twice = f"{signed},v1={'0' * 64}"
    assert (await post(counter, content, twice)).status_code == 200


async def test_nobody_of_that_name(counter: Till) -> None:
    """A provider that is not set up has no address here."""
    assert (await post(counter, b"{}", "", "paypal")).status_code == 404


@pytest.mark.parametrize("content", [b"", b"[]", b'{"id": 1}', b"\xff"])
async def test_signed_nonsense(counter: Till, content: bytes) -> None:
    """A signed body that is no message is refused, and is no trouble of ours."""
    assert (await post(counter, content, signature(SECRET, content, time.time()))).status_code == 400


async def test_a_lie_that_is_signed_moves_nothing(counter: Till) -> None:
    """A message says captured of a payment that is not: the provider is asked, and knows better."""
    command = counter.pay("4000002500003155")
    await counter.ask(command)
    content = body(command.payment_id)
    assert (await post(counter, content, signature(SECRET, content, time.time()))).status_code == 200
    assert (await counter.get(command.payment_id)).status == "requires_action"
    await counter.books_agree(command, 0)


async def test_what_is_known_is_done_on_arrival(counter: Till) -> None:
    """A message about what is captured already is stored, and nothing follows; what else it says is looked into."""
    paid, open_ = counter.pay(), counter.pay("4000002500003155")
    await asyncio.gather(counter.ask(paid), counter.ask(open_))
    for command, looked_into in ((paid, 0), (open_, 1)):
        event_id = new_id("evt")
        content = body(command.payment_id, event_id)
        await post(counter, content, signature(SECRET, content, time.time()))

        async def done(event_id: str = event_id, looked_into: int = looked_into) -> bool:
            (row,) = await counter.rows("select due_at, attempts from webhook_events where event_id = %s", event_id)
            return (row["due_at"], row["attempts"]) == (None, looked_into)

        await until(done)


async def test_a_message_waits_for_the_answer(counter: Till) -> None:
    """While somebody asks about its payment it is looked into a second later, and then although they still ask."""
    command = counter.pay("4000002500003155")
    await counter.ask(command)

    async def the_banks_own_is_done() -> bool:
        done = "select kind from webhook_events where payment_id = %s and due_at is null"
        return bool(await counter.rows(done, command.payment_id))

    await until(the_banks_own_is_done)
    seen = (await counter.row(command.payment_id))["attempts"]
    asking = "update payments set due_at = now() + '1 hour', leased_until = now() + '1 hour' where id = %s"
    await counter.do(asking, command.payment_id)
    event_id = new_id("evt")
    content = body(command.payment_id, event_id)
    await post(counter, content, signature(SECRET, content, time.time()))
    known = "select extract(epoch from due_at - received_at)::float8 as pause from webhook_events where event_id = %s"
    assert (await counter.rows(known, event_id))[0]["pause"] == 1.0

    async def looked_at() -> bool:
        return (await counter.row(command.payment_id))["leased_until"] is None

    await until(looked_at)
    assert (await counter.row(command.payment_id))["attempts"] == seen + 1


async def test_a_webhook_before_the_answer(counter: Till) -> None:
    """The message comes while the call still waits for its answer: paid once, and said so."""
    command = counter.pay(MUTE)
    asking = asyncio.create_task(counter.ask(command))
    await counter.becomes(command.payment_id, "succeeded", 4.0)
    assert not asking.done()
    assert (await asking).status == "succeeded"
    await counter.books_agree(command, 5_000)


async def test_what_is_heard_of_a_refund_waits_for_its_payment_first(counter: Till) -> None:
    """Who has locked the payment gets its refund, too; the other order is a deadlock between the two."""
    command, refund_id = counter.pay(), new_id("refund")
    await counter.ask(command)
    await counter.do(
        "insert into refunds (id, payment_id, order_id, amount, currency, reason, status)"
        " values (%s, %s, %s, 1, 'EUR', '', 'pending')",
        *(refund_id, command.payment_id, command.order_id),
    )
    heard = Heard("mock", new_id("evt"), "", command.payment_id, "", "", None, 1, command.payment_id, done=False)
    url = counter.system.databases["payments"]
    async with await Tx.connect(url) as first, await Tx.connect(url) as second:
        await first.execute("select from payments where id = %s for update", [command.payment_id])
        hearing = asyncio.create_task(store.webhooks_heard(second, [heard]))
        waits = "select 1 from pg_stat_activity where pid = %s and wait_event_type = 'Lock'"
        await until(lambda: _any(counter.rows(waits, second.info.backend_pid)))
        await first.execute("select from refunds where id = %s for update nowait", [refund_id])
        await first.commit()
        await hearing
    await counter.do("delete from refunds where id = %s", refund_id)


async def _any(rows: Awaitable[list[dict[str, Any]]]) -> bool:
    return bool(await rows)
