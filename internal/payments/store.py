"""What payments remembers: payments, refunds, the ledger, webhooks. Every line of its SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from psycopg.types.json import Jsonb

from internal.payments.domain import Payment, Refund
from internal.payments.providers.interface import Outcome, Webhook
from internal.platform.postgres import Tx, execute, many, maybe, one

__all__ = [
    "Heard",
    "add_payment",
    "add_refund",
    "add_webhook",
    "compare_again",
    "due_payments",
    "due_refunds",
    "due_webhooks",
    "find_payment",
    "forget_webhooks",
    "lease_payment",
    "lease_refund",
    "payment",
    "payments_to_compare",
    "post",
    "refund",
    "save_payment",
    "save_refund",
    "unsettled",
    "wake_payment",
    "wake_refunds",
    "webhook_done",
    "webhook_later",
    "without_rows",
]

_PAYMENT = (
    "id, order_id, saga_id, user_id, provider, amount, currency, status, reference, action_url, code, message, brand,"
    " last4, captured, refunding, refunded, attempts, due_at, leased_until, created_at, updated_at"
)
_REFUND = (
    "id, payment_id, order_id, amount, currency, reason, status, reference, code, message, attempts, due_at,"
    " leased_until"
)


class Heard(msgspec.Struct, frozen=True):
    """A webhook that was stored and not yet looked into."""

    provider: str
    event_id: str
    kind: str
    payment_id: str
    reference: str
    refund_id: str
    outcome: Outcome | None
    attempts: int


async def payment(tx: Tx, payment_id: str, *, lock: bool = False) -> Payment | None:
    """One payment; locked, so that whatever is decided about it takes turns."""
    sql = f"select {_PAYMENT} from payments where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Payment, sql, [payment_id])


async def find_payment(tx: Tx, provider: str, payment_id: str, reference: str) -> Payment | None:
    """The provider's payment of this id of ours, or of this reference of theirs."""
    return await maybe(
        tx,
        Payment,
        f"select {_PAYMENT} from payments"
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
        f" order by due_at limit %s for update skip locked) returning {_PAYMENT}",
        [timedelta(seconds=lease), timedelta(seconds=lease), limit],
    )


async def payments_to_compare(tx: Tx, since: datetime, again: datetime, now: datetime, limit: int) -> list[Payment]:
    """Settled payments that changed since then and were not compared lately; marked as compared."""
    return await many(
        tx,
        Payment,
        "update payments set compared_at = %s where id in (select id from payments where updated_at > %s"
        " and due_at is null and provider <> '' and (compared_at is null or compared_at < %s)"
        f" order by compared_at nulls first, updated_at limit %s for update skip locked) returning {_PAYMENT}",
        [now, since, again, limit],
    )


async def compare_again(tx: Tx, payment_ids: Sequence[str]) -> None:
    """They were looked at and left as they were: the loop has still to see to them."""
    await execute(tx, "update payments set compared_at = null where id = any(%s)", [list(payment_ids)])


async def without_rows(tx: Tx, kind: Literal["charge", "refund"], keys: Sequence[str]) -> set[str]:
    """Those of these keys of a provider that are no payment, or no refund, of ours."""
    table = {"charge": "payments", "refund": "refunds"}[kind]
    sql = f"select key from unnest(%s::text[]) as key where not exists (select from {table} where id = key)"
    return {row.key for row in await many(tx, _Key, sql, [list(keys)])}


async def wake_payment(tx: Tx, payment_id: str) -> None:
    """Ask the provider about it now, also while a call hangs. Of what is captured there is nothing more to learn."""
    await execute(
        tx,
        "update payments set due_at = now(), leased_until = null where id = %s and captured = 0 and provider <> ''",
        [payment_id],
    )


async def wake_refunds(tx: Tx, payment_id: str) -> None:
    await execute(
        tx,
        "update refunds set due_at = now() where payment_id = %s and status = 'pending'",
        [payment_id],
    )


async def refund(tx: Tx, refund_id: str, *, lock: bool = False) -> Refund | None:
    sql = f"select {_REFUND} from refunds where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Refund, sql, [refund_id])


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
        "update refunds set status = %s, reference = %s, code = %s, message = %s, attempts = %s, due_at = %s,"
        " leased_until = %s, updated_at = now() where id = %s",
        [new.status, new.reference, new.code, new.message, new.attempts, new.due_at, new.leased_until, new.id],
    )


async def lease_refund(tx: Tx, refund_id: str, seconds: float) -> Refund | None:
    """The refund, ours to ask about, unless somebody else does just now or it is through."""
    return await maybe(
        tx,
        Refund,
        "update refunds set leased_until = now() + %(lease)s, due_at = now() + %(lease)s, attempts = attempts + 1"
        " where id = %(id)s and status = 'pending' and (leased_until is null or leased_until < now())"
        f" returning {_REFUND}",
        {"lease": timedelta(seconds=seconds), "id": refund_id},
    )


async def due_refunds(tx: Tx, limit: int, lease: float) -> list[Refund]:
    """Refunds that the provider is to be asked for, or about, now; leased to us."""
    return await many(
        tx,
        Refund,
        "update refunds set leased_until = now() + %s, due_at = now() + %s, attempts = attempts + 1"
        " where id in (select id from refunds where due_at <= now() and (leased_until is null or leased_until < now())"
        f" order by due_at limit %s for update skip locked) returning {_REFUND}",
        [timedelta(seconds=lease), timedelta(seconds=lease), limit],
    )


async def post(tx: Tx, posting: str, of: Payment, amount: int, refund_id: str | None = None) -> None:
    """Double entry: what the provider holds for us, against what the order has brought in."""
    await execute(
        tx,
        "insert into ledger_entries (posting, account, amount, currency, order_id, payment_id, refund_id)"
        " values (%(posting)s, %(provider)s, %(amount)s, %(currency)s, %(order)s, %(payment)s, %(refund)s),"
        " (%(posting)s, %(sales)s, -%(amount)s, %(currency)s, %(order)s, %(payment)s, %(refund)s)",
        {
            "posting": posting,
            "provider": f"provider:{of.provider}",
            "sales": f"order:{of.order_id}/sales",
            "amount": amount,
            "currency": of.currency,
            "order": of.order_id,
            "payment": of.id,
            "refund": refund_id,
        },
    )


async def add_webhook(tx: Tx, provider: str, told: Webhook) -> bool:
    """Whether it is new."""
    return bool(
        await execute(
            tx,
            "insert into webhook_events (provider, event_id, kind, payment_id, reference, refund_id, outcome)"
            " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            [
                provider,
                told.event_id,
                told.kind,
                told.payment_id,
                told.reference,
                told.refund_id,
                None if told.outcome is None else Jsonb(msgspec.to_builtins(told.outcome)),
            ],
        )
    )


async def due_webhooks(tx: Tx, limit: int, again: float) -> list[Heard]:
    """Those to look into, which are due again if we never come back."""
    return await many(
        tx,
        Heard,
        "update webhook_events set due_at = now() + %s, attempts = attempts + 1 where (provider, event_id) in"
        " (select provider, event_id from webhook_events where due_at <= now() order by due_at limit %s"
        " for update skip locked)"
        " returning provider, event_id, kind, payment_id, reference, refund_id, outcome, attempts",
        [timedelta(seconds=again), limit],
    )


async def webhook_done(tx: Tx, heard: Heard) -> None:
    sql = "update webhook_events set due_at = null where provider = %s and event_id = %s"
    await execute(tx, sql, [heard.provider, heard.event_id])


async def webhook_later(tx: Tx, heard: Heard, pause: timedelta) -> None:
    await execute(
        tx,
        "update webhook_events set due_at = now() + %s where provider = %s and event_id = %s",
        [pause, heard.provider, heard.event_id],
    )


class _Key(msgspec.Struct, frozen=True):
    key: str


class _Count(msgspec.Struct, frozen=True):
    count: int


async def forget_webhooks(tx: Tx, before: datetime, limit: int) -> int:
    """Those that nobody sends again."""
    return await execute(
        tx,
        "delete from webhook_events where ctid = any(array(select ctid from webhook_events"
        " where received_at < %s and due_at is null limit %s for update skip locked))",
        [before, limit],
    )


async def unsettled(tx: Tx) -> int:
    """How many payments and refunds wait for the provider's word."""
    counted = await one(
        tx,
        _Count,
        "select (select count(*) from payments where due_at is not null)"
        " + (select count(*) from refunds where due_at is not null) as count",
    )
    return counted.count
