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
