"""What was just read, for a second: at on-sale thousands ask for the same thing, and one of them pays for it.

A load that was under way when its thing was dropped is for those who asked before the drop; it is in nobody's hands
afterwards, because the drop took its entry away and the load writes nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

__all__ = ["Recent"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_SECONDS = 1.0
_MOST = 1_024  # entries; an event page is about 3 kB, so 3 MB, and a process serves far fewer in one second


class Recent(Generic[K, V]):
    """Reads a thing once for all who ask within a second. Failures are told to those who wait, and not kept."""

    def __init__(self, seconds: float = _SECONDS, most: int = _MOST, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._entries: dict[K, tuple[float, asyncio.Future[V]]] = {}

    def known(self, key: K) -> V | None:
        """The thing if it is here, without waiting."""
        entry = self._entries.get(key)
        if entry is None or not entry[1].done() or entry[0] <= self._clock():
            return None
        return None if entry[1].cancelled() or entry[1].exception() else entry[1].result()

    async def get(self, key: K, load: Callable[[], Awaitable[V]]) -> V:
        """The thing, as it was at most a second ago."""
        entry = self._entries.get(key)
        if entry is None or entry[0] <= self._clock():
            entry = self._begin(key, load)
        return await asyncio.shield(entry[1])  # one asker who leaves takes nothing away from the others

    def drop(self, key: K) -> None:
        """It has changed."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Any of it may have changed."""
        self._entries.clear()

    def _begin(self, key: K, load: Callable[[], Awaitable[V]]) -> tuple[float, asyncio.Future[V]]:
        self._entries.pop(key, None)
        while len(self._entries) >= self._most:
            del self._entries[next(iter(self._entries))]  # the oldest
        loading: asyncio.Future[V] = asyncio.ensure_future(_awaited(load))
        entry = (self._clock() + self._seconds, loading)
        self._entries[key] = entry

        def failed(ended: asyncio.Future[V]) -> None:
            if (ended.cancelled() or ended.exception()) and self._entries.get(key) is entry:
                del self._entries[key]

        loading.add_done_callback(failed)
        return entry


async def _awaited(load: Callable[[], Awaitable[V]]) -> V:
    return await load()
