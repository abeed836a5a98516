"""The double-entry ledger: what providers hold for us, or a person gave back, against what each order brought in."""

from __future__ import annotations

from typing import Any

from internal.payments.domain import Payment
from internal.platform.postgres import Tx, execute

__all__ = ["POST", "SIDES", "post", "posting"]

# Both sides of a posting, for whatever they are selected from.
POST = (
    "insert into ledger_entries (posting, account, amount, currency, order_id, payment_id, refund_id)"
    " select %(posting)s, side.account, side.amount, %(posted_in)s, %(of_order)s, %(of_payment)s, %(of_refund)s"
)
SIDES = "(values (%(held)s, %(worth)s::bigint), (%(sales)s, -%(worth)s::bigint)) as side (account, amount)"

BY_HAND = "by-hand"  # the account of what went back outside of any provider, who still has that money for us


async def post(
    tx: Tx, name: str, of: Payment, amount: int, refund_id: str | None = None, *, by_hand: bool = False
) -> None:
    """Double entry: what the provider holds for us, against what the order has brought in."""
    await execute(tx, f"{POST} from {SIDES}", posting(name, of, amount, refund_id, by_hand=by_hand))


def posting(
    name: str, of: Payment, amount: int, refund_id: str | None = None, *, by_hand: bool = False
) -> dict[str, Any]:
    """What `POST` and `SIDES` are filled with."""
    return {
        "posting": name,
        "held": BY_HAND if by_hand else f"provider:{of.provider}",
        "sales": f"order:{of.order_id}/sales",
        "worth": amount,
        "posted_in": of.currency,
        "of_order": of.order_id,
        "of_payment": of.id,
        "of_refund": refund_id,
    }
