"""What a payment and a refund are, and how they go forward. Decides only.

`hear` is the whole state machine: what the provider says of a payment, in whatever order and however often, moves it
forward or not at all. Money that is captured counts whatever else was decided; if the payment was given up before,
all of it goes back (`to_give_back`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from internal.payments.faults import PaymentDiffers, RefundNotOwed, RefundTooMuch, RefundUnderWay
from internal.payments.providers.interface import Outcome, PaymentRef, RefundOrder, State
from proto.payments import Pay, PaymentStatus

__all__ = [
    "FINAL",
    "FOR_A_PERSON",
    "GIVEN_UP",
    "NOT_GIVEN_BACK",
    "PROVIDER_GONE",
    "REFUND_RETURNED",
    "REFUND_UNSURE",
    "Payment",
    "Refund",
    "again_in",
    "agrees",
    "by_hand",
    "cancel",
    "hear",
    "hear_refund",
    "lost",
    "never_begun",
    "not_reached",
    "refundable",
    "rest_refund_id",
    "same_payment",
    "settled",
    "to_give_back",
    "unheard",
]

GIVEN_UP: frozenset[PaymentStatus] = frozenset({"failed", "canceled"})
FINAL: frozenset[PaymentStatus] = GIVEN_UP | {"succeeded"}

# How far a payment has come. `unknown` is no further than `created`: only the answer to the first call can be lost so
# that we know nothing; later a payment stays what it was.
_FORWARD: dict[str, int] = {
    "created": 0,
    "unknown": 0,
    "requires_action": 1,
    "processing": 2,
    "authorized": 3,
}

NOT_GIVEN_BACK: frozenset[State] = frozenset({"declined", "canceled"})  # of a refund
PROVIDER_GONE = "provider_gone"  # of a refund that waits for a provider which is not set up here any more
REFUND_UNSURE = "refund_unsure"  # of one that may have been carried out, and would be twice if it were asked for again
REFUND_RETURNED = "refund_returned"  # of one that had succeeded, and whose money the buyer's bank sent back later
FOR_A_PERSON = frozenset({PROVIDER_GONE, REFUND_RETURNED, REFUND_UNSURE})  # what a pending refund waits for is a person

_FIRST_LOOK = 1.0  # seconds until the provider is asked again; doubles
_LATEST_LOOK = 60.0  # webhooks tell sooner; this is the net under them
_NEVER_ARRIVED = 9  # looks, over five minutes: longer than any proxy keeps a request before it passes it on


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to be paid. `refunding` is what refunds took of `captured`, whether or not they are through."""

    id: str
    order_id: str
    saga_id: str
    user_id: str
    provider: str
    amount: int
    currency: str
    status: PaymentStatus
    reference: str = ""
    action_url: str = ""
    code: str = ""
    message: str = ""
    brand: str = ""
    last4: str = ""
    captured: int = 0
    refunding: int = 0
    refunded: int = 0
    attempts: int = 0
    due_at: datetime | None = None
    leased_until: datetime | None = None
    created_at: datetime
    updated_at: datetime

    def ref(self) -> PaymentRef:
        """It, as its provider is asked about it."""
        return PaymentRef(
            payment_id=self.id,
            order_id=self.order_id,
            amount=self.amount,
            currency=self.currency,
            reference=self.reference,
            begun_at=self.created_at,
        )


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way back, or there. `unheard`: of the attempts, those of which its provider surely knows nothing."""

    id: str
    payment_id: str
    order_id: str
    amount: int
    currency: str
    reason: str
    status: Literal["pending", "succeeded", "failed"]
    reference: str = ""
    code: str = ""
    message: str = ""
    by_hand: str = ""  # how a person gave it back, and who says so
    settled_by: str = ""
    attempts: int = 0
    unheard: int = 0
    due_at: datetime | None = None
    leased_until: datetime | None = None

    def order(self, payment: Payment) -> RefundOrder:
        """It, as the provider is asked for it."""
        return RefundOrder(
            refund_id=self.id,
            payment=payment.ref(),
            amount=self.amount,
            reason=self.reason,
            reference=self.reference,
            asked_before=self.attempts - 1 > self.unheard,
        )


def same_payment(payment: Payment, command: Pay) -> None:
    """Nothing, or `PaymentDiffers`: an id names one payment. A tombstone knows no more than its id and order."""
    known = (payment.order_id, payment.user_id, payment.amount, payment.currency, payment.provider)
    asked = (command.order_id, command.user_id, command.amount, command.currency, command.provider)
    if known != asked and not (never_begun(payment) and payment.order_id == command.order_id):
        raise PaymentDiffers


def agrees(payment: Payment, said: Outcome) -> bool:
    """Whether a settled payment is to us what it is to its provider: captured, or not."""
    return bool(payment.captured) == (said.state == "succeeded")


def never_begun(payment: Payment) -> bool:
    """Whether it is a tombstone: given up before anybody asked for it."""
    return payment.status == "canceled" and not payment.provider


def hear(payment: Payment, said: Outcome) -> Payment:
    """The payment after the provider's word on it."""
    payment = msgspec.structs.replace(
        payment,
        reference=payment.reference or said.reference,
        brand=payment.brand or said.card.brand,
        last4=payment.last4 or said.card.last4[-4:],
    )
    if said.state == "succeeded" and not payment.captured:
        return _captured(payment)
    if payment.captured or payment.status in FINAL:
        return payment
    if said.state == "declined":
        return _failed(payment, said.code or "card_declined", said.message or "The payment was declined.")
    if said.state == "canceled":
        return cancel(payment)
    if said.state in {"requires_action", "processing", "authorized"} and _further(payment, said):
        return msgspec.structs.replace(
            payment, status=said.state, action_url=said.action_url if said.state == "requires_action" else ""
        )
    return payment


def _captured(payment: Payment) -> Payment:
    status = payment.status if payment.status in GIVEN_UP else "succeeded"
    return msgspec.structs.replace(payment, captured=payment.amount, status=status, action_url="")


def _failed(payment: Payment, code: str, message: str) -> Payment:
    return msgspec.structs.replace(payment, status="failed", action_url="", code=code, message=message)


def _further(payment: Payment, said: Outcome) -> bool:
    return _FORWARD[said.state] > _FORWARD[payment.status]


def lost(payment: Payment) -> Payment:
    """Nobody knows what the first call did."""
    return msgspec.structs.replace(payment, status="unknown") if payment.status == "created" else payment


def not_reached(payment: Payment) -> Payment:
    """The provider, for certain, did nothing, and will not."""
    if payment.status in FINAL:
        return payment
    words = "The payment provider could not be reached; nothing was charged. Please try again."
    return _failed(payment, "provider_down", words)


def cancel(payment: Payment) -> Payment:
    """Given up by whoever began it. What is captured stays captured, and `to_give_back` says what becomes of it."""
    if payment.status in FINAL:
        return payment
    return msgspec.structs.replace(payment, status="canceled", action_url="")


def refundable(payment: Payment) -> int:
    """What may still be given back."""
    return payment.captured - payment.refunding


def to_give_back(payment: Payment) -> int:
    """What was captured although the payment had been given up: nobody sells a seat for it any more."""
    return refundable(payment) if payment.status in GIVEN_UP else 0


def rest_refund_id(payment: Payment) -> str:
    """The one refund that gives back all that is left: made of the payment's id, so that twice is once."""
    return "refund_" + payment.id.partition("_")[2]


def settled(payment: Payment, said: Outcome | None) -> bool:
    """Whether there is nothing left to ask. Who gave up asks until the provider has given up, too."""
    if payment.captured or payment.status == "failed":
        return True
    if payment.status != "canceled" or said is None:
        return False
    return said.state in {"canceled", "declined"} or (said.state == "missing" and payment.attempts >= _NEVER_ARRIVED)


def hear_refund(refund: Refund, said: Outcome) -> Refund:
    """The refund after the provider's word on it. One that came back is pending until a person has given it back."""
    if refund.status == "succeeded" and not refund.by_hand and said.state in NOT_GIVEN_BACK:
        words = "The buyer's bank sent this money back."
        return msgspec.structs.replace(refund, status="pending", code=REFUND_RETURNED, message=words)
    if refund.status != "pending" or refund.code == REFUND_RETURNED:
        return refund
    refund = msgspec.structs.replace(refund, reference=refund.reference or said.reference)
    if said.state == "succeeded":
        return msgspec.structs.replace(refund, status="succeeded")
    if said.state in NOT_GIVEN_BACK:
        return msgspec.structs.replace(
            refund,
            status="failed",
            code=said.code or "refund_declined",
            message=said.message or "The provider will not give this money back.",
        )
    return msgspec.structs.replace(refund, code=said.code, message=said.message)


def unheard(refund: Refund, said: Outcome | None) -> Refund:
    """The refund after an attempt that did not reach the provider; what was known of it before is known still."""
    if refund.status != "pending":
        return refund
    refund = refund if said is None else hear_refund(refund, said)
    return msgspec.structs.replace(refund, unheard=refund.unheard + 1)


def by_hand(payment: Payment, refund: Refund, how: str, who: str) -> Refund:
    """The refund after a person gave its money back; only where the provider will not do it, too.

    Of a payment that was not given up, only its own last refund is waited for after it failed: an order that asked for
    one was told so, and asks anew.
    """
    if refund.status == "succeeded":
        return refund
    if refund.status == "pending" and refund.attempts and refund.code not in FOR_A_PERSON:
        raise RefundUnderWay
    if refund.status == "failed":
        if refund.id != rest_refund_id(payment):
            raise RefundNotOwed
        if refund.amount > refundable(payment):
            raise RefundTooMuch
    return msgspec.structs.replace(
        refund, status="succeeded", code="", message="", by_hand=how, settled_by=who, due_at=None, leased_until=None
    )


def again_in(attempts: int) -> timedelta:
    """How long to wait before the provider is asked again."""
    return timedelta(seconds=min(_FIRST_LOOK * 2 ** min(attempts, 12), _LATEST_LOOK))
