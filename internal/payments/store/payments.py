"""Payments: what is to be paid, what of it was captured, and when the provider is to be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from internal.payments.domain import Payment
from internal.payments.store.books import POST, SIDES
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = [
    "PAYMENT",
    "add_payment",
    "due_payments",
    "lease_payment",
    "payment",
    "save_payment",
    "save_unchanged",
]

PAYMENT = (
    "id, order_id, saga_id, user_id, provider, amount, currency, status, reference, action_url, code, message, brand,"
    " last4, captured, refunding, refunded, attempts, due_at, leased_until, created_at, updated_at"
)


async def payment(tx: Tx, payment_id: str, *, lock: bool = False) -> Payment | None:
    """One payment; locked, so that whatever is decided about it takes turns."""
    sql = f"select {PAYMENT} from payments where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Payment, sql, [payment_id])


async def add_payment(tx: Tx, new: Payment, lease: float | None = None) -> bool:
    """Whether it is new, and then ours to ask about for so long; waits for whoever adds the same just now."""
    leased = None if lease is None else timedelta(seconds=lease)
    return bool(
        await execute(
            tx,
            "insert into payments (id, order_id, saga_id, user_id, provider, amount, currency, status, code, message,"
            " attempts, created_at, updated_at, due_at, leased_until)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now() + %s, now() + %s)"
            " on conflict do nothing",
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
                new.attempts,
                new.created_at,
                new.updated_at,
                leased,
                leased,
            ],
        )
    )


_SAVE = (
    "update payments set status = %(status)s, reference = %(reference)s, action_url = %(action_url)s,"
    " code = %(code)s, message = %(message)s, brand = %(brand)s, last4 = %(last4)s, captured = %(captured)s,"
    " refunding = %(refunding)s, refunded = %(refunded)s, attempts = %(attempts)s, due_at = %(due_at)s,"
    " leased_until = %(leased_until)s, updated_at = now() where id = %(id)s"
)
_TELL = (
    "told as (insert into outbox (event_id, subject, body, headers)"
    " select %(event_id)s, %(subject)s, %(body)s, %(headers)s from kept on conflict do nothing)"
)


class _Kept(msgspec.Struct, frozen=True):
    updated_at: datetime


async def save_payment(tx: Tx, new: Payment) -> None:
    await execute(tx, _SAVE, msgspec.structs.asdict(new))


async def save_unchanged(
    tx: Tx, new: Payment, posting: Mapping[str, Any] | None, told: Mapping[str, Any] | None
) -> Payment | None:
    """It with its posting and its event in one statement, if nobody saved it since we read it; else nothing."""
    steps = [f"with kept as ({_SAVE} and updated_at = %(updated_at)s returning updated_at)"]
    steps += [] if posting is None else [f"posted as ({POST} from kept cross join {SIDES})"]
    steps += [] if told is None else [_TELL]
    sql = ", ".join(steps) + " select updated_at from kept"
    kept = await maybe(tx, _Kept, sql, {**msgspec.structs.asdict(new), **(posting or {}), **(told or {})})
    return None if kept is None else msgspec.structs.replace(new, updated_at=kept.updated_at)


async def lease_payment(tx: Tx, payment_id: str, seconds: float) -> Payment | None:
    """It, unless somebody asks the provider about it just now; it is due again if we never come back."""
    return await maybe(
        tx,
        Payment,
        "update payments set leased_until = now() + %(lease)s, due_at = now() + %(lease)s,"
        " attempts = attempts + 1 where id = %(id)s and (leased_until is null or leased_until < now())"
        f" returning {PAYMENT}",
        {"lease": timedelta(seconds=seconds), "id": payment_id},
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
