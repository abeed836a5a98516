"""The double-entry ledger: what providers hold for us, or a person gave back, against what each order brought in."""

from __future__ import annotations

from internal.payments.domain import Payment
from internal.platform.postgres import Tx, execute

__all__ = ["post"]


BY_HAND = "by-hand"  # the account of what went back outside of any provider, who still has that money for us


async def post(
    tx: Tx, posting: str, of: Payment, amount: int, refund_id: str | None = None, *, by_hand: bool = False
) -> None:
    """Double entry: what the provider holds for us, against what the order has brought in."""
    await execute(
        tx,
        "insert into ledger_entries (posting, account, amount, currency, order_id, payment_id, refund_id)"
        " values (%(posting)s, %(held)s, %(amount)s, %(currency)s, %(order)s, %(payment)s, %(refund)s),"
        " (%(posting)s, %(sales)s, -%(amount)s, %(currency)s, %(order)s, %(payment)s, %(refund)s)",
        {
            "posting": posting,
            "held": BY_HAND if by_hand else f"provider:{of.provider}",
            "sales": f"order:{of.order_id}/sales",
            "amount": amount,
            "currency": of.currency,
            "order": of.order_id,
            "payment": of.id,
            "refund": refund_id,
        },
    )
