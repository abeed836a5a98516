"""What Stripe says, in our words. Pure: its JSON in, an Outcome out.

requires_payment_method --> requires_confirmation --> requires_action --> processing --> requires_capture --> succeeded
  (declined, if an error       (missing: nothing                                            (authorized)
   stands beside it)            was begun)                       from any before succeeded: canceled
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from internal.payments.providers.interface import Card, Outcome, State

__all__ = ["card_of", "declined", "from_stripe", "is_no_refund", "payment", "refund", "to_stripe"]

# ISO 4217 gives these no minor unit; Stripe still counts them in hundredths.
_IN_HUNDREDTHS = {"ISK", "UGX"}

_STATES: dict[str, State] = {
    "requires_confirmation": "missing",
    "requires_action": "requires_action",
    "processing": "processing",
    "requires_capture": "authorized",
    "succeeded": "succeeded",
    "canceled": "canceled",
}
_REFUND_STATES: dict[str, State] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "declined",
    "canceled": "declined",
}
# What a buyer may be told. Banks' other reasons (stolen, suspected fraud) are not said at the till: a plain no.
_REASONS = {
    "authentication_failed": "Your bank could not confirm that it is you.",
    "card_declined": "The card was declined.",
    "card_not_supported": "This card cannot be used for this purchase.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The card's security code is not right.",
    "insufficient_funds": "There is not enough money on the card.",
    "method_invalid": "These payment details cannot be used; please enter them again.",
    "payment_refused": "The payment could not be made.",
    "processing_error": "The bank could not answer just now; please try again.",
    "refund_refused": "The provider does not give this money back.",
    "already_refunded": "This money was given back before.",
}
_CODES = {
    "payment_intent_authentication_failure": "authentication_failed",
    "authentication_required": "authentication_failed",
    "resource_missing": "method_invalid",
    "payment_method_unactivated": "method_invalid",
    "payment_method_unexpected_state": "method_invalid",
    "charge_already_refunded": "already_refunded",
    "invalid_cvc": "incorrect_cvc",
}


def to_stripe(amount: int, currency: str) -> int:
    """Our minor units as Stripe counts them."""
    return amount * 100 if currency in _IN_HUNDREDTHS else amount


def from_stripe(amount: int, currency: str) -> int:
    """And back."""
    return amount // 100 if currency.upper() in _IN_HUNDREDTHS else amount


def payment(intent: dict[str, Any]) -> Outcome:
    """An intent as it stands."""
    status, error = intent["status"], intent.get("last_payment_error")
    if status == "requires_payment_method":
        if error:
            return declined(error, intent["id"], "card_declined")
        return Outcome(state="missing", reference=intent["id"])
    state = _STATES[status]
    return Outcome(
        state=state,
        reference=intent["id"],
        action_url=_action_url(intent) if state == "requires_action" else "",
        amount=from_stripe(intent.get("amount_received") or 0, intent["currency"]) if state == "succeeded" else 0,
        card=card_of(intent),
    )


def refund(said: dict[str, Any]) -> Outcome:
    """A refund as it stands."""
    state = _REFUND_STATES[said["status"]]
    if state == "declined":
        return declined(None, said["id"], "refund_refused")
    return Outcome(state=state, reference=said["id"], amount=from_stripe(said["amount"], said["currency"]))


def is_no_refund(status: object) -> bool:
    """Whether a refund of this status gives nothing back; one that succeeded may still become so, days later."""
    return isinstance(status, str) and _REFUND_STATES.get(status) == "declined"


def declined(error: dict[str, Any] | None, reference: str, otherwise: str) -> Outcome:
    """A no. The bank's own reason says more than Stripe's; what is in neither list is a plain no."""
    said = [str((error or {}).get(name) or "") for name in ("decline_code", "code")]
    codes = [_CODES.get(code, code) for code in said]
    code = next((code for code in codes if code in _REASONS), otherwise)
    return Outcome(state="declined", reference=reference, code=code, message=_REASONS[code])


def card_of(intent: dict[str, Any]) -> Card:
    """Brand and last digits, where the charge is shown with the intent."""
    charge = intent.get("latest_charge")
    details = (charge.get("payment_method_details") or {}) if isinstance(charge, dict) else {}
    card = details.get("card") or {}
    return Card(brand=card.get("brand") or "", last4=card.get("last4") or "")


def _action_url(intent: dict[str, Any]) -> str:
    """The bank's page; or ours with what Stripe.js needs to show it, named as Stripe itself names them on a return."""
    there = (intent.get("next_action") or {}).get("redirect_to_url") or {}
    if there.get("url"):
        return str(there["url"])
    return_url = (intent.get("metadata") or {}).get("return_url")
    if not return_url:
        return ""
    named = urlencode({"payment_intent": intent["id"], "payment_intent_client_secret": intent["client_secret"]})
    page, hash_, fragment = str(return_url).partition("#")
    return f"{page}{'&' if '?' in page else '?'}{named}{hash_}{fragment}"
