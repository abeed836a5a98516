"""A payment and a refund as others may know them."""

from __future__ import annotations

from internal.payments.domain import Payment, Refund
from proto.payments import PaymentFacts, RefundFacts

__all__ = ["facts_of", "refund_facts"]


def facts_of(payment: Payment) -> PaymentFacts:
    """What others may know of it."""
    return PaymentFacts(
        payment_id=payment.id,
        order_id=payment.order_id,
        provider=payment.provider,
        status=payment.status,
        amount=payment.amount,
        currency=payment.currency,
        captured=payment.captured,
        refunded=payment.refunded,
        action_url=payment.action_url or None,
        code=payment.code,
        message=payment.message,
    )


def refund_facts(refund: Refund) -> RefundFacts:
    """What others may know of it."""
    return RefundFacts(
        refund_id=refund.id,
        payment_id=refund.payment_id,
        amount=refund.amount,
        currency=refund.currency,
        status=refund.status,
        code=refund.code,
        message=refund.message,
        by_hand=refund.by_hand,
    )
