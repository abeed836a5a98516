"""What providers told us and was not yet looked into."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from psycopg.types.json import Jsonb

from internal.payments.domain import REFUND_RETURNED
from internal.payments.providers.interface import Outcome, Webhook
from internal.platform.postgres import Tx, execute, many

__all__ = [
    "Heard",
    "add_webhook",
    "due_webhooks",
    "forget_webhooks",
    "webhook_done",
    "webhook_later",
    "webhooks_heard",
]


# Of the payment that one is about, if it is ours.
_ABOUT = """
left join lateral (
    select id, captured, leased_until from payments
    where payments.provider = told.provider and (payments.id = told.payment_id
        or (payments.reference <> '' and payments.reference = told.reference))
    limit 1
) as payment on true
"""
# Nothing is left to learn of what is captured, whatever a message about it says; what else it may be about is a refund,
# and one that was through may have come back.
_SETTLED = """
payment.captured > 0
and not told.refund_failed
and (told.outcome is null or (told.outcome->>'state' = 'succeeded' and told.refund_id = ''))
and not exists (select from refunds where refunds.payment_id = payment.id and refunds.status = 'pending')
"""


class Heard(msgspec.Struct, frozen=True):
    """A webhook that was stored; `found` is our payment that it is about, `done` that nothing follows from it."""

    provider: str
    event_id: str
    kind: str
    payment_id: str
    reference: str
    refund_id: str
    outcome: Outcome | None
    attempts: int
    found: str | None
    done: bool
    refund_failed: bool = False


async def add_webhook(tx: Tx, provider: str, told: Webhook, answered_within: float) -> bool:
    """Whether it is new and to be looked into now.

    Never, if nothing is left to learn of its payment; and if somebody asks about that just now, only after so long,
    because the answer mostly says as much.
    """
    known = told.outcome is not None
    return bool(
        await execute(
            tx,
            "with added as (insert into webhook_events"
            " (provider, event_id, kind, payment_id, reference, refund_id, outcome, refund_failed, due_at)"
            f" select told.*, case when {_SETTLED} then null"
            " when payment.leased_until > now() then now() + %(later)s else now() end"
            " from (select %(provider)s::text as provider, %(event_id)s::text as event_id, %(kind)s::text as kind,"
            " %(payment_id)s::text as payment_id, %(reference)s::text as reference,"
            " %(refund_id)s::text as refund_id, %(outcome)s::jsonb as outcome,"
            f" %(refund_failed)s::boolean as refund_failed) as told {_ABOUT}"
            " on conflict do nothing returning due_at) select from added where due_at <= now()",
            {
                "provider": provider,
                "event_id": told.event_id,
                "kind": told.kind,
                "payment_id": told.payment_id,
                "reference": told.reference,
                "refund_id": told.refund_id,
                "refund_failed": told.refund_failed,
                "outcome": Jsonb(msgspec.to_builtins(told.outcome)) if known else None,
                "later": timedelta(seconds=0.0 if known else answered_within),
            },
        )
    )


async def due_webhooks(tx: Tx, limit: int, again: float) -> list[Heard]:
    """Those to look into, which are due again if we never come back; of some there is nothing left to learn by now."""
    return await many(
        tx,
        Heard,
        "with due as (select provider, event_id from webhook_events where due_at <= now() order by due_at limit %s"
        " for update skip locked),"
        f" seen as (select told.provider, told.event_id, payment.id as found, coalesce({_SETTLED}, false) as done"
        f" from due join webhook_events as told using (provider, event_id) {_ABOUT})"
        " update webhook_events as told set attempts = attempts + 1,"
        " due_at = case when seen.done then null else now() + %s end"
        " from seen where told.provider = seen.provider and told.event_id = seen.event_id"
        " returning told.provider, told.event_id, kind, payment_id, reference, refund_id, outcome,"
        " refund_failed, attempts, found, done",
        [limit, timedelta(seconds=again)],
    )


async def webhooks_heard(tx: Tx, some: Sequence[Heard]) -> None:
    """They are done, and the payments and refunds that they are about are to be asked about now, also while a call
    hangs. Of what is captured there is nothing more to learn, nor of a refund that is through, unless it came back.

    A refund is locked after its payment, as everywhere: both parts read `ours`, for Postgres runs them in any order.
    """
    await execute(
        tx,
        "with ours as (select id, captured, provider from payments where id = any(%(found)s) order by id for update),"
        " woken as (update payments set due_at = now(), leased_until = null from ours"
        " where payments.id = ours.id and ours.captured = 0 and ours.provider <> ''),"
        " refunded as (update refunds set due_at = now() where (status = 'pending' and code <> %(returned)s"
        " or status = 'succeeded' and by_hand = '' and id = any(%(failed)s)) and id in"
        " (select refunds.id from ours join refunds on payment_id = ours.id order by refunds.id for update of refunds))"
        " update webhook_events set due_at = null from unnest(%(providers)s::text[], %(events)s::text[])"
        " as heard (provider, event_id)"
        " where webhook_events.provider = heard.provider and webhook_events.event_id = heard.event_id",
        {
            "found": [heard.found for heard in some],
            "failed": [heard.refund_id for heard in some if heard.refund_failed],
            "returned": REFUND_RETURNED,
            "providers": [heard.provider for heard in some],
            "events": [heard.event_id for heard in some],
        },
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
