"""What became of the money, and what the saga tells payments to do.

A payment's state only goes forward:
    created -> requires_action -> processing -> authorized -> succeeded
and from any state before `succeeded` to `failed` or `canceled`. `unknown` is a call whose answer was lost: the provider
is asked again under the same key, never charged anew.
"""

from __future__ import annotations

from typing import Any, Literal

from proto import Answer, Currency, Event, Moment, Money, Part, Request, event, rpc

__all__ = [
    "CancelPayment",
    "GetPayment",
    "ListOwed",
    "Owed",
    "OwedRefund",
    "Pay",
    "PaymentActionRequired",
    "PaymentCanceled",
    "PaymentFacts",
    "PaymentFailed",
    "PaymentRefunded",
    "PaymentStatus",
    "PaymentSucceeded",
    "RefundFacts",
    "RefundFailed",
    "RefundPayment",
    "SettleRefund",
]

PaymentStatus = Literal[
    "created", "requires_action", "processing", "authorized", "unknown", "succeeded", "failed", "canceled"
]


@event("payments.action_required")
class PaymentActionRequired(Event, frozen=True, kw_only=True):
    """The buyer's bank wants to see the buyer (3-D Secure)."""

    order_id: str
    payment_id: str
    action_url: str


@event("payments.succeeded")
class PaymentSucceeded(Event, frozen=True, kw_only=True):
    """The money was captured."""

    order_id: str
    payment_id: str
    amount: Money
    currency: Currency


@event("payments.failed")
class PaymentFailed(Event, frozen=True, kw_only=True):
    """The provider refused; nothing was captured."""

    order_id: str
    payment_id: str
    code: str
    message: str


@event("payments.canceled")
class PaymentCanceled(Event, frozen=True, kw_only=True):
    """Given up before anything was captured."""

    order_id: str
    payment_id: str


@event("payments.refunded")
class PaymentRefunded(Event, frozen=True, kw_only=True):
    """Money went back to the buyer, in whole or in part."""

    order_id: str
    payment_id: str
    refund_id: str
    amount: Money
    currency: Currency


@event("payments.refund.failed")
class RefundFailed(Event, frozen=True, kw_only=True):
    """The provider will not give this money back; a person must look."""

    order_id: str
    payment_id: str
    refund_id: str
    code: str
    message: str


class PaymentFacts(Answer, frozen=True, kw_only=True):
    """A payment as it stands. `code` and `message` say why it failed, in words for the buyer."""

    payment_id: str
    order_id: str
    provider: str
    status: PaymentStatus
    amount: Money
    currency: Currency
    captured: Money = 0
    refunded: Money = 0
    action_url: str | None = None
    code: str = ""
    message: str = ""


@rpc("rpc.payments.pay")
class Pay(Request[PaymentFacts], frozen=True, kw_only=True):
    """Authorise and capture this amount. The same payment id is one payment, whatever happens on the way.

    `method` and `buyer_ip` are for the provider, and kept by nobody.
    """

    payment_id: str
    order_id: str
    saga_id: str
    user_id: str
    amount: Money
    currency: Currency
    provider: str
    method: dict[str, Any]
    buyer_email: str = ""
    buyer_name: str = ""
    return_url: str = ""
    buyer_ip: str = ""


@rpc("rpc.payments.get")
class GetPayment(Request[PaymentFacts], frozen=True, kw_only=True):
    """How does this payment stand? One that is not final is asked about at the provider."""

    payment_id: str


@rpc("rpc.payments.cancel")
class CancelPayment(Request[PaymentFacts], frozen=True, kw_only=True):
    """Give it up: what is authorised is voided, what is captured goes back whole; a payment never begun stays so."""

    payment_id: str
    order_id: str
    saga_id: str
    reason: str


class RefundFacts(Answer, frozen=True, kw_only=True):
    """A refund as it stands."""

    refund_id: str
    payment_id: str
    amount: Money
    currency: Currency
    status: Literal["pending", "succeeded", "failed"]
    code: str = ""
    message: str = ""
    by_hand: str = ""


@rpc("rpc.payments.refund")
class RefundPayment(Request[RefundFacts], frozen=True, kw_only=True):
    """Give so much back, never more than was captured. The same refund id is one refund.

    With `by_hand` a person has given it back already, and says how: it is written down, and no provider is asked.
    """

    refund_id: str
    payment_id: str
    order_id: str
    saga_id: str
    amount: Money
    reason: str
    by_hand: str = ""
    settled_by: str = ""


@rpc("rpc.payments.settle_refund")
class SettleRefund(Request[RefundFacts], frozen=True, kw_only=True):
    """A person gave this refund's money back, outside of its provider, which would not or is gone: `by_hand` says how.

    Whoever waits for the refund goes on as if the provider had said yes. Twice is once.
    """

    refund_id: str
    by_hand: str
    settled_by: str


class OwedRefund(Part, frozen=True, kw_only=True):
    """Money that is to go back, and will not by itself: `code` and `message` say why."""

    refund_id: str
    payment_id: str
    order_id: str
    provider: str
    amount: Money
    currency: Currency
    code: str
    message: str
    created_at: Moment


class Owed(Answer, frozen=True, kw_only=True):
    """The oldest first."""

    refunds: list[OwedRefund]


@rpc("rpc.payments.owed")
class ListOwed(Request[Owed], frozen=True, kw_only=True):
    """Which refunds must a person see to?"""

    limit: int = 200
