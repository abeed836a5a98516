"""Words that reach a saga without going through the database: to the one who walks it, and to those who wait for it.

A hint and no more. A step that heard nothing looks by itself after a while, so nothing depends on its arrival; it
saves the buyer the time, and the database the work, of a wake. What must not be lost goes by `wake`, which is a row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from structlog.typing import FilteringBoundLogger

from internal.platform.bus import Bus
from internal.platform.faults import Unavailable
from internal.platform.saga.domain import Saga
from proto.live import SagaNews

__all__ = ["Ear", "Hearing", "Watch"]


class Ear:
    """Of one saga that is being walked in this process."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._news = asyncio.Event()

    def tell(self, word: str) -> None:
        """Something happened that its step may be waiting for."""
        self._told.add(word)
        self._news.set()

    async def hears(self, word: str, seconds: float) -> bool:
        """Whether that was told already, or is within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while word not in self._told:
                    self._news.clear()
                    await self._news.wait()
        return word in self._told


class Watch:
    """Of somebody who waits for what becomes of a saga."""

    def __init__(self) -> None:
        self._saga: Saga | None = None
        self._news = asyncio.Event()
        self.heard = 0

    def tell(self, saga: Saga | None) -> None:
        """How it stands; None is for: look."""
        self._saga = saga
        self.heard += 1
        self._news.set()

    async def next(self, seconds: float) -> Saga | None:
        """The saga as it was told last, or None when it is time to look."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()
        saga, self._saga = self._saga, None
        return saga


class Hearing:
    """Who listens in this process, and how the other replicas are told."""

    def __init__(self, name: str, bus: Bus | None, log: FilteringBoundLogger) -> None:
        self._name = name
        self._bus = bus
        self._log = log
        self._ears: dict[str, Ear] = {}
        self._watches: dict[str, set[Watch]] = {}

    @contextmanager
    def listening(self, saga_id: str) -> Iterator[Ear]:
        """The ear of a saga while it is walked here."""
        ear = self._ears[saga_id] = Ear()
        try:
            yield ear
        finally:
            if self._ears.get(saga_id) is ear:
                del self._ears[saga_id]

    @contextmanager
    def watching(self, saga_id: str) -> Iterator[Watch]:
        """Told whenever the saga rests or ends."""
        watch = Watch()
        watches = self._watches.setdefault(saga_id, set())
        watches.add(watch)
        try:
            yield watch
        finally:
            watches.discard(watch)
            if not watches and self._watches.get(saga_id) is watches:
                del self._watches[saga_id]

    async def whisper(self, saga_id: str, word: str) -> bool:
        """Tell whoever walks it; whether that is this process."""
        if (ear := self._ears.get(saga_id)) is not None:
            ear.tell(word)
            return True
        await self._show(saga_id, word)
        return False

    async def stands(self, saga: Saga) -> None:
        """It rests or has ended: who waits for it is told, here or elsewhere."""
        if watches := self._watches.get(saga.id):
            for watch in watches:
                watch.tell(saga)
        else:
            await self._show(saga.id, "")

    async def listen(self) -> None:
        """Hear the other replicas, across reconnects."""
        if self._bus is not None:
            await self._bus.watch(SagaNews, self._name, self._heard)

    async def _show(self, saga_id: str, word: str) -> None:
        if self._bus is not None:
            with suppress(Unavailable):
                await self._bus.show(SagaNews(service=self._name, saga_id=saga_id, word=word))

    async def _heard(self, news: SagaNews) -> None:
        if news.word:
            if (ear := self._ears.get(news.saga_id)) is not None:
                ear.tell(news.word)
        else:
            for watch in self._watches.get(news.saga_id, ()):
                watch.tell(None)
