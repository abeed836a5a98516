"""Compares the counts of open showtimes with Redis' map, section by section, and puts them right.

Held seats go free without a word when Redis is emptied, or when a lock's own time ends before the sweep comes. The map
is the truth about what is held, and inventory's own reconciler sees to it that it says of sold and blocked seats what
Postgres says. Facts that are on their way differ for a moment, so a difference counts when two looks see the same one
and our durables have nothing left to do; should it be a fact that lay in an outbox all the while, the next looks find
the opposite difference.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from internal.platform.bus import Bus, behind
from internal.platform.postgres import Database, Tx
from internal.platform.redis import Lane
from internal.stats.consumers import COUNTED
from internal.stats.domain import Blocking, Hall
from internal.stats.handlers import Showtimes
from internal.stats.store import counts
from internal.stats.store import showtimes as store
from internal.stats.store.showtimes import Known
from proto.reconcile import Difference
from proto.seatkeys import BLOCKED, CLAIMED, HELD, SOLD, map_key

__all__ = ["StatsReconciler"]

_PAGE = 200  # showtimes of one look of the loop
_BETWEEN = 0.5  # seconds between two looks that are asked for: facts are counted within a third of that
_WHOLE = ""


class Seen(NamedTuple):
    """Held, sold, blocked."""

    held: int
    sold: int
    blocked: int


Wrong = dict[str, tuple[Seen, Seen]]  # section -> counted, and as it is in Redis


class StatsReconciler:
    """`changed` is told of which events there are other counts now."""

    def __init__(
        self,
        database: Database,
        lane: Lane,
        bus: Bus,
        showtimes: Showtimes,
        changed: Callable[[Collection[str]], Awaitable[None]],
    ) -> None:
        self._database = database
        self._lane = lane
        self._bus = bus
        self._showtimes = showtimes
        self._changed = changed
        self._suspects: dict[str, Wrong] = {}
        self._after = ""

    async def run_once(self, repair: bool) -> Sequence[Difference]:
        """All of them, and those that differ once more a moment later."""
        suspected, after = [], ""
        while page := await self._page(after):
            for known in page:
                if wrong := await self._look(known):
                    self._suspects[known.showtime_id] = wrong
                    suspected.append(known)
            after = page[-1].showtime_id
        if suspected:
            await asyncio.sleep(_BETWEEN)
        return [found for known in suspected for found in await self._compare(known, repair)]

    async def next_page(self, repair: bool) -> Sequence[Difference]:
        """Some of them, others each time: what the loop looks at."""
        page = await self._page(self._after)
        self._after = page[-1].showtime_id if len(page) == _PAGE else ""
        return [found for known in page for found in await self._compare(known, repair)]

    async def heal(self, showtime_ids: Sequence[str]) -> Sequence[Difference]:
        """These, after their counts were made anew."""
        async with self._database.read() as tx:
            page = await store.known(tx, showtime_ids)
        for known in page:
            if wrong := await self._look(known):
                self._suspects[known.showtime_id] = wrong
        if not self._suspects:
            return []
        await asyncio.sleep(_BETWEEN)
        return [found for known in page for found in await self._compare(known, repair=True)]

    async def _page(self, after: str) -> list[Known]:
        async with self._database.read() as tx:
            return await store.on_sale(tx, after, _PAGE)

    async def _compare(self, known: Known, repair: bool) -> list[Difference]:
        before = self._suspects.pop(known.showtime_id, None)
        wrong = await self._look(known)
        if not wrong:
            return []
        if wrong != before or await self._behind():
            self._suspects[known.showtime_id] = wrong
            return []
        repaired = repair and await self._repair(known, wrong)
        return [
            Difference(
                thing=f"{known.showtime_id}" + (f" section {section}" if section else ""),
                found=_said(counted),
                expected=_said(real),
                repaired=repaired,
            )
            for section, (counted, real) in wrong.items()
        ]

    async def _behind(self) -> bool:
        return any(one.durable in COUNTED for one in await behind(self._bus))

    async def _look(self, known: Known) -> Wrong:
        states: bytes | None = await self._lane.command("GET", map_key(known.showtime_id))
        if states is None:
            return {}
        hall = await self._showtimes.hall_of(known)
        async with self._database.read() as tx:
            rows = await counts.counted(tx, known.showtime_id, known.generation)
        wrong = {}
        for section, real in _real(hall, states).items():
            row = rows.get(section)
            counted = Seen(row.held, row.sold, row.blocked) if row else Seen(0, 0, 0)
            if counted != real:
                wrong[section] = counted, real
        return wrong

    async def _repair(self, known: Known, wrong: Wrong) -> bool:
        """Unless something was counted since we looked."""
        states: bytes | None = await self._lane.command("GET", map_key(known.showtime_id))
        hall = await self._showtimes.hall_of(known)

        async def work(tx: Tx) -> bool:
            (now,) = await store.lock(tx, [known.showtime_id])
            if states is None or now.building is not None or now.generation != known.generation:
                return False
            rows = await counts.counted(tx, known.showtime_id, now.generation)
            for section, (counted, _) in wrong.items():
                row = rows.get(section)
                if counted != (Seen(row.held, row.sold, row.blocked) if row else Seen(0, 0, 0)):
                    return False
            real = {section: (seen.held, seen.sold) for section, (_, seen) in wrong.items()}
            await counts.adjust(tx, known.showtime_id, now.generation, real)
            await self._block(tx, now, hall, states)
            await store.touch(tx, [known.showtime_id])
            return True

        done = await self._database.run(work)
        await self._changed([known.event_id])
        return done

    async def _block(self, tx: Tx, known: Known, hall: Hall, states: bytes) -> None:
        counted = await counts.blocked(tx, known.showtime_id, known.generation)
        real = {place for place, state in zip(hall.places, states, strict=False) if chr(state) == BLOCKED}
        now = datetime.now(UTC)
        words = [Blocking(known.showtime_id, seat, seat in real, now) for seat in sorted(counted ^ real)]
        if words:
            await counts.block(tx, words, known.generation, hall)


def _real(hall: Hall, states: bytes) -> dict[str, Seen]:
    held, sold, blocked = (hall.seen(states, *marks) for marks in ((HELD, CLAIMED), (SOLD,), (BLOCKED,)))
    found = {section: Seen(held[section], sold[section], blocked[section]) for section in held}
    return {_WHOLE: Seen(sum(held.values()), sum(sold.values()), sum(blocked.values())), **found}


def _said(seen: Seen) -> str:
    return f"{seen.held} held, {seen.sold} sold, {seen.blocked} blocked"
