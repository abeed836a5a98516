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
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from internal.platform.bus import TIME, Message, Passing
from internal.platform.ids import new_id
from internal.platform.loops import Loop
from internal.platform.postgres import Database, Tx, execute, many, one
from proto import Event

__all__ = [
    "WAITING",
    "Backlog",
    "Sent",
    "Told",
    "Waiting",
    "add",
    "add_all",
    "added",
    "backlog",
    "committed_at",
    "relay",
]

TOPIC = "outbox"
BATCH = 500  # one atomic batch of JetStream: 95,000 events a second, where single publishes reach 5,900
_BATCH_BYTES = 4 * 1024 * 1024  # of bodies: what is published well within the limit below
LARGEST = 512 * 1024  # bytes of one event: NATS takes 1 MB by default, and headers come on top
_PUBLISHED_WITHIN = 10.0  # seconds; below Postgres' limit of 30 for a transaction that waits for its client
_INTERVAL = 1.0  # seconds; the net under the wake-up, for rows whose process died between commit and wake


class _Row(msgspec.Struct, frozen=True):
    id: int
    event_id: str
    subject: str
    body: bytes
    headers: dict[str, str]


class _Any(msgspec.Struct, frozen=True):
    id: int


class Backlog(msgspec.Struct, frozen=True):
    """How many events wait, and for how long the oldest has: what an alarm looks at."""

    count: int
    oldest_seconds: float


class Waiting(msgspec.Struct, frozen=True):
    """An event that waits for the relay."""

    event_id: str
    subject: str
    seconds: float


Told = tuple[Event, str | None]  # and the key that its id is made of
# What was published lately and when: a few, for `outbox_reconciler` to look for on their streams.
Sent = deque[tuple[datetime, Message]]


async def add(tx: Tx, event: Event, key: str | None = None) -> str:
    """Publish this event if the transaction commits; its id.

    With a `key` the id is made of it, so that a step that is done again says the same event and not another one.
    """
    (event_id,) = await add_all(tx, [(event, key)])
    return event_id


async def add_all(tx: Tx, told: Sequence[Told]) -> list[str]:
    """These events, each with its key or None, in this order and in one statement; their ids."""
    if not told:
        return []
    headers = Passing().outgoing()
    messages = [_message(event, key, headers) for event, key in told]
    rows = [part for said in messages for part in (said.id, said.subject, said.body, Jsonb(said.headers))]
    await execute(tx, _ADD + ", ".join([_ROW] * len(told)) + " on conflict do nothing", rows)
    tx.announce(TOPIC)
    return [message.id for message in messages]


def added(tx: Tx, event: Event, key: str | None = None) -> dict[str, Any]:
    """The columns of its row, for a store that inserts it in the one statement of the change that it tells of."""
    message = _message(event, key, Passing().outgoing())
    tx.announce(TOPIC)
    return {
        "event_id": message.id,
        "subject": message.subject,
        "body": message.body,
        "headers": Jsonb(message.headers),
    }


def _message(event: Event, key: str | None, headers: Mapping[str, str]) -> Message:
    message = Message.of(event, id=new_id("fact") if key is None else _named(event.subject, key), headers=headers)
    if len(message.body) > LARGEST:  # refused here, where one transaction fails, and not in the relay, where all wait
        raise ValueError(f"{event.subject}: {len(message.body)} bytes are more than the {LARGEST} of one event")
    return message


def relay(database: Database, publish: Callable[[Sequence[Message]], Awaitable[Any]], sent: Sent | None = None) -> Loop:
    """The loop that publishes. `publish` returns when all are acknowledged, and raises when one is not.

    The last of each batch is noted in `sent`.
    """
    relaying = _Relay(database, publish, sent)
    # a batch may be cut short by its bytes
    loop = Loop(name=f"{database.name}-outbox", run_once=relaying.run_once, interval=_INTERVAL, full=BATCH // 2)

    def told() -> None:
        relaying.told = True
        loop.wake()

    database.listen(TOPIC, told)
    return loop


class _Relay:
    """Three round trips a batch, so its transaction is spelled out: the first takes the turn, the last ends it."""

    def __init__(
        self, database: Database, publish: Callable[[Sequence[Message]], Awaitable[Any]], sent: Sent | None
    ) -> None:
        self._database = database
        self._publish = publish
        self._sent = sent
        self.told = True

    async def run_once(self) -> int:
        """The oldest events, if there are any: unless somebody told us so, one look tells."""
        told, self.told = self.told, False
        async with self._database.read() as connection:
            if not told and not await many(connection, _Any, "select id from outbox limit 1"):
                return 0
            await connection.execute(_TURN)
            try:
                oldest = await many(connection, _Row, _OLDEST, [BATCH, _BATCH_BYTES])
                await self._bring(oldest)
            except BaseException:
                self.told = True
                await connection.execute("rollback")
                raise
            gone = ", ".join(str(row.id) for row in oldest)
            await connection.execute(SQL(f"delete from outbox where id in ({gone}); commit" if gone else "commit"))  # noqa: S608 - numbers of our own
        return len(oldest)

    async def _bring(self, oldest: list[_Row]) -> None:
        if not oldest:
            return
        messages = [Message(row.subject, row.event_id, row.body, row.headers) for row in oldest]
        async with asyncio.timeout(_PUBLISHED_WITHIN):
            await self._publish(messages)
        if self._sent is not None:
            self._sent.append((datetime.now(UTC), messages[-1]))


async def backlog(tx: Tx) -> Backlog:
    """What waits to be published."""
    return await one(
        tx,
        Backlog,
        "select count(*) as count,"
        " coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds from outbox",
    )


def committed_at(message: Message) -> datetime:
    """When the event was added to its outbox."""
    return datetime.fromisoformat(message.headers[TIME])


WAITING = """
select event_id, subject, extract(epoch from now() - created_at)::float8 as seconds from outbox
where created_at < now() - make_interval(secs => %s) order by id limit 100
"""  # a hundred tell as much as all: the relay is at fault, or NATS is away

_ADD = "insert into outbox (event_id, subject, body, headers) values "
_ROW = "(%s, %s, %s, %s)"  # not of arrays: psycopg takes 15 us for each of four, and most tell one event
_OLDEST = """
select id, event_id, subject, body, headers from (
    select *, sum(octet_length(body)) over (order by id) - octet_length(body) as before
    from (select * from outbox order by id limit %s) as oldest
) as sized
where before < %s order by id
"""


# One relay at a time, so that the order is kept; the others wait here for the length of a batch. They wait rather than
# skip: whoever was woken has seen a commit that the one before may have missed.
_TURN = """
begin;
set local lock_timeout = '15s';
set local statement_timeout = '15s';
select pg_advisory_xact_lock(hashtext('outbox'), 0)
"""


def _named(subject: str, key: str) -> str:
    return "fact_" + hashlib.sha256(f"{subject} {key}".encode()).hexdigest()[:32]
