"""Reading a stream again from a moment on: how what was lost elsewhere is put together anew from the facts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import msgspec
import nats.errors
from nats.aio.msg import Msg
from nats.js import api

from internal.platform.bus.batches import Delivery
from internal.platform.bus.connection import Bus
from internal.platform.bus.envelope import MESSAGE_ID, Meta
from internal.platform.bus.streams import stream_of
from internal.platform.faults import Unavailable
from proto import Event

__all__ = ["forgetful", "history", "recorded", "stored_since"]

_BATCH = 500  # as many as a fetch brings at 35,000 a second in 15 ms
_PATIENCE = 2.0  # seconds for one fetch; a fetch that a dying server swallowed is asked again after that
_FORGOTTEN_AFTER = 30.0  # seconds until NATS drops the reader of a process that died


async def history(bus: Bus, events: Sequence[type[Event]], since: datetime) -> AsyncIterator[Event]:
    """Every fact of these kinds (of one stream) since then, up to now, in the stream's order."""
    decoders = {event.subject: msgspec.json.Decoder(event).decode for event in events}
    async for meta, body in recorded(bus, events, since):
        yield decoders[meta.subject](body)


async def recorded(bus: Bus, events: Sequence[type[Event]], since: datetime) -> AsyncIterator[Delivery]:
    """The same as it was told, with what is known of each: for whoever must know one fact from another."""
    async with _reader(bus, [event.subject for event in events], since) as reader:
        async for message in reader.messages():
            yield Delivery(Meta.of(message), message.data)


async def forgetful(bus: Bus, event: type[Event]) -> bool:
    """Whether the stream of this event has dropped what is too old by now."""
    js = bus.client().jetstream()
    await bus.streams.ensure(js, stream_of(event.subject))
    try:
        info = await js.stream_info(stream_of(event.subject))
    except nats.errors.Error as error:
        raise Unavailable("The streams cannot be looked at in NATS just now.") from error
    return info.state.first_seq > 1


async def stored_since(bus: Bus, subject: str, since: datetime, most: int) -> set[str] | None:
    """The ids of what was stored of this subject since then; None if that is more than `most`."""
    async with _reader(bus, [subject], since, headers_only=True) as reader:
        if reader.left > most:
            return None
        return {(message.headers or {}).get(MESSAGE_ID, "") async for message in reader.messages()}


@dataclass
class _Reader:
    """A consumer of our own, that begins at a moment and ends where the stream ended when it was made."""

    left: int
    _fetch: Callable[..., Awaitable[list[Msg]]]

    async def messages(self) -> AsyncIterator[Msg]:
        while self.left > 0:
            for message in await self._fetch(min(self.left, _BATCH), timeout=_PATIENCE):
                self.left -= 1
                yield message


@asynccontextmanager
async def _reader(
    bus: Bus, subjects: Sequence[str], since: datetime, *, headers_only: bool = False
) -> AsyncIterator[_Reader]:
    (stream,) = {stream_of(subject) for subject in subjects}
    js = bus.client().jetstream()
    await bus.streams.ensure(js, stream)
    try:
        made = await js.add_consumer(
            stream,
            api.ConsumerConfig(
                deliver_policy=api.DeliverPolicy.BY_START_TIME,
                opt_start_time=since.isoformat(),  # type: ignore[arg-type]  # said to be an int, and sent as it is
                ack_policy=api.AckPolicy.NONE,
                filter_subjects=sorted(subjects),
                headers_only=headers_only,
                inactive_threshold=_FORGOTTEN_AFTER,
                mem_storage=True,
            ),
        )
        subscription = await js.pull_subscribe_bind(made.name, stream)
        yield _Reader(made.num_pending or 0, subscription.fetch)
        await subscription.unsubscribe()
    except nats.errors.Error as error:
        raise Unavailable("The facts of the last minutes cannot be read from NATS just now.") from error
