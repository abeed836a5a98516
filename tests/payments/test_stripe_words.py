from __future__ import annotations

from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from internal.payments.providers.stripe import offered, words
from internal.payments.providers.stripe.form import Fields, flat
from internal.platform.config import BadConfig
from tests.payments.stripe_peer import KEY, SECRET

LOG = structlog.get_logger()


def test_form() -> None:
    """Nested fields are spelt in brackets, and what is None is left out."""
    nested: Fields = {"a": 1, "b": {"c": "x", "d": {"e": True}}, "f": ["g", {"h": False}], "i": None, "j": {"k": None}}
    assert flat(nested) == {"a": "1", "b[c]": "x", "b[d][e]": "true", "f[0]": "g", "f[1][h]": "false"}


@given(st.integers(1, 10**9), st.sampled_from(["TRY", "EUR", "JPY", "ISK", "UGX"]))
def test_money_there_and_back(amount: int, currency: str) -> None:
    """Money that Stripe counts otherwise comes back as it went."""
    assert words.from_stripe(words.to_stripe(amount, currency), currency) == amount
    assert words.to_stripe(1, currency) == (100 if currency in {"ISK", "UGX"} else 1)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "insufficient_funds"),
        ({"code": "card_declined", "decline_code": "stolen_card"}, "card_declined"),
        ({"code": "expired_card", "decline_code": "expired_card"}, "expired_card"),
        ({"code": "authentication_required"}, "authentication_failed"),
        ({"code": "something_new"}, "payment_refused"),
        (None, "payment_refused"),
    ],
)
def test_reasons(error: dict[str, Any] | None, code: str) -> None:
    """The buyer is told what helps the buyer, and never that a card is stolen."""
    outcome = words.declined(error, "pi_1", "payment_refused")
    assert (outcome.code, bool(outcome.message)) == (code, True)


def test_bank_page_comes_first() -> None:
    """Where Stripe names the bank's page, the buyer is sent there, and the card is shown."""
    charge = {"payment_method_details": {"card": {"brand": "visa", "last4": "4242", "country": "TR"}}}
    outcome = words.payment(
        {
            "id": "pi_1",
            "status": "requires_action",
            "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/3ds"}},
            "metadata": {"return_url": "https://tickets.example"},
            "latest_charge": charge,
        }
    )
    assert (outcome.action_url, outcome.card.last4) == ("https://bank.example/3ds", "4242")


def test_offered() -> None:
    """Stripe is offered to who has a key, and the secret that its webhooks need."""
    assert offered({}, LOG) is None
    with pytest.raises(BadConfig, match="WEBHOOK_SECRET"):
        offered({"AISLE_PAYMENTS_STRIPE_KEY": KEY}, LOG)
    both = {"AISLE_PAYMENTS_STRIPE_KEY": KEY, "AISLE_PAYMENTS_STRIPE_WEBHOOK_SECRET": SECRET}
    assert offered(both, LOG) is not None
