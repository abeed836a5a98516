"""The outbox with the stream, for every database: what was committed is on its way, and what was sent is there.

A row that lies in the outbox for long is told, because the relay does not get it out; the cure is to wake the relay.
And of what was published lately a few are looked for in the stream by their ids: a NATS that was emptied, or restored
from yesterday, does not say so by itself. Those are published again, under the same ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from internal.platform import outbox
from internal.platform.bus import Bus, Message, is_kept, stored_since
from internal.platform.loops import Loop
from internal.platform.outbox import Sent
from internal.platform.postgres import Database, many
from internal.platform.reconcile import Reconciler
from proto.reconcile import Difference

__all__ = ["reconciler"]

_LATE = 15.0  # seconds in the outbox: the relay is woken by each commit, and waits 10 for NATS at most
_SETTLED = timedelta(seconds=5)  # what was sent in this moment may be answered and not yet seen
_MARGIN = timedelta(seconds=10)  # between the committing machine's clock and that of NATS
_SEARCHED = 5_000  # messages looked through for one sample: 0.2 s; beyond that nothing is said about it


def reconciler(database: Database, bus: Bus, relay: Loop, sent: Sent) -> Reconciler:
    """Of one database; `sent` is where its relay notes what it published lately."""

    async def run_once(repair: bool) -> Sequence[Difference]:
        return [*await _late(database, relay, repair), *await _lost(bus, sent, repair)]

    return Reconciler(f"{database.name}-outbox", run_once)


async def _late(database: Database, relay: Loop, repair: bool) -> list[Difference]:
    async with database.read() as tx:
        rows = await many(tx, outbox.Waiting, outbox.WAITING, [_LATE])
    if rows and repair:
        relay.wake()  # not `repaired`: whether it gets out this time the next look will tell
    return [
        Difference(
            thing=f"{row.subject} {row.event_id}", found=f"in the outbox for {row.seconds:.0f} s", expected="sent"
        )
        for row in rows
    ]


async def _lost(bus: Bus, sent: Sent, repair: bool) -> list[Difference]:
    settled = datetime.now(UTC) - _SETTLED
    sample = [message for moment, message in sent if moment < settled and is_kept(message.subject)]
    missing: list[Message] = []
    for subject in sorted({message.subject for message in sample}):
        own = [message for message in sample if message.subject == subject]
        missing += await _missing(bus, subject, own)
    if missing and repair:
        await bus.publish_batch(missing)
    return [
        Difference(thing=f"{one.subject} {one.id}", found="not on its stream", expected="published", repaired=repair)
        for one in missing
    ]


async def _missing(bus: Bus, subject: str, sample: Sequence[Message]) -> list[Message]:
    since = min(outbox.committed_at(message) for message in sample) - _MARGIN
    ids = await stored_since(bus, subject, since, _SEARCHED)
    return [] if ids is None else [message for message in sample if message.id not in ids]
