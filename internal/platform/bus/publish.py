"""Facts onto the streams: atomic batches in one write, every answer bounded in time.

With `sync_interval: always` a stream stores about 2,000 messages a second one by one and 95,000 in batches of 500. For
a batch NATS makes a store of its own on the disk, so a few messages go one behind the other in one write instead.
When `publish_batch` returns, every message is stored exactly once; when it raises, some may be, and the same messages
are sent again with the same ids. An id that is stored already makes NATS refuse the whole batch (error 10201), so
that batch goes again message by message, where a repeated id is answered as a duplicate and dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import count

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from internal.platform.bus.envelope import Message
from internal.platform.bus.faults import NoAnswer
from internal.platform.bus.frames import batch_frames, single_frame
from internal.platform.bus.streams import Streams, stream_of
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id

__all__ = ["Publisher"]

_LARGEST_BATCH = 1000  # as many as NATS takes: each batch costs it one fsync
_LARGEST_BYTES = 1 << 20  # of bodies in one batch, so that one write does not hold up the requests on the connection
_FEW = 16  # messages; an atomic batch costs NATS 3 ms of CPU before its first message, a single one 0.1 to 0.15
_ONE_BY_ONE = frozenset({10201, 10174})  # an id is stored already; the stream takes no batches


class _Trouble(msgspec.Struct):
    code: int = 0
    err_code: int = 0
    description: str = ""


class _Stored(msgspec.Struct):
    error: _Trouble | None = None
    duplicate: bool = False


_read_stored = msgspec.json.Decoder(_Stored).decode


class _NoStream(Exception):  # noqa: N818 - a turn in the road, caught below
    """No stream has the subject: NATS answered 503."""


class Publisher:
    """Sends through the client's connection, with one inbox of its own for all answers."""

    def __init__(self, client: Client, streams: Streams, *, patience: float) -> None:
        self._client = client
        self._streams = streams
        self._patience = patience
        self._inbox = client.new_inbox()
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[Msg]] = {}
        self.stored = 0
        self.duplicates = 0

    async def open(self) -> None:
        """Listen for answers; the client listens again by itself after a reconnect."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._answered)

    def interrupted(self) -> None:
        """The connection broke: an answer in flight never comes, so nobody is left waiting for it."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(NoAnswer("The connection to NATS broke before it answered."))

    async def publish(self, messages: Sequence[Message]) -> None:
        """Store all of them, each stream's in the order given."""
        streams: dict[str, list[Message]] = {}
        for message in messages:
            streams.setdefault(stream_of(message.subject), []).append(message)
        for stream, own in streams.items():
            if not self._streams.known(stream):
                await self._streams.ensure(self._client.jetstream(), stream)
            for batch in _batches(own):
                try:
                    await self._store(batch)
                except _NoStream:  # somebody deleted it, or NATS was emptied
                    await self._streams.ensure(self._client.jetstream(), stream)
                    await self._store(batch)
                self.stored += len(batch)

    async def _store(self, batch: list[Message]) -> None:
        limit = self._client.max_payload
        if len(batch) > _FEW:
            reply = self._reply()
            (stored,) = await self._send(batch_frames(new_id("batch"), batch, reply, limit), [reply])
            if stored.error is None:
                return
            if stored.error.err_code not in _ONE_BY_ONE:
                raise Unavailable(f"NATS refused a batch: {stored.error.description}")
        replies = [self._reply() for _ in batch]
        frames = [single_frame(message, reply, limit) for message, reply in zip(batch, replies, strict=True)]
        for stored in await self._send(b"".join(frames), replies):
            if stored.error is not None:
                raise Unavailable(f"NATS refused a message: {stored.error.description}")
            self.duplicates += stored.duplicate

    def _reply(self) -> str:
        return f"{self._inbox}.{next(self._numbers)}"

    async def _send(self, frames: bytes, replies: list[str]) -> list[_Stored]:
        loop = asyncio.get_running_loop()
        answers: dict[str, asyncio.Future[Msg]] = {reply: loop.create_future() for reply in replies}
        self._waiting |= answers
        try:
            async with asyncio.timeout(self._patience):
                # The client's own buffer, so that nothing overtakes and a reconnect is its business.
                await self._client._send_command(frames)  # noqa: SLF001 - it has no public way to send ready bytes
                await self._client._flush_pending()  # noqa: SLF001
                return [_stored(await answer) for answer in answers.values()]
        except TimeoutError:
            raise NoAnswer("NATS did not confirm in time; what was sent may be stored.") from None
        finally:
            for reply, answer in answers.items():
                del self._waiting[reply]
                if answer.done():
                    answer.exception()  # looked at, so that asyncio does not complain of those behind the first
                else:
                    answer.cancel()

    async def _answered(self, answer: Msg) -> None:
        waiting = self._waiting.get(answer.subject)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)


def _batches(messages: list[Message]) -> Iterator[list[Message]]:
    batch: list[Message] = []
    size = 0
    for message in messages:
        if batch and (len(batch) == _LARGEST_BATCH or size + len(message.body) > _LARGEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += len(message.body)
    if batch:
        yield batch


def _stored(answer: Msg) -> _Stored:
    if not answer.data:
        raise _NoStream
    return _read_stored(answer.data)
