"""What a saga sees of payments, against the virtual point of sale."""

from __future__ import annotations

import asyncio

import pytest

from internal.platform.faults import Fault
from internal.platform.ids import new_id
from proto.payments import (
    PaymentActionRequired,
    PaymentCanceled,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from tests.payments.paying import (
    DECLINED,
    MUTE,
    PLAIN,
    POOR,
    PROCESSING,
    REFUND_FAILS,
    REFUND_PENDING,
    SECURE,
    SECURE_DECLINED,
    SLOW,
    UNORDERED,
    Till,
)
from tests.waiting import until


async def test_a_good_card_pays(counter: Till) -> None:
    """The answer is the money, the ledger has it, and it is told once."""
    command = counter.pay()
    facts = await counter.ask(command)
    assert (facts.status, facts.captured, facts.refunded) == ("succeeded", 5_000, 0)
    await counter.books_agree(command, 5_000)
    await counter.system.heard.told(command.payment_id, PaymentSucceeded)


@pytest.mark.parametrize(
    ("card", "code"),
    [(DECLINED, "card_declined"), (POOR, "insufficient_funds"), ("4111111111111111", "invalid_number")],
)
async def test_a_bad_card_does_not(counter: Till, card: str, code: str) -> None:
    """It fails with a code and words for the buyer, and nothing is captured."""
    command = counter.pay(card)
    facts = await counter.ask(command)
    assert (facts.status, facts.code, facts.captured) == ("failed", code, 0)
    assert facts.message.endswith(".")
    await counter.books_agree(command, 0)
    await counter.system.heard.told(command.payment_id, PaymentFailed)


@pytest.mark.parametrize("method", [{}, {"card": None}, {"card": {"number": "4242"}}, {"card": "4242", "x": [1]}])
async def test_what_is_no_card_is_declined(counter: Till, method: dict[str, object]) -> None:
    """A method that cannot be read fails the payment; it is no trouble of ours."""
    facts = await counter.ask(counter.pay(method=method))
    assert (facts.status, facts.code) == ("failed", "invalid_card")


async def test_the_same_payment_fifty_times_at_once(counter: Till) -> None:
    """Fifty commands of one id are one charge and one event."""
    command = counter.pay()
    await asyncio.gather(*(counter.ask(command) for _ in range(50)))
    await counter.becomes(command.payment_id, "succeeded")
    await counter.books_agree(command, 5_000)
    await counter.system.heard.told(command.payment_id, PaymentSucceeded)


async def test_an_id_is_one_payment(counter: Till) -> None:
    """The same id with another amount is refused, and charges nothing."""
    command = counter.pay()
    await counter.ask(command)
    with pytest.raises(Fault, match="another order, amount"):
        await counter.ask(counter.pay(payment_id=command.payment_id, order_id=command.order_id, amount=1))
    await counter.books_agree(command, 5_000)


async def test_a_full_refund_and_no_more(counter: Till) -> None:
    """What was captured goes back once; a second refund of it is refused."""
    command = counter.pay()
    await counter.ask(command)
    assert (await counter.refund(command, 5_000)).status == "succeeded"
    with pytest.raises(Fault, match="More would be given back"):
        await counter.refund(command, 1)
    await counter.books_agree(command, 0)
    await counter.system.heard.told(command.payment_id, PaymentSucceeded, PaymentRefunded)


async def test_cancel_voids_or_gives_back(counter: Till) -> None:
    """Given up after the capture: all of it goes back, and saying so again changes nothing."""
    command = counter.pay()
    await counter.ask(command)
    for _ in range(2):
        facts = await counter.cancel(command)
        assert (facts.captured, facts.refunded) == (5_000, 5_000)
    await counter.books_agree(command, 0)


async def test_fifty_refunds_at_once_do_not_overlap(counter: Till) -> None:
    """Fifty refunds of a tenth each: ten go through, and the books agree on nothing left."""
    command = counter.pay()
    await counter.ask(command)
    said = await asyncio.gather(*(counter.refund(command, 500) for _ in range(50)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in said) == 10
    assert {type(one).__name__ for one in said if isinstance(one, BaseException)} == {"RefundTooMuch"}
    await counter.becomes(command.payment_id, "succeeded", refunded=5_000)
    await counter.books_agree(command, 0)


async def test_one_refund_fifty_times_at_once(counter: Till) -> None:
    """The same refund id is one refund, and with another amount it is refused."""
    command, refund_id = counter.pay(), new_id("refund")
    await counter.ask(command)
    await asyncio.gather(*(counter.refund(command, 700, refund_id) for _ in range(50)))
    await counter.becomes(command.payment_id, "succeeded", refunded=700)
    with pytest.raises(Fault, match="another payment or amount"):
        await counter.refund(command, 701, refund_id)
    await counter.books_agree(command, 4_300)


async def test_a_part_and_then_the_rest_by_cancel(counter: Till) -> None:
    """Given up after a part went back: only the rest goes back."""
    command = counter.pay()
    await counter.ask(command)
    await counter.refund(command, 1_200)
    facts = await counter.cancel(command)
    assert facts.refunded == 5_000
    await counter.books_agree(command, 0)
    await counter.system.heard.told(command.payment_id, PaymentSucceeded, PaymentRefunded, PaymentRefunded)


async def test_nothing_captured_nothing_given_back(counter: Till) -> None:
    """A refund of a declined payment, or of none, is refused."""
    command = counter.pay(DECLINED)
    await counter.ask(command)
    with pytest.raises(Fault, match="Nothing was captured"):
        await counter.refund(command, 1)
    with pytest.raises(Fault, match="no such payment"):
        await counter.refund(counter.pay(), 1)


async def test_a_refund_that_takes_its_time(counter: Till) -> None:
    """It is pending, then through, and told once."""
    command = counter.pay(REFUND_PENDING)
    await counter.ask(command)
    assert (await counter.refund(command, 2_000)).status == "pending"
    await counter.becomes(command.payment_id, "succeeded", refunded=2_000)
    await counter.books_agree(command, 3_000)
    await counter.system.heard.told(command.payment_id, PaymentSucceeded, PaymentRefunded)


async def test_a_refund_that_fails(counter: Till) -> None:
    """It is told with its reason, and the money can be given back otherwise."""
    command = counter.pay(REFUND_FAILS)
    await counter.ask(command)
    said = await counter.refund(command, 2_000)
    assert (said.status, said.code) == ("failed", "refund_failed")
    await counter.books_agree(command, 5_000)
    assert (await counter.row(command.payment_id))["refunding"] == 0
    await counter.system.heard.told(command.payment_id, PaymentSucceeded, RefundFailed)


async def test_a_pay_after_its_cancel_is_refused(counter: Till) -> None:
    """A payment that was given up before it was begun stays so, at the provider too."""
    command = counter.pay()
    assert (await counter.cancel(command)).status == "canceled"
    assert (await counter.ask(command)).status == "canceled"
    assert (await counter.cancel(command)).status == "canceled"
    assert command.payment_id not in {charge["key"] for charge in (await counter.books())["charges"]}


async def test_pay_and_cancel_at_once(counter: Till) -> None:
    """Whoever comes first: no money stays, and the payment is not succeeded with money kept."""
    commands = [counter.pay() for _ in range(20)]
    await asyncio.gather(*(step for one in commands for step in (counter.ask(one), counter.cancel(one))))
    for command in commands:

        async def settled(payment_id: str = command.payment_id) -> bool:
            row = await counter.row(payment_id)
            return row["due_at"] is None and row["captured"] == row["refunded"]

        await until(settled)
        assert await counter.brought_in(command.order_id) == 0


async def test_three_d_secure_approved(counter: Till) -> None:
    """The buyer is sent to the bank, approves, and the webhook brings the money without being asked for."""
    command = counter.pay(SECURE, return_url="https://shop.example/back?x=1")
    facts = await counter.ask(command)
    assert facts.status == "requires_action"
    assert facts.action_url is not None
    page = await counter.system.client.get(facts.action_url)
    assert 'value="approve"' in page.text
    answered = await counter.system.client.post(facts.action_url, data={"answer": "approve"})
    assert (answered.status_code, answered.headers["location"]) == (303, "https://shop.example/back?x=1")
    done = await counter.becomes(command.payment_id, "succeeded")
    assert done.action_url is None
    await counter.books_agree(command, 5_000)
    await counter.system.heard.told(command.payment_id, PaymentActionRequired, PaymentSucceeded)


@pytest.mark.parametrize(
    ("card", "answer", "code"),
    [(SECURE, "refuse", "authentication_failed"), (SECURE_DECLINED, "approve", "card_declined")],
)
async def test_three_d_secure_refused(counter: Till, card: str, answer: str, code: str) -> None:
    """Refused by the buyer, or by the bank after all: the payment fails with its reason."""
    command = counter.pay(card)
    facts = await counter.ask(command)
    assert facts.action_url is not None
    await counter.system.client.post(facts.action_url, data={"answer": answer})
    done = await counter.becomes(command.payment_id, "failed")
    assert done.code == code
    await counter.books_agree(command, 0)


async def test_approved_after_it_was_given_up(counter: Till) -> None:
    """The void was first: an approval that comes later finds nothing to approve."""
    command = counter.pay(SECURE)
    facts = await counter.ask(command)
    assert facts.action_url is not None
    assert (await counter.cancel(command)).status == "canceled"
    await counter.system.client.post(facts.action_url, data={"answer": "approve"})
    await counter.books_agree(command, 0)
    await counter.system.heard.told(command.payment_id, PaymentActionRequired, PaymentCanceled)


async def test_charged_and_never_answered(deaf: Till) -> None:
    """The provider charges and is silent: unknown within the budget, then found by asking, and charged once."""
    command = deaf.pay(MUTE)
    facts = await deaf.ask(command)
    assert facts.status == "unknown"
    await deaf.becomes(command.payment_id, "succeeded")
    assert (await deaf.ask(command)).status == "succeeded"
    await deaf.books_agree(command, 5_000)
    await deaf.system.heard.told(command.payment_id, PaymentSucceeded)


async def test_given_up_while_the_answer_was_lost(deaf: Till) -> None:
    """A success that arrives after the payment was given up goes back by itself."""
    command = deaf.pay(MUTE)
    pay = asyncio.create_task(deaf.ask(command))

    async def charged() -> bool:
        return any(one["key"] == command.payment_id for one in (await deaf.books())["charges"])

    await until(charged)
    assert (await deaf.cancel(command)).status == "canceled"
    await deaf.becomes(command.payment_id, "canceled", refunded=5_000)
    await pay
    await deaf.books_agree(command, 0)


async def test_slow_processing_and_disorderly_messages(counter: Till) -> None:
    """A slow bank, one that captures later, and webhooks twice and in the wrong order: each paid once."""
    commands = [counter.pay(card) for card in (SLOW, PROCESSING, UNORDERED)]
    await asyncio.gather(*(counter.ask(command) for command in commands))
    for command in commands:
        await counter.becomes(command.payment_id, "succeeded")

    for command in commands:
        await counter.books_agree(command, 5_000)
        await counter.system.heard.told(command.payment_id, PaymentSucceeded)


async def test_a_refund_while_the_capture_is_unknown(deaf: Till) -> None:
    """Asked to give back what it does not know to be captured, it looks first."""
    command = deaf.pay(MUTE)
    await deaf.ask(command)
    assert (await deaf.refund(command, 5_000)).status == "succeeded"
    await deaf.books_agree(command, 0)


async def test_no_card_is_kept(counter: Till) -> None:
    """Neither database holds a card's number, whole, anywhere."""
    await counter.ask(counter.pay(PLAIN))
    for of in ("payments", "pos"):
        for table in await counter.rows(
            "select tablename::text as name from pg_tables where schemaname = 'public'", of=of
        ):
            found = await counter.rows(
                f"select t::text as row from {table['name']} t where t::text like %s", f"%{PLAIN}%", of=of
            )
            assert found == []


async def test_money_that_will_not_go_back_is_said(counter: Till) -> None:
    """Given up after its capture with a card that takes nothing back: a fault each time, which a person gets to see."""
    command = counter.pay(REFUND_FAILS)
    await counter.ask(command)
    for _ in range(3):
        with pytest.raises(Fault) as refused:
            await counter.cancel(command)
        assert refused.value.code == "not_given_back"
    facts = await counter.get(command.payment_id)
    assert (facts.status, facts.captured, facts.refunded) == ("succeeded", 5_000, 0)
    await counter.books_agree(command, 5_000)
