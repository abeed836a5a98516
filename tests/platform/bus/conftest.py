"""A bus for each test, on streams and subjects that only this test uses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from internal.embedded import Nats
from internal.platform.bus import Bus, BusSettings, Message, Meta
from proto import Event
from tests.waiting import until

LOG = structlog.get_logger()
_ASKED_AT_ONCE = 100  # messages: one after another, a thousand take as many round trips, ten seconds on a busy machine


@asynccontextmanager
async def opened(url: str, lost: Callable[[], None] = lambda: None) -> AsyncIterator[Bus]:
    """Connected on entry, closed on exit."""
    bus = Bus(BusSettings(url=url), name="test", log=LOG, lost=lost)
    bus.start()
    await asyncio.wait_for(bus.connected(), 10)
    try:
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """A task for the length of the block, cancelled and awaited at its end."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def own_nats(tmp_path: Path) -> AsyncIterator[Nats]:
    """A server that this test may kill, or fill with streams of its own."""
    server = Nats(tmp_path, LOG)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def bus(own_nats: Nats) -> AsyncIterator[Bus]:
    async with opened(own_nats.url) as bus:
        yield bus


class Heard:
    """A handler that remembers, and does first what it is told."""

    def __init__(self, first: Callable[[Event, Meta], Awaitable[None]] | None = None) -> None:
        self.ids: list[str] = []
        self.metas: list[Meta] = []
        self.events: list[Event] = []
        self.tries = 0
        self._first = first

    async def __call__(self, event: Event, meta: Meta) -> None:
        self.tries += 1
        if self._first is not None:
            await self._first(event, meta)
        self.ids.append(meta.id)
        self.metas.append(meta)
        self.events.append(event)

    async def reaches(self, count: int) -> None:
        await until(lambda: len(self.ids) >= count)


async def stored(bus: Bus, stream: str) -> list[tuple[str, bytes, dict[str, str]]]:
    """Everything on a stream: subject, body, headers."""
    js = bus.client().jetstream()
    state = (await js.stream_info(stream)).state
    found = []
    for first in range(state.first_seq, state.last_seq + 1, _ASKED_AT_ONCE):
        some = range(first, min(first + _ASKED_AT_ONCE, state.last_seq + 1))
        found += await asyncio.gather(*(js.get_msg(stream, one) for one in some))
    return [(message.subject or "", message.data or b"", dict(message.headers or {})) for message in found]


def numbered(count: int, prefix: str = "m", subject: str = "stats.updated") -> list[Message]:
    """Well-formed messages with ids of their own."""
    body = b'{"eventId":"event_1","showtimeId":"showtime_1"}'
    return [Message(subject, f"{prefix}{number}", body) for number in range(count)]
