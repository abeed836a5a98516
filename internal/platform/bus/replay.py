"""A dead letter goes again to the durable that could not handle it, and to no other.

Each durable answers `rpc.dlq.replay.<stream>.<durable>`, one letter at a time. The handler is given the message as it
was first told: the same id, so that the inbox knows what was done already, the same sequence and the same time. The
letter lies in the DLQ until it is handled, so that a process killed in the middle loses nothing: it is replayed again.
One that fails comes back as a new letter, with the new error and its count, before the old one is taken away.
Publishing it on its stream again would have been simpler, but every other durable there would hear it a second time.
It comes out of its turn, also for an ordered durable: those behind it went past when it was parked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from internal.platform.bus.batches import BatchConsumer, Delivery
from internal.platform.bus.connection import Bus
from internal.platform.bus.consumer import Consumer
from internal.platform.bus.deadletters import Parked, find, forget, letters, original, park
from internal.platform.bus.envelope import MESSAGE_ID, Meta
from internal.platform.bus.propagation import REQUEST_ID
from internal.platform.bus.serve import Endpoint
from internal.platform.faults import Drop, Unavailable
from proto.dlq import Replay, Replayed

__all__ = ["REPLAYING", "replaying"]

REPLAYING = 70.0  # seconds that an asker waits: above the patience of a handler, which is a minute


def replaying(bus: Bus, consumer: Consumer[Any] | BatchConsumer) -> Endpoint[Replay]:
    """Where this consumer's dead letters are handed in again."""

    async def replay(command: Replay) -> Replayed:
        parked = await find(bus, command.number)
        if parked is None or (parked.letter.stream, parked.letter.durable) != (consumer.stream, consumer.durable):
            return Replayed(outcome="gone", reason="it is no dead letter of this durable any more")
        return await _Again(bus, consumer, parked).tried()

    return Endpoint(Replay, replay, concurrency=1, at=(consumer.stream, consumer.durable))


class _Again:
    """One letter, and what becomes of it."""

    def __init__(self, bus: Bus, consumer: Consumer[Any] | BatchConsumer, parked: Parked) -> None:
        self._bus = bus
        self._consumer = consumer
        self._parked = parked
        self._meta = _meta(parked)

    async def tried(self) -> Replayed:
        body = await original(self._bus, self._parked)
        if body is None:
            return _left("its body was too large to be parked, and its stream has it no more")
        consumer, meta = self._consumer, self._meta
        if isinstance(consumer, BatchConsumer):
            return await self._handled(body, lambda: consumer.handle([Delivery(meta, body)]))
        decode, handle = consumer.decoders.get(meta.subject), consumer.handle
        if decode is None:
            return _left(f"this durable listens to {meta.subject or 'its subject'} no more")
        try:
            event = decode(body)
        except msgspec.DecodeError as error:
            return await self._back(body, "is not what its subject carries", str(error))
        return await self._handled(body, lambda: handle(event, meta))

    async def _handled(self, body: bytes, handle: Callable[[], Awaitable[None]]) -> Replayed:
        meta = self._meta
        try:
            with self._bus.propagation.taken_up(meta.subject, meta.headers):
                async with asyncio.timeout(self._consumer.patience):
                    await handle()
        except Unavailable as fault:  # what it needs is away: that is no failure of the message
            return _left(fault.detail)
        except Drop as verdict:
            return await self._back(body, verdict.reason, "")
        except Exception as error:
            return await self._back(body, f"failed {meta.deliveries} times", f"{type(error).__name__}: {error}")
        self._consumer.handled += 1
        await forget(self._bus, self._parked.number)
        self._bus.log.info("dead letter handled", durable=meta.durable, message=meta.id, number=self._parked.number)
        return Replayed(outcome="handled")

    async def _back(self, body: bytes, reason: str, error: str) -> Replayed:
        replays = self._parked.letter.replays + 1
        await park(self._bus, body, self._meta, reason=reason, error=error, replays=replays)
        await forget(self._bus, self._parked.number)
        self._consumer.parked += 1
        told = f"{reason}: {error}" if error else reason
        return Replayed(outcome="failed", reason=told, number=await self._number(replays))

    async def _number(self, replays: int) -> int | None:
        """Where it lies now; looked for, because who published it was told only that it is stored."""
        for one in reversed(await letters(self._bus, self._meta.stream, self._meta.durable)):
            if (one.letter.sequence, one.letter.replays) == (self._meta.sequence, replays):
                return one.number
        return None


def _left(reason: str) -> Replayed:
    return Replayed(outcome="left", reason=reason)


def _meta(parked: Parked) -> Meta:
    """What the consumer knew of it the last time, one delivery later."""
    letter = parked.letter
    return Meta(
        id=letter.headers.get(MESSAGE_ID) or f"{letter.stream}.{letter.sequence}",
        subject=letter.subject,
        stream=letter.stream,
        durable=letter.durable,
        sequence=letter.sequence,
        deliveries=letter.deliveries + 1,
        request_id=letter.headers.get(REQUEST_ID, ""),
        stored_at=letter.stored_at,
        headers=letter.headers,
    )
