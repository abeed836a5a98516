"""What PayTR says, in our words. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from internal.payments.providers.interface import AnswerLost, Outcome
from internal.payments.providers.paytr.fields import from_text
from internal.platform.faults import Kind

__all__ = ["PaidTooLittle", "declined", "of_callback", "of_status", "refund_in", "unsure"]

_REASONS = {
    "authentication_failed": "Your bank could not confirm that it is you.",
    "card_declined": "The card was declined.",
    "card_not_supported": "This card cannot be used for this purchase.",
    "currency_not_supported": "This way of paying does not take this currency.",
    "email_required": "This way of paying needs your e-mail address.",
    "expired": "The payment was not completed in time.",
    "instalments_not_supported": "This card cannot pay in instalments.",
    "left": "The payment page was left before the payment was made.",
    "payment_refused": "The payment could not be made.",
    "processing_error": "The bank could not answer just now; please try again.",
    "refund_refused": "The provider does not give this money back.",
}
_CODES = {  # failed_reason_code; 0 is the bank's own refusal, and its text is for nobody but the operator
    "0": "card_declined",
    "1": "authentication_failed",
    "2": "authentication_failed",
    "3": "card_declined",
    "6": "left",
    "8": "instalments_not_supported",
    "9": "card_not_supported",
    "10": "authentication_failed",
    "11": "card_declined",
    "99": "processing_error",
}


class PaidTooLittle(AnswerLost, kind=Kind.UNAVAILABLE):
    """Less was paid than was asked for; a person must look."""


def declined(code: str, reference: str = "") -> Outcome:
    """A no, with the sentence for the buyer."""
    return Outcome(state="declined", reference=reference, code=code, message=_REASONS[code])


def unsure() -> Outcome:
    """Of a refund whose answer was lost: a person looks into PayTR's panel whether it was carried out."""
    words = "PayTR may have given this back, and does not list it: look there before you do it by hand."
    return Outcome(state="pending", code="refund_unsure", message=words)


def of_callback(said: Mapping[str, str], asked: int) -> Outcome:
    """How it went. More than was asked is the commission of instalments, which is the buyer's and the bank's affair.

    Less is never right, and not believed: a person must look.
    """
    if said["status"] != "success":
        return declined(_CODES.get(said.get("failed_reason_code", ""), "card_declined"))
    return _paid(int(said["total_amount"]), asked)


def of_status(said: dict[str, Any], asked: int) -> Outcome:
    """What the status inquiry says of a payment that succeeded."""
    return _paid(from_text(str(said["payment_total"])), asked)


def refund_in(said: dict[str, Any], reference: str) -> dict[str, Any] | None:
    """The refund with our reference among those of the status inquiry, which come as a list, or as one in text."""
    returns = said.get("returns") or []
    if isinstance(returns, str):
        returns = json.loads(returns)
    return next((dict(one) for one in returns if reference in one.values()), None)


def _paid(total: int, asked: int) -> Outcome:
    if total < asked:
        raise PaidTooLittle(paid=total, asked=asked)
    return Outcome(state="succeeded", amount=asked)
