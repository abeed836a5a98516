"""A consumer that takes its messages in batches: all of them, once it can, and no bad one holds up the rest."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from internal.embedded import Nats
from internal.platform.bus import BatchConsumer, Bus, Delivery, Message, consume_batches
from internal.platform.faults import Drop, Unavailable
from tests.platform.bus.conftest import numbered, opened, running, stored
from tests.platform.bus.test_consume import settled
from tests.waiting import until


class Kept:
    """A handler that keeps what it is given, unless it is told to fail."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.sizes: list[int] = []
        self.away = False
        self.bad: set[str] = set()
        self.dropped: set[str] = set()

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.sizes.append(len(deliveries))
        if self.away:
            raise Unavailable
        ids = [one.meta.id for one in deliveries]
        if self.dropped.intersection(ids):
            raise Drop("nobody wants it")
        if self.bad.intersection(ids):
            raise ValueError("bad")
        self.ids += ids


def listening(kept: Kept, **how: Any) -> BatchConsumer:
    return BatchConsumer("test", "STATS", kept, pauses=(0.1,), **how)


async def test_everything_is_handled_and_acknowledged(bus: Bus) -> None:
    """From before and after the durable was there, whatever its subject, in a few batches and in order."""
    kept = Kept()
    await bus.publish_batch(numbered(2_500))
    async with running(consume_batches(bus, listening(kept))):
        await until(lambda: len(kept.ids) >= 2_500)
        await bus.publish_batch([*numbered(50, "n"), Message("stats.of.a.newer.day", "new", b"\xff")])
        await until(lambda: len(kept.ids) >= 2_551)
        await until(settled_by(bus))
    assert kept.ids == [*(f"m{n}" for n in range(2_500)), *(f"n{n}" for n in range(50)), "new"]
    assert len(kept.sizes) < 100
    assert max(kept.sizes) <= 1_000


def settled_by(bus: Bus) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return await settled(bus)

    return check


async def test_a_bad_message_is_parked_and_holds_up_nobody(bus: Bus) -> None:
    """One is dropped, one fails until its tries are over; the other ninety-eight are kept at once."""
    kept = Kept()
    kept.dropped, kept.bad = {"m10"}, {"m20"}
    await bus.publish_batch(numbered(100))
    consumer = listening(kept, tries=2)
    async with running(consume_batches(bus, consumer)):
        await until(lambda: len(kept.ids) == 98)
        await until(lambda: consumer.parked == 2)
        await until(settled_by(bus))
    letters = [json.loads(headers["Aisle-Dead-Letter"]) for _, _, headers in await stored(bus, "DLQ")]
    assert {letter["headers"]["Nats-Msg-Id"] for letter in letters} == {"m10", "m20"}
    assert {letter["reason"] for letter in letters} == {"nobody wants it", "failed 2 times"}


async def test_an_outage_uses_up_no_tries(bus: Bus) -> None:
    """While the database is away the batch waits here, as long as it takes."""
    kept = Kept()
    kept.away = True
    await bus.publish_batch(numbered(20))
    consumer = listening(kept, tries=1)
    async with running(consume_batches(bus, consumer)):
        await until(lambda: len(kept.sizes) >= 3)
        kept.away = False
        await until(lambda: len(kept.ids) == 20)
        await until(settled_by(bus))
    assert consumer.parked == 0


async def test_stopped_in_an_outage_it_gives_everything_back(bus: Bus) -> None:
    """Another replica has all of it at once, not after the time that NATS waits for a dead one."""
    kept, other = Kept(), Kept()
    kept.away = True
    await bus.publish_batch(numbered(20))
    async with running(consume_batches(bus, listening(kept), drain=0.5)):
        await until(lambda: bool(kept.sizes))
    async with running(consume_batches(bus, listening(other))):
        await until(lambda: sorted(other.ids) == sorted(f"m{n}" for n in range(20)))


async def test_two_replicas_share(bus: Bus, own_nats: Nats) -> None:
    """Each message goes to one of them."""
    one, other = Kept(), Kept()
    async with (
        opened(own_nats.url) as second,
        running(consume_batches(bus, listening(one, size=50))),
        running(consume_batches(second, listening(other, size=50))),
    ):
        await bus.publish_batch(numbered(2_000))
        await until(lambda: len(one.ids) + len(other.ids) >= 2_000)
        await until(settled_by(bus))
    assert sorted(one.ids + other.ids) == sorted(f"m{n}" for n in range(2_000))
