"""Compares two truths about the seats of open showtimes, Redis with Postgres, and repairs Redis.

A difference is repaired when two looks in a row see the same one: between Postgres' commit and Redis' script every seat
differs for a moment.
"""

from __future__ import annotations

from collections import OrderedDict

from structlog.typing import FilteringBoundLogger

from internal.inventory import store
from internal.inventory.claims import Claims
from internal.inventory.domain import SeatState, difference
from internal.inventory.locks import Locks
from internal.inventory.opening import Openings
from internal.inventory.store import Showtime
from internal.platform.postgres import Database

__all__ = ["Reconciler"]

_PAGE = 200  # showtimes of one look
_SUSPECTS = 10_000  # differences remembered from one look to the next


class Reconciler:
    """`repaired` counts seats, for the metrics."""

    def __init__(
        self, database: Database, locks: Locks, openings: Openings, claims: Claims, log: FilteringBoundLogger
    ) -> None:
        self._database = database
        self._locks = locks
        self._openings = openings
        self._claims = claims
        self._log = log
        self._suspects: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._after = ""
        self.repaired = 0

    async def run_once(self) -> int:
        """Look at the next page of showtimes; never "more to do"."""
        async with self._database.read() as tx:
            showtimes = await store.showtimes_on_sale(tx, self._after, _PAGE)
        self._after = showtimes[-1].showtime_id if len(showtimes) == _PAGE else ""
        for showtime in showtimes:
            await self.compare(showtime)
        return 0

    async def compare(self, showtime: Showtime) -> int:
        """One showtime, if it is open; how many seats were repaired."""
        states = await self._locks.map(showtime.showtime_id)
        if states is None:
            return 0
        hall = await self._openings.hall(showtime.layout_hash)
        async with self._database.read() as tx:
            rows = await store.seats(tx, showtime.showtime_id)
        wrong = difference(hall.index, states, {row.seat_id: row.state for row in rows})
        orders = {row.seat_id: row.order_id or "" for row in rows}
        repaired = 0
        for seat, state in wrong.items():
            if self._suspects.pop((showtime.showtime_id, seat), None) != state.value:
                self._remember(showtime.showtime_id, seat, state)
                continue
            was = SeatState(chr(states[hall.index[seat]]))
            await self._claims.mend(showtime.showtime_id, seat, state, was, orders.get(seat, ""))
            repaired += 1
        self.repaired += repaired
        if repaired:
            self._log.warning("seats repaired", showtime=showtime.showtime_id, seats=repaired)
        return repaired

    def _remember(self, showtime_id: str, seat: str, state: SeatState) -> None:
        while len(self._suspects) >= _SUSPECTS:
            self._suspects.popitem(last=False)
        self._suspects[showtime_id, seat] = state.value
