"""From a durable to a handler that takes many messages at once: for whoever keeps everything that is said.

One message at a time costs a transaction each, about 5,000 a second; an on-sale says 15,000. Here whatever has come
goes to the handler together, and all of it is acknowledged in one write. What a batch fails of is found by handing its
messages over one by one: the bad one has the fate that `consume` gives it, and holds up nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

import nats.errors
from nats.aio.msg import Msg
from nats.js import api

from internal.platform.bus.connection import Bus
from internal.platform.bus.consume import Consuming, Stopped
from internal.platform.bus.consumer import PAUSES
from internal.platform.bus.envelope import Meta
from internal.platform.bus.frames import acknowledgements
from internal.platform.faults import Unavailable
from internal.platform.stopping import still_wanted

__all__ = ["BatchConsumer", "Delivery", "consume_batches"]

_SHARE = 0.15  # of the time, in which those who buy go first: a rush is followed at this pace, and caught up with later
_LONGEST = 1.0  # seconds between two batches; one that Postgres kept waiting has not taken anybody's time
_BATCHES_HELD = 3  # one being written, one waiting, one on its way: the handler never waits for NATS


class Delivery(NamedTuple):
    """A message as it came, undecoded; it may be there twice, in one batch or in two."""

    meta: Meta
    body: bytes


@dataclass
class BatchConsumer:
    """`BatchConsumer("ledger-audit-orders", "ORDERS", keep)`: every message of a stream, or those of some subjects."""

    durable: str
    stream: str
    handle: Callable[[Sequence[Delivery]], Awaitable[None]]
    subjects: tuple[str, ...] = ()  # all of them
    size: int = 1_000  # rows of one insert: beyond, a row gets no cheaper, and others wait longer for the lock
    linger: float = 0.25  # seconds for more to come, before each batch: nobody waits for what is written here
    tries: int = len(PAUSES) + 1
    ack_wait: float = 30.0  # seconds; a batch behind three others waits longer than a message does
    patience: float = 60.0
    pauses: tuple[float, ...] = PAUSES
    handled: int = 0
    retried: int = 0
    parked: int = 0

    def pause(self, deliveries: int) -> float:
        """How long after so many tries."""
        return self.pauses[min(deliveries, len(self.pauses)) - 1]

    def declared(self, ack_wait: float) -> api.ConsumerConfig:
        """The durable as it should be; why nothing ends and nothing backs off, see `Consumer.declared`."""
        return api.ConsumerConfig(
            durable_name=self.durable,
            filter_subjects=list(self.subjects) or None,
            deliver_policy=api.DeliverPolicy.ALL,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ack_wait,
            max_deliver=-1,
            max_ack_pending=10 * self.size,  # three replicas with all that each may hold
        )


async def consume_batches(bus: Bus, consumer: BatchConsumer, *, drain: float = 5.0) -> None:
    """Until cancelled, as `consume`."""
    await _InBatches(bus, consumer).run(drain)


class _InBatches(Consuming[BatchConsumer]):
    def __init__(self, bus: Bus, consumer: BatchConsumer) -> None:
        super().__init__(bus, consumer)
        self.most_held = consumer.size * _BATCHES_HELD
        self._waiting: list[Msg] = []
        self._some = asyncio.Event()
        self._pause = consumer.linger

    def _arrived(self, message: Msg) -> None:
        self._held[id(message)] = message
        self._waiting.append(message)
        self._some.set()

    async def _work(self) -> None:
        while True:
            messages = await self._gathered()
            began = monotonic()
            try:
                await self._settle(messages)
            except (nats.errors.Error, OSError, Unavailable) as error:  # so they come again
                self._bus.log.info("verdicts were lost", durable=self._consumer.durable, error=repr(error))
            self._pause = max(self._consumer.linger, min(_LONGEST, (monotonic() - began) * (1 / _SHARE - 1)))
            for message in messages:
                self._held.pop(id(message), None)
            self._room.set()
            still_wanted()

    async def _gathered(self) -> list[Msg]:
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        if not self._stopping.is_set():
            await asyncio.sleep(self._pause)
        messages = self._waiting[: self._consumer.size]
        del self._waiting[: self._consumer.size]
        return messages

    async def _settle(self, messages: list[Msg]) -> None:
        deliveries = [Delivery(Meta.of(message), message.data) for message in messages]
        try:
            await self._patiently(lambda: self._handle(deliveries))
        except Exception as error:
            if len(messages) == 1 or isinstance(error, Stopped):
                for message, delivery in zip(messages, deliveries, strict=True):
                    await self._failed(message, delivery.meta, error)
            else:
                for message in messages:
                    await self._settle([message])
            return
        await self._acknowledge(messages)
        self._consumer.handled += len(messages)

    async def _handle(self, deliveries: Sequence[Delivery]) -> None:
        async with asyncio.timeout(self._consumer.patience):
            await self._consumer.handle(deliveries)

    async def _acknowledge(self, messages: Sequence[Msg]) -> None:
        """All in one write: nats-py's own costs 20 us for each."""
        client = self._bus.client()
        await client._send_command(acknowledgements([message.reply for message in messages]))  # noqa: SLF001 - see publish
        await client._flush_pending()  # noqa: SLF001
