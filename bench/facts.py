"""The facts of a run as JetStream has them: when each was committed, and when it was stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from nats.js import JetStreamContext, api

from internal.platform.bus import Meta

__all__ = ["Fact", "Lateness", "facts", "lateness"]

_BATCH = 500
_PATIENCE = 2.0  # seconds for one fetch


class _Hold(msgspec.Struct, rename="camel"):
    hold_id: str


@dataclass(frozen=True)
class Fact:
    """What happened to which hold, when, and when the stream had it. Times are in seconds since 1970."""

    hold_id: str
    committed: float
    stored: float


@dataclass(frozen=True)
class Lateness:
    """How the facts lie around the moment at which they were due, in seconds after it."""

    count: int
    holds: int
    earliest: float
    released: float
    published: float


async def facts(stream: JetStreamContext, subject: str, since: datetime) -> list[Fact]:
    """Every one of this kind since then."""
    reader = await stream.add_consumer(
        "INVENTORY",
        api.ConsumerConfig(
            deliver_policy=api.DeliverPolicy.BY_START_TIME,
            opt_start_time=since.isoformat(),  # type: ignore[arg-type]  # said to be an int, and sent as it is
            ack_policy=api.AckPolicy.NONE,
            filter_subjects=[subject],
            inactive_threshold=30.0,
            mem_storage=True,
        ),
    )
    left, found = reader.num_pending or 0, []
    subscription = await stream.pull_subscribe_bind(reader.name, "INVENTORY")
    while left > 0:
        for message in await subscription.fetch(min(left, _BATCH), timeout=_PATIENCE):
            left -= 1
            meta = Meta.of(message)
            hold = msgspec.json.decode(message.data, type=_Hold)
            found.append(Fact(hold.hold_id, meta.time.timestamp(), meta.stored_at.timestamp()))
    await subscription.unsubscribe()
    return found


def lateness(found: Iterable[Fact], due: float) -> Lateness:
    """When the first came, and when the last was committed and stored."""
    listed = list(found)
    return Lateness(
        count=len(listed),
        holds=len({fact.hold_id for fact in listed}),
        earliest=min((fact.committed for fact in listed), default=due) - due,
        released=max((fact.committed for fact in listed), default=due) - due,
        published=max((fact.stored for fact in listed), default=due) - due,
    )


def now() -> datetime:
    """By our clock, which is NATS' and Redis' too on one machine."""
    return datetime.now(UTC)
