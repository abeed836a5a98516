"""Stripe, and whoever speaks its language: PaymentIntents, 3-D Secure, refunds, signed webhooks.

form       nested fields as Stripe's forms spell them
words      what Stripe says, in our words
search     where is the intent of this payment?
provider   the calls

An intent is created unconfirmed, which charges nobody, and then confirmed by its id, which charges once however often
it is said. So a lost answer is never a second charge, whether the other side keeps idempotency keys or not.
"""

from __future__ import annotations

from internal.payments.providers.stripe.config import offered

__all__ = ["offered"]
