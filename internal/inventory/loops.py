"""What the inventory does by itself: tell, sweep, show, and look after what was left lying.

The shards are shared among the replicas, so that each line is told and each hold is swept by one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

import msgspec
from structlog.typing import FilteringBoundLogger

from internal.inventory.claims import Claims
from internal.inventory.config import Config
from internal.inventory.facts import News, Pictures, read
from internal.inventory.locks import Locks
from internal.inventory.outbox import Entry, Outbox
from internal.platform.bus import Bus
from internal.platform.faults import Unavailable
from internal.platform.redis import Shares

__all__ = ["Relay", "Sweep"]

_encode = msgspec.json.encode
_AT_ONCE = 1000  # lines read, published and deleted together: one atomic batch, 4 ms in which nobody else is served


class Relay:
    """From the shards' outboxes to JetStream, and on to the live pictures.

    A line is deleted once JetStream has it. Killed in between, it is told again under the same id, which JetStream and
    the consumers' inbox know.
    """

    def __init__(self, outbox: Outbox, bus: Bus, shares: Shares, config: Config) -> None:
        self._outbox = outbox
        self._bus = bus
        self._shares = shares
        self._most = config.relay_batch
        self._pictures = Pictures()
        self._news: list[News] = []  # for people about their own holds
        self._show_every = config.picture_every
        self._shown_at = 0.0
        self.told = 0

    async def run_once(self) -> int:
        """Tell what is waiting; how many lines that was."""
        if not self._shares.mine or not self._bus.ready:
            return 0
        entries = await self._outbox.read(self._shares.mine, self._most)
        # Two at a time: one is made ready while NATS stores the other. A shard's lines stay in their order.
        sides = ([entry for entry in entries if entry.shard % 2 == side] for side in (0, 1))
        await asyncio.gather(*(self._tell_all(side) for side in sides))
        # A pause between rounds lets a batch gather; what fills one by itself is worth another round at once.
        lines = sum(len(entry.lines) for entry in entries)
        return lines if lines >= _AT_ONCE else 0

    async def _tell_all(self, entries: list[Entry]) -> None:
        for some in _chunks(entries, _AT_ONCE):
            await self._tell(some)

    async def _tell(self, entries: list[Entry]) -> None:
        facts = [read(entry.number.decode(), line) for entry in entries for line in entry.lines]
        # People see first what is true in Redis already; told again after a failure, a picture changes nothing.
        self._pictures.gather(change for _, change, _ in facts)
        self._news += [news for _, _, news in facts if news is not None]
        await self.show_once()
        await self._bus.publish_batch([message for message, _, _ in facts if message is not None])
        last = {entry.shard: entry.number for entry in entries}
        await asyncio.gather(*(self._outbox.forget(shard, number) for shard, number in last.items()))
        self.told += len(facts)

    async def show_once(self) -> int:
        """Show what has changed since the last time, unless that was just now."""
        now = monotonic()
        if now - self._shown_at < self._show_every or not self._bus.ready:
            return 0
        self._shown_at = now
        news, self._news = self._news, []
        shown = [(picture.to(), _encode(picture).decode()) for picture in self._pictures.take()]
        # a gap in the versions tells who watches to read the snapshot again
        with suppress(Unavailable):
            await self._bus.show_all([*shown, *news])
        return 0


class Sweep:
    """Frees expired holds, and has claims settled that were begun and left."""

    def __init__(self, locks: Locks, claims: Claims, shares: Shares, config: Config, log: FilteringBoundLogger) -> None:
        self._locks = locks
        self._claims = claims
        self._shares = shares
        self._most = config.sweep_batch
        self._log = log
        self.freed = 0

    async def run_once(self) -> int:
        """One batch in each shard; how many holds were looked at where more may be due."""
        results = await asyncio.gather(*(self._locks.sweep(shard, self._most) for shard in self._shares.mine))
        looked_at = 0
        for count, unsettled in results:
            self.freed += count - len(unsettled)
            looked_at += count - len(unsettled)
            for hold_id in unsettled:
                self._log.info("a claim was left unsettled", hold=hold_id)
                try:
                    await self._claims.settle(hold_id)
                except Unavailable:  # Postgres is away; holds go on expiring, and this one is asked about again
                    break
        return looked_at if looked_at >= self._most else 0


def _chunks(entries: list[Entry], most: int) -> Iterator[list[Entry]]:
    """In their order, each chunk of about so many lines."""
    chunk: list[Entry] = []
    lines = 0
    for entry in entries:
        chunk.append(entry)
        lines += len(entry.lines)
        if lines >= most:
            yield chunk
            chunk, lines = [], 0
    if chunk:
        yield chunk
