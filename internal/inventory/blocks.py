"""Seats that staff take off sale, with a reason, and put back."""

from __future__ import annotations

from collections.abc import Sequence

from internal.inventory import store
from internal.inventory.domain import SeatState, wanted
from internal.inventory.faults import ShowtimeClosed
from internal.inventory.locks import Locks
from internal.inventory.opening import Openings
from internal.platform import outbox
from internal.platform.postgres import Database
from internal.platform.roles import Role, Roles
from internal.platform.tokens import Principal
from proto.inventory import SeatsBlocked, SeatsUnblocked

__all__ = ["MOST", "Blocks"]

MOST = 2_000  # seats of one call: a whole balcony, in a script of 3 ms


class Blocks:
    """For staff of the organisation whose showtime it is."""

    def __init__(self, database: Database, locks: Locks, openings: Openings, roles: Roles) -> None:
        self._database = database
        self._locks = locks
        self._openings = openings
        self._roles = roles

    async def block(self, who: Principal, showtime_id: str, seat_ids: Sequence[str], reason: str) -> None:
        """Redis first, where a buyer's hold would win; then Postgres, where it stays."""
        await self._admit(who, showtime_id)
        seats = wanted(seat_ids, MOST)
        try:
            await self._locks.block(showtime_id, seats)
        except ShowtimeClosed:
            await self._openings.open(showtime_id)
            await self._locks.block(showtime_id, seats)
        async with self._database.transaction() as tx:  # what fails here is put right by the reconciler
            await store.block(tx, showtime_id, seats, who.user_id, reason)
            told = SeatsBlocked(showtime_id=showtime_id, seat_ids=list(seats), reason=reason, user_id=who.user_id)
            await outbox.add(tx, told)

    async def unblock(self, who: Principal, showtime_id: str, seat_ids: Sequence[str]) -> list[str]:
        """On sale again; which ones were blocked."""
        await self._admit(who, showtime_id)
        async with self._database.transaction() as tx:
            freed = await store.unblock(tx, showtime_id, wanted(seat_ids, MOST))
            if freed:
                told = SeatsUnblocked(showtime_id=showtime_id, seat_ids=freed, user_id=who.user_id)
                await outbox.add(tx, told)
        if freed:
            await self._locks.settle(showtime_id, SeatState.FREE, freed)
        return freed

    async def blocked(self, who: Principal, showtime_id: str) -> list[store.Block]:
        """What is off sale, and why."""
        await self._admit(who, showtime_id)
        async with self._database.read() as tx:
            return await store.blocks(tx, showtime_id)

    async def _admit(self, who: Principal, showtime_id: str) -> None:
        showtime = await self._openings.showtime(showtime_id)
        await self._roles.require(who, showtime.organization_id, at_least=Role.STAFF)
