"""Compares two truths about the seats of open showtimes, Redis with Postgres, and repairs Redis.

A difference counts when two looks in a row see the same one: between Postgres' commit and Redis' script every seat
differs for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice

from internal.inventory import store
from internal.inventory.claims import Claims
from internal.inventory.domain import SeatState, difference
from internal.inventory.locks import Locks
from internal.inventory.opening import Openings
from internal.inventory.store import Showtime
from internal.platform.postgres import Database
from proto.reconcile import Difference

__all__ = ["SeatReconciler"]

_Wrong = Mapping[str, tuple[SeatState, SeatState, str]]  # seat -> what it is in Redis, what it should be, whose it is

_PAGE = 200  # showtimes of one look
_SUSPECTS = 10_000  # differences remembered from one look to the next: repaired, they make room for the others
_BETWEEN = 0.5  # seconds between two looks that are asked for: Redis follows Postgres' commit within milliseconds


class SeatReconciler:
    """What differs, seat by seat."""

    def __init__(self, database: Database, locks: Locks, openings: Openings, claims: Claims) -> None:
        self._database = database
        self._locks = locks
        self._openings = openings
        self._claims = claims
        self._suspects: dict[str, dict[str, SeatState]] = {}  # by showtime, by seat: what it should be
        self._after = ""

    async def run_once(self, repair: bool) -> Sequence[Difference]:
        """Every showtime on sale; and those where something differs again, a moment later."""
        suspected, after = [], ""
        while showtimes := await self._page(after):
            for showtime in showtimes:
                wrong = await self._wrong(showtime)
                self._suspect(showtime.showtime_id, wrong)
                suspected += [showtime] if wrong else []
            after = showtimes[-1].showtime_id
        if suspected:
            await asyncio.sleep(_BETWEEN)
        return [found for showtime in suspected for found in await self.compare(showtime, repair=repair)]

    async def next_page(self, repair: bool) -> Sequence[Difference]:
        """Some showtimes, others each time: what the loop looks at."""
        showtimes = await self._page(self._after)
        self._after = showtimes[-1].showtime_id if len(showtimes) == _PAGE else ""
        return [found for showtime in showtimes for found in await self.compare(showtime, repair=repair)]

    async def compare(self, showtime: Showtime, *, repair: bool = True) -> list[Difference]:
        """One showtime, if it is open: what differs now as it did at the last look."""
        found = []
        wrong = await self._wrong(showtime)
        suspects = self._suspect(showtime.showtime_id, wrong)
        for seat, (was, state, order_id) in wrong.items():
            if suspects.get(seat) is not state:
                continue
            if repair:
                self._suspects.get(showtime.showtime_id, {}).pop(seat, None)
                await self._claims.mend(showtime.showtime_id, seat, state, was, order_id)
            thing = f"{showtime.showtime_id} seat {seat}" + (f" of {order_id}" if order_id else "")
            had, has = f"{was.name.lower()} in Redis", f"{state.name.lower()} in Postgres"
            found.append(Difference(thing=thing, found=had, expected=has, repaired=repair))
        return found

    async def _page(self, after: str) -> list[Showtime]:
        async with self._database.read() as tx:
            return await store.showtimes_on_sale(tx, after, _PAGE)

    async def _wrong(self, showtime: Showtime) -> _Wrong:
        states = await self._locks.map(showtime.showtime_id)
        if states is None:
            return {}
        hall = await self._openings.hall(showtime.layout_hash)
        async with self._database.read() as tx:
            rows = await store.seats(tx, showtime.showtime_id)
        orders = {row.seat_id: row.order_id or "" for row in rows}
        wrong = difference(hall.index, states, {row.seat_id: row.state for row in rows})
        return {
            seat: (SeatState(chr(states[hall.index[seat]])), state, orders.get(seat, ""))
            for seat, state in wrong.items()
        }

    def _suspect(self, showtime_id: str, wrong: _Wrong) -> dict[str, SeatState]:
        """Suspect what differs now, as far as there is room, and nothing else; what was suspected before."""
        before = self._suspects.pop(showtime_id, {})
        room = _SUSPECTS - sum(map(len, self._suspects.values()))
        if suspects := {seat: state for seat, (_, state, _) in islice(wrong.items(), room)}:
            self._suspects[showtime_id] = suspects
        return before
