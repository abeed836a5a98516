"""What a payment's state means for the checkout that waits for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from internal.checkout.domain import CheckoutData, given_back, paid
from internal.platform.saga import Done, Wait
from proto.payments import PaymentFacts, PaymentStatus

AGAIN = datetime(2030, 1, 1, tzinfo=UTC)
KNOWN = CheckoutData(
    user_id="user_a", hold_id="hold_a", order_id="order_a", payment_id="pay_a", method={"card": {"number": "4242"}}
)


def facts(status: PaymentStatus) -> PaymentFacts:
    return PaymentFacts(
        payment_id="pay_a", order_id="order_a", provider="mock", status=status, amount=500, currency="TRY"
    )


@pytest.mark.parametrize("status", ["created", "unknown"])
def test_a_payment_that_no_provider_has_answered_for_keeps_its_card(status: PaymentStatus) -> None:
    """Whoever was to ask may be dead: the same payment is asked for again, and for that the card is needed."""
    answer = paid(facts(status), KNOWN, AGAIN)
    assert answer == Wait(AGAIN, KNOWN)


def test_a_payment_that_its_provider_has_begun_forgets_its_card() -> None:
    """From then on it is looked at, and never asked for again."""
    answer = paid(facts("processing"), KNOWN, AGAIN)
    assert isinstance(answer, Wait)
    assert (answer.data.asked, answer.data.method) == (True, {})


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled"])
def test_a_payment_is_given_back_when_no_money_is_kept(status: PaymentStatus) -> None:
    """Also of one that was given up and captured all the same: until that money is back, it is waited for."""
    captured = replace(facts(status), captured=500)
    assert given_back(captured, AGAIN) == Wait(AGAIN)
    assert given_back(replace(captured, refunded=200), AGAIN) == Wait(AGAIN)
    assert given_back(replace(captured, refunded=500), AGAIN) == Done()
    assert given_back(facts("canceled"), AGAIN) == Done()
