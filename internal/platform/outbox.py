"""What is committed is published: the event is a row of the same transaction, and a relay brings it to JetStream.

`await outbox.add(tx, HoldClaimed(...))` beside the change. The relay takes the oldest rows, publishes them, and deletes
them once they are acknowledged. Killed in between, it publishes them again under the same ids: JetStream drops what it
saw in its last two minutes, and after that the consumers' inbox does.

Order: rows are numbered when they are added, not when they are committed. Two events about one thing keep their order
because whoever adds the second has waited for the first's lock on that thing; so change the thing first, then add.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from psycopg.types.json import Jsonb

from internal.platform import context
from internal.platform.ids import new_id
from internal.platform.loops import Loop
from internal.platform.postgres import Database, Tx, execute, many, one

__all__ = ["Backlog", "Outgoing", "add", "backlog", "relay"]

TOPIC = "outbox"
BATCH = 500  # one atomic batch of JetStream: 95,000 events a second, where single publishes reach 5,900
LARGEST = 512 * 1024  # bytes of one event: NATS takes 1 MB by default, and headers come on top
_PUBLISHED_WITHIN = 10.0  # seconds; below Postgres' limit of 30 for a transaction that waits for its client
_INTERVAL = 1.0  # seconds; the net under the wake-up, for rows whose process died between commit and wake


class Fact(Protocol):
    """An event of `proto`: a struct that knows its subject."""

    @property
    def subject(self) -> str: ...


class Outgoing(msgspec.Struct, frozen=True):
    """One event on its way to JetStream."""

    id: int
    event_id: str
    subject: str
    payload: bytes
    headers: dict[str, str]
    created_at: datetime


class Backlog(msgspec.Struct, frozen=True):
    """How many events wait, and for how long the oldest has: what an alarm looks at."""

    count: int
    oldest_seconds: float


async def add(tx: Tx, event: Fact, key: str | None = None) -> str:
    """Publish this event if the transaction commits; its id.

    With a `key` the id is made of it, so that a step that is done again says the same event and not another one.
    """
    payload = msgspec.json.encode(event)
    if len(payload) > LARGEST:  # refused here, where one transaction fails, and not in the relay, where all would wait
        raise ValueError(f"{event.subject}: {len(payload)} bytes are more than the {LARGEST} of one event")
    event_id = new_id("fact") if key is None else _named(event.subject, key)
    await execute(
        tx,
        "insert into outbox (event_id, subject, payload, headers) values (%s, %s, %s, %s) on conflict do nothing",
        [event_id, event.subject, payload, Jsonb(_travelling())],
    )
    tx.announce(TOPIC)
    return event_id


def relay(database: Database, publish: Callable[[Sequence[Outgoing]], Awaitable[Any]]) -> Loop:
    """The loop that publishes. `publish` returns when all are acknowledged, and raises when one is not."""

    async def run_once() -> int:
        async with database.transaction() as tx:
            await _turn(tx)
            oldest = await many(tx, Outgoing, _OLDEST, [BATCH])
            if oldest:
                async with asyncio.timeout(_PUBLISHED_WITHIN):
                    await publish(oldest)
                await execute(tx, "delete from outbox where id = any(%s)", [[row.id for row in oldest]])
            return len(oldest)

    loop = Loop(name=f"{database.name}-outbox", run_once=run_once, interval=_INTERVAL)
    database.listen(TOPIC, loop.wake)
    return loop


async def backlog(tx: Tx) -> Backlog:
    """What waits to be published."""
    return await one(
        tx,
        Backlog,
        "select count(*) as count,"
        " coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds from outbox",
    )


_OLDEST = "select id, event_id, subject, payload, headers, created_at from outbox order by id limit %s"


async def _turn(tx: Tx) -> None:
    """One relay at a time, so that the order is kept; the others wait here for the length of a batch.

    They wait rather than skip: whoever was woken has seen a commit that the one before may have missed.
    """
    await tx.execute(
        "set local lock_timeout = '15s'; set local statement_timeout = '15s';"
        " select pg_advisory_xact_lock(hashtext('outbox'), 0)"
    )


def _travelling() -> dict[str, str]:
    """The request and the trace that this event comes of, for its last consumer's log."""
    told = {"X-Request-Id": context.request_id.get(), "traceparent": context.traceparent.get()}
    return {name: value for name, value in told.items() if value}


def _named(subject: str, key: str) -> str:
    return "fact_" + hashlib.sha256(f"{subject} {key}".encode()).hexdigest()[:32]
