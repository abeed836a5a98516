"""What the reconcilers look at: payments to compare with their provider, and keys that are no row of ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from internal.payments.domain import FOR_A_PERSON, Payment, Refund
from internal.payments.store.payments import PAYMENT
from internal.payments.store.refunds import REFUND
from internal.platform.postgres import Tx, execute, many
from proto.payments import OwedRefund

__all__ = [
    "compare_again",
    "compare_refunds_again",
    "owed",
    "payments_to_compare",
    "refunds_to_compare",
    "strays",
    "without_rows",
]


class _Key(msgspec.Struct, frozen=True):
    key: str


async def payments_to_compare(tx: Tx, since: datetime, again: datetime, now: datetime, limit: int) -> list[Payment]:
    """Settled payments that changed since then and were not compared lately; marked as compared."""
    return await many(
        tx,
        Payment,
        "update payments set compared_at = %s where id in (select id from payments where updated_at > %s"
        " and due_at is null and provider <> '' and (compared_at is null or compared_at < %s)"
        f" order by compared_at nulls first, updated_at limit %s for update skip locked) returning {PAYMENT}",
        [now, since, again, limit],
    )


async def refunds_to_compare(tx: Tx, since: datetime, again: datetime, now: datetime, limit: int) -> list[Refund]:
    """Refunds that a provider carried out since then and that were not compared lately; marked as compared."""
    return await many(
        tx,
        Refund,
        "update refunds set compared_at = %s where id in (select id from refunds where updated_at > %s"
        " and status = 'succeeded' and by_hand = '' and due_at is null and (compared_at is null or compared_at < %s)"
        f" order by compared_at nulls first, updated_at limit %s for update skip locked) returning {REFUND}",
        [now, since, again, limit],
    )


async def compare_refunds_again(tx: Tx, refund_ids: Sequence[str]) -> None:
    """They were looked at and left as they were: the loop has still to see to them."""
    await execute(tx, "update refunds set compared_at = null where id = any(%s)", [list(refund_ids)])


async def compare_again(tx: Tx, payment_ids: Sequence[str]) -> None:
    """They were looked at and left as they were: the loop has still to see to them."""
    await execute(tx, "update payments set compared_at = null where id = any(%s)", [list(payment_ids)])


async def without_rows(tx: Tx, kind: Literal["charge", "refund"], keys: Sequence[str]) -> set[str]:
    """Those of these keys of a provider that are no payment, or no refund, of ours."""
    table = {"charge": "payments", "refund": "refunds"}[kind]
    sql = f"select key from unnest(%s::text[]) as key where not exists (select from {table} where id = key)"
    return {row.key for row in await many(tx, _Key, sql, [list(keys)])}


async def owed(tx: Tx, limit: int) -> list[OwedRefund]:
    """Refunds that will not come by themselves: refused for good and waited for, of a provider that is gone, or
    of one that may have carried them out and cannot say; and those whose money came back.

    Waited for is the rest of a payment that was taken back, and a part of it that was refused after that. What else
    failed was told to the order that had asked for it, and is over.
    """
    return await many(
        tx,
        OwedRefund,
        "select r.id as refund_id, r.payment_id, r.order_id, p.provider, r.amount, r.currency, r.code, r.message,"
        " r.created_at from refunds r join payments p on p.id = r.payment_id"
        " left join refunds rest on rest.id = 'refund_' || substr(p.id, position('_' in p.id) + 1)"
        " where (r.status = 'failed' and p.captured > p.refunding"
        " and (r.id = rest.id or (rest.status = 'succeeded' and r.updated_at >= rest.created_at)))"
        " or (r.status = 'pending' and r.code = any(%s)) order by r.created_at, r.id limit %s",
        [list(FOR_A_PERSON), limit],
    )


async def strays(tx: Tx, offered: Sequence[str], limit: int) -> list[Payment]:
    """Payments that wait for the word of a provider which is not among those."""
    return await many(
        tx,
        Payment,
        f"select {PAYMENT} from payments where due_at is not null and provider <> '' and provider <> all(%s)"
        " order by created_at limit %s",
        [list(offered), limit],
    )
