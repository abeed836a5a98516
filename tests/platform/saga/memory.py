"""The ledger in memory, with the meaning of the one in Postgres, and a database that misbehaves as that one can."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from msgspec.structs import replace

from internal.platform.faults import Unavailable
from internal.platform.saga import Plan, Saga
from internal.platform.saga.walking import Noted

__all__ = ["Book", "Memory", "Row", "moment"]

_START = datetime(2026, 1, 1, tzinfo=UTC)


def moment() -> datetime:
    """The loop's time as a date."""
    return _START + timedelta(seconds=asyncio.get_running_loop().time())


@dataclass
class Row:
    """One saga, and who has it."""

    saga: Saga
    owner: str = ""
    leased_until: datetime = _START


@dataclass
class Book:
    """What is committed."""

    rows: dict[str, Row] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    calm: bool = False
    _ends: dict[str, asyncio.Event] = field(default_factory=dict)

    def end_of(self, saga_id: str) -> asyncio.Event:
        """Set when it has ended."""
        return self._ends.setdefault(saga_id, asyncio.Event())

    def end(self, saga_id: str) -> None:
        self.ended.append(saga_id)
        self.end_of(saga_id).set()

    def begin(self, saga: Saga) -> None:
        self.rows.setdefault(saga.id, Row(saga))

    def wake(self, saga_id: str, signal: str = "") -> None:
        row = self.rows.get(saga_id)
        if row is None or not row.saga.status.live:
            return
        signals = row.saga.signals if not signal or signal in row.saga.signals else (*row.saga.signals, signal)
        due = min(row.saga.due_at, moment())
        row.saga = replace(row.saga, wakes=row.saga.wakes + 1, signals=signals, due_at=due)

    def change(self, saga: Saga) -> None:
        """A person decided, whoever has it just now."""
        row = self.rows[saga.id]
        row.saga, row.owner, row.leased_until = saga, "", _START
        if not saga.status.live:
            self.end(saga.id)


class Memory:
    """One runner's way to the book."""

    def __init__(self, book: Book, rng: Random) -> None:
        self._book = book
        self._rng = rng
        self.dead = False

    async def take(self, plans: Sequence[str], lease: str, seconds: float) -> Saga | None:
        await self._way()
        now = moment()
        free = [
            row
            for row in self._book.rows.values()
            if row.saga.status.live and row.saga.name in plans and row.saga.due_at <= now and row.leased_until <= now
        ]
        if not free:
            return None
        row = min(free, key=lambda row: row.saga.due_at)
        row.owner, row.leased_until = lease, now + timedelta(seconds=seconds)
        found = row.saga
        await self._way_back()
        return found

    async def note(self, _: Saga, saga: Saga, lease: str, *, rests: bool) -> Noted | None:
        await self._way()
        noted = self._noted(saga, lease, rests)
        await self._way_back()
        return noted

    async def end(self, _: Plan[Any], __: Saga, saga: Saga, lease: str) -> bool:
        await self._way()
        if self._noted(saga, lease, True) is None:
            return False
        self._book.end(saga.id)
        await self._way_back()
        return True

    def _noted(self, saga: Saga, lease: str, rests: bool) -> Noted | None:
        row = self._book.rows[saga.id]
        if row.owner != lease:
            return None
        now, there = moment(), row.saga
        due = min(saga.due_at, now) if there.wakes > saga.wakes else saga.due_at
        row.saga = replace(saga, due_at=due, wakes=there.wakes, signals=there.signals)
        row.owner, row.leased_until = ("", _START) if rests else (lease, now + timedelta(seconds=8.0))
        return Noted(there.wakes, there.signals, due <= now)

    async def renew(self, leases: Sequence[str], seconds: float) -> None:
        await self._way()
        if not self._book.calm and self._rng.random() < 0.3:
            return  # the process stood still, or its connection did
        for row in self._book.rows.values():
            if row.owner in leases:
                row.leased_until = moment() + timedelta(seconds=seconds)

    async def give_back(self, lease: str) -> None:
        if self.dead:
            return
        for row in self._book.rows.values():
            if row.owner == lease:
                row.owner, row.leased_until = "", _START

    async def _way(self) -> None:
        """To the database: a millisecond, rarely a pause longer than a lease, or nobody there."""
        if self._book.calm:
            await asyncio.sleep(0.001)
            return
        await asyncio.sleep(20.0 if self._rng.random() < 0.01 else self._rng.random() * 0.01)
        if self._rng.random() < 0.01:
            raise Unavailable

    async def _way_back(self) -> None:
        """Committed, and the answer is lost."""
        if not self._book.calm and self._rng.random() < 0.01:
            raise Unavailable
