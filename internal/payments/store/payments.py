"""Payments: what is to be paid, what of it was captured, and when the provider is to be asked again."""

from __future__ import annotations

from datetime import timedelta

from internal.payments.domain import Payment
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = [
    "PAYMENT",
    "add_payment",
    "due_payments",
    "find_payment",
    "lease_payment",
    "payment",
    "save_payment",
    "wake_payment",
]

PAYMENT = (
    "id, order_id, saga_id, user_id, provider, amount, currency, status, reference, action_url, code, message, brand,"
    " last4, captured, refunding, refunded, attempts, due_at, leased_until, created_at, updated_at"
)


async def payment(tx: Tx, payment_id: str, *, lock: bool = False) -> Payment | None:
    """One payment; locked, so that whatever is decided about it takes turns."""
    sql = f"select {PAYMENT} from payments where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Payment, sql, [payment_id])


async def find_payment(tx: Tx, provider: str, payment_id: str, reference: str) -> Payment | None:
    """The provider's payment of this id of ours, or of this reference of theirs."""
    return await maybe(
        tx,
        Payment,
        f"select {PAYMENT} from payments"
        " where provider = %s and (id = %s or (reference <> '' and reference = %s)) limit 1",
        [provider, payment_id, reference],
    )


async def add_payment(tx: Tx, new: Payment) -> bool:
    """Whether it is new; waits for whoever adds the same just now."""
    return bool(
        await execute(
            tx,
            "insert into payments (id, order_id, saga_id, user_id, provider, amount, currency, status, code, message,"
            " due_at, created_at, updated_at)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            [
                new.id,
                new.order_id,
                new.saga_id,
                new.user_id,
                new.provider,
                new.amount,
                new.currency,
                new.status,
                new.code,
                new.message,
                new.due_at,
                new.created_at,
                new.updated_at,
            ],
        )
    )


async def save_payment(tx: Tx, new: Payment) -> None:
    await execute(
        tx,
        "update payments set status = %s, reference = %s, action_url = %s, code = %s, message = %s, brand = %s,"
        " last4 = %s, captured = %s, refunding = %s, refunded = %s, attempts = %s, due_at = %s, leased_until = %s,"
        " updated_at = now() where id = %s",
        [
            new.status,
            new.reference,
            new.action_url,
            new.code,
            new.message,
            new.brand,
            new.last4,
            new.captured,
            new.refunding,
            new.refunded,
            new.attempts,
            new.due_at,
            new.leased_until,
            new.id,
        ],
    )


async def lease_payment(tx: Tx, payment_id: str, seconds: float) -> bool:
    """Whether nobody asks the provider about it just now; then we do, and it is due again if we never come back."""
    return bool(
        await execute(
            tx,
            "update payments set leased_until = now() + %(lease)s, due_at = now() + %(lease)s,"
            " attempts = attempts + 1 where id = %(id)s and (leased_until is null or leased_until < now())",
            {"lease": timedelta(seconds=seconds), "id": payment_id},
        )
    )


async def due_payments(tx: Tx, limit: int, lease: float) -> list[Payment]:
    """Payments whose provider is to be asked now; leased to us."""
    return await many(
        tx,
        Payment,
        f"update payments set leased_until = now() + %s, due_at = now() + %s, attempts = attempts + 1"
        " where id in (select id from payments where due_at <= now() and (leased_until is null or leased_until < now())"
        f" order by due_at limit %s for update skip locked) returning {PAYMENT}",
        [timedelta(seconds=lease), timedelta(seconds=lease), limit],
    )


async def wake_payment(tx: Tx, payment_id: str) -> None:
    """Ask the provider about it now, also while a call hangs. Of what is captured there is nothing more to learn."""
    await execute(
        tx,
        "update payments set due_at = now(), leased_until = null where id = %s and captured = 0 and provider <> ''",
        [payment_id],
    )
