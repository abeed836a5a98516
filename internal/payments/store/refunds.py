"""Refunds: money on its way back, or there, and when the provider is to be asked again."""

from __future__ import annotations

from datetime import timedelta

from internal.payments.domain import REFUND_RETURNED, Refund
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = ["REFUND", "add_refund", "due_refunds", "lease_refund", "refund", "refused_since", "save_refund"]

REFUND = (
    "id, payment_id, order_id, amount, currency, reason, status, reference, code, message, by_hand, settled_by,"
    " attempts, unheard, due_at, leased_until"
)


async def refund(tx: Tx, refund_id: str, *, lock: bool = False) -> Refund | None:
    sql = f"select {REFUND} from refunds where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Refund, sql, [refund_id])


async def refused_since(tx: Tx, rest: Refund) -> Refund | None:
    """The last refund that was refused after this one, which was to give back all that was left, had been begun."""
    return await maybe(
        tx,
        Refund,
        f"select {REFUND} from refunds where payment_id = %s and status = 'failed'"
        " and updated_at >= (select created_at from refunds where id = %s) order by updated_at desc limit 1",
        [rest.payment_id, rest.id],
    )


async def add_refund(tx: Tx, new: Refund) -> None:
    """Lock its payment first."""
    await execute(
        tx,
        "insert into refunds (id, payment_id, order_id, amount, currency, reason, status, due_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, now())",
        [new.id, new.payment_id, new.order_id, new.amount, new.currency, new.reason, new.status],
    )


async def save_refund(tx: Tx, new: Refund) -> None:
    await execute(
        tx,
        "update refunds set status = %s, reference = %s, code = %s, message = %s, by_hand = %s, settled_by = %s,"
        " attempts = %s, unheard = %s, due_at = %s, leased_until = %s, updated_at = now() where id = %s",
        [
            new.status,
            new.reference,
            new.code,
            new.message,
            new.by_hand,
            new.settled_by,
            new.attempts,
            new.unheard,
            new.due_at,
            new.leased_until,
            new.id,
        ],
    )


async def lease_refund(tx: Tx, refund_id: str, seconds: float) -> Refund | None:
    """The refund, ours to ask about, unless somebody else does just now, or it is through or came back."""
    return await maybe(
        tx,
        Refund,
        "update refunds set leased_until = now() + %(lease)s, due_at = now() + %(lease)s, attempts = attempts + 1"
        " where id = %(id)s and status = 'pending' and code <> %(returned)s"
        f" and (leased_until is null or leased_until < now()) returning {REFUND}",
        {"lease": timedelta(seconds=seconds), "id": refund_id, "returned": REFUND_RETURNED},
    )


async def due_refunds(tx: Tx, limit: int, lease: float) -> list[Refund]:
    """Refunds that the provider is to be asked for, or about, now; leased to us."""
    return await many(
        tx,
        Refund,
        "update refunds set leased_until = now() + %s, due_at = now() + %s, attempts = attempts + 1"
        " where id in (select id from refunds where due_at <= now() and (leased_until is null or leased_until < now())"
        f" order by due_at limit %s for update skip locked) returning {REFUND}",
        [timedelta(seconds=lease), timedelta(seconds=lease), limit],
    )
