"""What became of the money."""

from __future__ import annotations

from proto import Currency, Event, Money, event

__all__ = ["PaymentActionRequired", "PaymentFailed", "PaymentRefunded", "PaymentSucceeded"]


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


@event("payments.refunded")
class PaymentRefunded(Event, frozen=True, kw_only=True):
    """Money went back to the buyer, in whole or in part."""

    order_id: str
    payment_id: str
    refund_id: str
    amount: Money
    currency: Currency
