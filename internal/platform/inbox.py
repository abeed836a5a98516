"""The effect of an event on a consumer, once: the effect and the event's id are one transaction.

`Consumer("orders-hold-expired", HoldExpired, once(database, "orders-hold-expired", cancel_order))`, where
`async def cancel_order(tx, event, meta)` writes through `tx` alone. However often the event is delivered, and by
however many replicas at once: the second insert waits for the first transaction, and does nothing if that commits.
An outage stays `Unavailable`, which the bus waits out without counting it as one of the message's tries.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from internal.platform.loops import Loop
from internal.platform.postgres import Database, Tx, execute

__all__ = ["Delivered", "once", "pruning"]

# An event comes again for as long as somebody may send it again. The streams redeliver within hours; a dead letter is
# replayed by a person, who may come back from a long week-end. Replaying older ones than this is a new effect.
KEPT_DAYS = 7
_CHUNK = 5_000  # rows of one delete: about 20 ms, so that nothing waits behind it


class Delivered(Protocol):
    """What is known of a delivery beside the event itself: here only its id matters."""

    @property
    def id(self) -> str: ...


E = TypeVar("E")
M = TypeVar("M", bound=Delivered)


def once(
    database: Database, durable: str, handle: Callable[[Tx, E, M], Awaitable[None]]
) -> Callable[[E, M], Coroutine[Any, Any, None]]:
    """A consumer's handle whose effect in Postgres happens once for each event."""

    async def handle_once(event: E, meta: M) -> None:
        async def work(tx: Tx) -> None:
            if await _first(tx, durable, meta.id):
                await handle(tx, event, meta)

        await database.run(work)

    return handle_once


def pruning(database: Database) -> Loop:
    """Forget the events that will not come again."""

    async def run_once() -> int:
        async with database.transaction() as tx:
            return await execute(
                tx,
                "delete from inbox where ctid = any(array(select ctid from inbox"
                " where seen_at < now() - make_interval(days => %s) limit %s for update skip locked))",
                [KEPT_DAYS, _CHUNK],
            )

    return Loop(name=f"{database.name}-inbox-pruning", run_once=run_once, interval=600.0)


async def _first(tx: Tx, durable: str, event_id: str) -> bool:
    sql = "insert into inbox (durable, event_id) values (%s, %s) on conflict do nothing"
    return bool(await execute(tx, sql, [durable, event_id]))
