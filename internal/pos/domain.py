"""What a charge is, which card does what, and how a charge goes forward. Decides only."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Literal

import msgspec

from internal.platform.faults import Fault, Kind

__all__ = [
    "CARDS",
    "Behaviour",
    "Charge",
    "ChargeNotCaptured",
    "ChargeUnknown",
    "KeyUsedOtherwise",
    "MoreThanCaptured",
    "NotTheMerchant",
    "PosRefund",
    "action_path",
    "authenticated",
    "begun",
    "captured",
    "refund_begun",
    "voided",
]

ChargeState = Literal["requires_action", "processing", "authorized", "captured", "declined", "voided"]


class NotTheMerchant(Fault, kind=Kind.FORBIDDEN):
    """The point of sale's key is needed in X-Pos-Key."""


class ChargeUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no charge or refund of this key."""


class KeyUsedOtherwise(Fault, kind=Kind.UNPROCESSABLE):
    """This idempotency key was used for another request."""


class ChargeNotCaptured(Fault, kind=Kind.UNPROCESSABLE):
    """Nothing was captured with this charge."""


class MoreThanCaptured(Fault, kind=Kind.UNPROCESSABLE):
    """More would be refunded than was captured."""


class Behaviour(Enum):
    """What a card does to the merchant."""

    PLAIN = "plain"
    DECLINED = "declined"
    INSUFFICIENT = "insufficient"
    SECURE = "secure"
    SECURE_DECLINED = "secure_declined"
    MUTE = "mute"
    SLOW = "slow"
    PROCESSING = "processing"
    UNORDERED = "unordered"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILS = "refund_fails"
    INVALID = "invalid"


CARDS = {
    "4242424242424242": Behaviour.PLAIN,
    "5555555555554444": Behaviour.PLAIN,
    "4000000000000002": Behaviour.DECLINED,
    "4000000000009995": Behaviour.INSUFFICIENT,
    "4000002500003155": Behaviour.SECURE,
    "4000008400001629": Behaviour.SECURE_DECLINED,
    "4000000000000119": Behaviour.MUTE,
    "4000000000000341": Behaviour.SLOW,
    "4000000000000259": Behaviour.PROCESSING,
    "4000000000000077": Behaviour.UNORDERED,
    "4000000000007726": Behaviour.REFUND_PENDING,
    "4000000000005126": Behaviour.REFUND_FAILS,
}

_WORDS = {
    "card_declined": "The card was declined.",
    "insufficient_funds": "The card has insufficient funds.",
    "invalid_number": "The card number is not valid.",
    "expired_card": "The card has expired.",
    "authentication_failed": "The payment was not approved with the bank.",
}


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of a card, and what became of it."""

    key: str
    id: str
    order: str
    amount: int
    currency: str
    state: ChargeState
    behaviour: Behaviour
    brand: str = ""
    last4: str = ""
    code: str = ""
    message: str = ""
    captured: int = 0
    refunded: int = 0
    return_url: str = ""
    webhook_url: str = ""
    created_at: datetime


class PosRefund(msgspec.Struct, frozen=True, kw_only=True):
    """What went back to a card."""

    key: str
    id: str
    charge_key: str
    amount: int
    state: Literal["pending", "succeeded", "failed"]
    code: str = ""
    message: str = ""


def begun(charge: Charge, number: str, expires: tuple[int, int], today: date) -> Charge:
    """The charge after the bank has looked at the card."""
    behaviour = CARDS.get(number, Behaviour.INVALID)
    charge = msgspec.structs.replace(charge, behaviour=behaviour, last4=number[-4:], brand=_brand(number))
    if behaviour is Behaviour.INVALID:
        return declined(charge, "invalid_number")
    if expires < (today.year, today.month):
        return declined(charge, "expired_card")
    return _of_card(charge, behaviour)


def _of_card(charge: Charge, behaviour: Behaviour) -> Charge:
    if behaviour is Behaviour.DECLINED:
        return declined(charge, "card_declined")
    if behaviour is Behaviour.INSUFFICIENT:
        return declined(charge, "insufficient_funds")
    if behaviour in {Behaviour.SECURE, Behaviour.SECURE_DECLINED}:
        return msgspec.structs.replace(charge, state="requires_action")
    if behaviour is Behaviour.PROCESSING:
        return msgspec.structs.replace(charge, state="processing")
    charge = msgspec.structs.replace(charge, state="authorized")
    return captured(charge) if behaviour is Behaviour.MUTE else charge


def authenticated(charge: Charge, *, approved: bool) -> Charge:
    """The buyer was at the bank's page; who comes twice finds it done."""
    if charge.state != "requires_action":
        return charge
    if not approved:
        return declined(charge, "authentication_failed")
    if charge.behaviour is Behaviour.SECURE_DECLINED:
        return declined(charge, "card_declined")
    return msgspec.structs.replace(charge, state="authorized")


def captured(charge: Charge) -> Charge:
    """Its money taken, if it may be; else as it is."""
    if charge.state not in {"authorized", "processing"}:
        return charge
    return msgspec.structs.replace(charge, state="captured", captured=charge.amount)


def voided(charge: Charge) -> Charge:
    """Given up, unless it is too late or already at an end."""
    if charge.state in {"captured", "declined", "voided"}:
        return charge
    return msgspec.structs.replace(charge, state="voided")


def declined(charge: Charge, code: str) -> Charge:
    return msgspec.structs.replace(charge, state="declined", code=code, message=_WORDS[code])


def refund_begun(charge: Charge, key: str, refund_id: str, amount: int) -> tuple[Charge, PosRefund]:
    """A refund, and the charge with it taken off."""
    if charge.state != "captured":
        raise ChargeNotCaptured
    if amount > charge.captured - charge.refunded:
        raise MoreThanCaptured
    refund = PosRefund(key=key, id=refund_id, charge_key=charge.key, amount=amount, state="succeeded")
    if charge.behaviour is Behaviour.REFUND_FAILS:
        words = "The card's bank does not take the money back."
        return charge, msgspec.structs.replace(refund, state="failed", code="refund_failed", message=words)
    if charge.behaviour is Behaviour.REFUND_PENDING:
        refund = msgspec.structs.replace(refund, state="pending")
    return msgspec.structs.replace(charge, refunded=charge.refunded + amount), refund


def action_path(charge: Charge) -> str:
    """Where the buyer is to go, if anywhere."""
    return f"/pos/3ds/{charge.id}" if charge.state == "requires_action" else ""


def _brand(number: str) -> str:
    return {"4": "visa", "5": "mastercard"}.get(number[:1], "")
