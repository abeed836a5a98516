"""What providers told us and was not yet looked into."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from psycopg.types.json import Jsonb

from internal.payments.providers.interface import Outcome, Webhook
from internal.platform.postgres import Tx, execute, many

__all__ = ["Heard", "add_webhook", "due_webhooks", "forget_webhooks", "webhook_done", "webhook_later"]


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


async def forget_webhooks(tx: Tx, before: datetime, limit: int) -> int:
    """Those that nobody sends again."""
    return await execute(
        tx,
        "delete from webhook_events where ctid = any(array(select ctid from webhook_events"
        " where received_at < %s and due_at is null limit %s for update skip locked))",
        [before, limit],
    )
