"""What payments remembers: payments, refunds, the ledger, webhooks. Every line of its SQL."""

from __future__ import annotations

from internal.payments.store.books import post, posting
from internal.payments.store.comparing import (
    compare_again,
    compare_refunds_again,
    owed,
    payments_to_compare,
    refunds_to_compare,
    strays,
    without_rows,
)
from internal.payments.store.payments import (
    add_payment,
    due_payments,
    lease_payment,
    payment,
    save_payment,
    save_unchanged,
)
from internal.payments.store.refunds import add_refund, due_refunds, lease_refund, refund, refused_since, save_refund
from internal.payments.store.webhooks import (
    Heard,
    add_webhook,
    due_webhooks,
    forget_webhooks,
    webhook_done,
    webhook_later,
    webhooks_heard,
)

__all__ = [
    "Heard",
    "add_payment",
    "add_refund",
    "add_webhook",
    "compare_again",
    "compare_refunds_again",
    "due_payments",
    "due_refunds",
    "due_webhooks",
    "forget_webhooks",
    "lease_payment",
    "lease_refund",
    "owed",
    "payment",
    "payments_to_compare",
    "post",
    "posting",
    "refund",
    "refunds_to_compare",
    "refused_since",
    "save_payment",
    "save_refund",
    "save_unchanged",
    "strays",
    "webhook_done",
    "webhook_later",
    "webhooks_heard",
    "without_rows",
]
