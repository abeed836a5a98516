"""The buyer's steps: hold, choose, refresh, release, look. The claims of orders are in `claims`, blocks in `blocks`."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from internal.inventory import store
from internal.inventory.best import Wanted, choose
from internal.inventory.config import Config
from internal.inventory.domain import Hold, SeatState, hold_id_of, hold_of, moment, new_hold_id, outcome, wanted
from internal.inventory.faults import HoldEnded, HoldNotYours, NotEnoughSeats, SeatTaken, ShowtimeClosed, UnknownSeat
from internal.inventory.hall import Hall
from internal.inventory.locks import Allowance, Asked, Locks
from internal.inventory.opening import Openings, Reopening
from internal.inventory.recovery import Recovery
from internal.platform.bus import Passing
from internal.platform.ids import is_id
from internal.platform.postgres import Database
from proto.seatkeys import shard_of

__all__ = ["Holds", "trailer"]

T = TypeVar("T")

_ROUNDS = (
    2  # times the best seats are chosen anew after all of 32 choices were snatched; then the script itself chooses
)


def trailer() -> str:
    """The request and the trace, as they travel with a fact through Redis."""
    headers = Passing().outgoing()
    return f"{headers.get('X-Request-Id', '')}|{headers.get('traceparent', '')}"


class Holds:
    """One method for each thing a buyer does."""

    def __init__(
        self, locks: Locks, recovery: Recovery, openings: Openings, database: Database, config: Config
    ) -> None:
        self._locks = locks
        self._recovery = recovery
        self._openings = openings
        self._database = database
        self._config = config
        self.allowance = Allowance(config.holds_interval_ms, config.holds_burst)

    async def keyed(self, showtime_id: str, user_id: str, key: str) -> str:
        """The id of the hold that this key makes, the same for each try; another one when that was bought.

        A key is forgotten after a day and may come anew, and nobody could buy the same hold twice.
        """
        hold_id = hold_id_of(showtime_id, user_id, key)
        async with self._database.read() as tx:
            while bought := await store.claim_that_bought(tx, hold_id):
                hold_id = hold_id_of(showtime_id, user_id, f"{key} {bought.order_id}")
        return hold_id

    async def made(self, hold_id: str, user_id: str) -> Hold | None:
        """The hold of this id, if an earlier try of the same request made it and nobody was told."""
        try:
            return await self.look(hold_id, user_id)
        except HoldEnded:
            return None

    async def own(self, showtime_id: str, user_id: str, seat_ids: Sequence[str]) -> Hold | None:
        """The user's own hold of exactly these seats, made in whatever way."""
        owners = await self._locks.owners(showtime_id, seat_ids)
        if len(owners) != 1:
            return None
        try:
            found = await self.look(owners.pop(), user_id)
        except (HoldEnded, HoldNotYours):
            return None
        return found if set(found.seat_ids) == set(seat_ids) else None

    async def hold(
        self, showtime_id: str, user_id: str, seat_ids: Sequence[str], *, hold_id: str | None = None
    ) -> Hold:
        """These seats, all or none. `hold_id` is given where the request's key names the hold."""
        hold_id = hold_id or new_hold_id(shard_of(showtime_id))
        seats = wanted(seat_ids, self._config.seats_at_once)

        async def ask() -> Hold:
            hall = await self._openings.hall_of(showtime_id)
            asked = Asked(showtime_id, hold_id, user_id, trailer(), seats, hall.places_of(seats))
            reply = await self._locks.hold(asked, self.allowance)
            return hold_of(outcome(reply) + ",".join(seats), hold_id, showtime_id)

        return await self._opened(showtime_id, ask)

    async def hold_best(self, showtime_id: str, user_id: str, need: Wanted, *, hold_id: str | None = None) -> Hold:
        """The best seats for a party: chosen on a fresh picture, taken atomically, again if somebody was faster."""
        wanted([str(n) for n in range(need.size)], self._config.seats_at_once)

        async def ask() -> Hold:
            hall = await self._openings.hall_of(showtime_id)
            for _ in range(_ROUNDS):
                groups = choose(hall.plan, await self._map(showtime_id), need, spread=random.getrandbits(16))
                if not groups:
                    raise NotEnoughSeats
                named = [[hall.places[place] for place in group] for group in groups]
                try:
                    return await self._locks.hold_first(
                        showtime_id, user_id, self.allowance, trailer(), named, hold_id=hold_id
                    )
                except SeatTaken:
                    continue
            return await self._hold_any(hall, showtime_id, user_id, need, hold_id)

        return await self._opened(showtime_id, ask)

    async def hold_standing(
        self, showtime_id: str, user_id: str, area_id: str, quantity: int, *, hold_id: str | None = None
    ) -> Hold:
        """Places without names."""
        wanted([str(n) for n in range(quantity)], self._config.seats_at_once)

        async def ask() -> Hold:
            hall = await self._openings.hall_of(showtime_id)
            stretch = hall.area(area_id)
            return await self._locks.hold_within(
                showtime_id, user_id, self.allowance, trailer(), quantity, [stretch], hold_id=hold_id
            )

        return await self._opened(showtime_id, ask)

    async def refresh(self, hold_id: str, user_id: str) -> Hold:
        """More time."""
        expires, left, seats = await self._locks.refresh(hold_id, user_id, trailer())
        record = await self._locks.read(hold_id)
        if record is None:
            raise HoldEnded
        return Hold(
            hold_id=hold_id, showtime_id=record[4], seat_ids=seats, expires_at=moment(expires), refreshes_left=left
        )

    async def refresh_seat(self, showtime_id: str, seat_id: str, user_id: str) -> Hold:
        """More time for the hold that has this seat, if it is one's own."""
        for owner in await self._locks.owners(showtime_id, [seat_id]):
            return await self.refresh(owner, user_id)
        raise HoldEnded

    async def release(self, hold_id: str, user_id: str, seat_ids: Sequence[str] = ()) -> Hold | None:
        """All of it, or some seats; what remains."""
        record = await self._locks.read(hold_id)
        expires, left, seats = await self._locks.release(hold_id, user_id, trailer(), seat_ids)
        if not seats or record is None:
            return None
        return Hold(
            hold_id=hold_id, showtime_id=record[4], seat_ids=seats, expires_at=moment(expires), refreshes_left=left
        )

    async def look(self, hold_id: str, user_id: str) -> Hold:
        """A hold of one's own."""
        record = await self._locks.read(hold_id)
        if record is None:
            missing = await self._recovery.missing()
            record = await self._locks.read(hold_id)  # it may have come back between our two looks
            if record is None:
                raise missing
        expires, refreshes, _, owner, showtime_id, seats, _ = record
        if owner != user_id:
            raise HoldNotYours
        if await self._locks.now_ms() >= int(expires):
            raise HoldEnded
        return Hold(
            hold_id=hold_id,
            showtime_id=showtime_id,
            seat_ids=seats.split(","),
            expires_at=moment(expires),
            refreshes_left=int(refreshes),
        )

    async def holds_of(self, event_id: str, user_id: str) -> list[Hold]:
        """The live holds of one buyer in all showtimes of an event."""
        found: list[Hold] = []
        for one in await self._showtimes_of(event_id):
            found += await self._opened(one.showtime_id, partial(self._holds_in, one.showtime_id, user_id))
        return found

    async def holds_in(self, showtime_ids: Sequence[str], user_id: str) -> list[Hold]:
        """The live holds of one buyer in these showtimes, as far as they are open."""
        found: list[Hold] = []
        for showtime_id in showtime_ids:
            try:
                found += await self._holds_in(showtime_id, user_id)
            except (ShowtimeClosed, Reopening):
                continue
        return found

    async def _holds_in(self, showtime_id: str, user_id: str) -> list[Hold]:
        if not await self._locks.seats_of_buyer(showtime_id, user_id):
            return []
        hall, states = await self._openings.hall_of(showtime_id), await self._map(showtime_id)
        held = [place for place, state in zip(hall.places, states, strict=True) if state == ord(SeatState.HELD.value)]
        found = []
        for hold_id in sorted(await self._locks.owners(showtime_id, held)):
            try:
                found.append(await self.look(hold_id, user_id))
            except (HoldEnded, HoldNotYours):
                continue
        return found

    async def status(self, showtime_id: str, seat_id: str) -> SeatState:
        """The state of one seat."""

        async def ask() -> SeatState:
            hall = await self._openings.hall_of(showtime_id)
            if seat_id not in hall.index:
                raise UnknownSeat(f"There is no seat {seat_id} here.", seatId=seat_id)
            return SeatState(chr((await self._map(showtime_id))[hall.index[seat_id]]))

        return await self._opened(showtime_id, ask)

    async def showtime_of(self, event_id: str) -> str:
        """The showtime that an event's short routes mean: its next one, or the last if all have begun."""
        showtimes = await self._showtimes_of(event_id)
        if not showtimes:
            raise ShowtimeClosed("There is no such event, or nothing of it can be held.")
        now = datetime.now(UTC)
        return next((one.showtime_id for one in showtimes if one.starts_at > now), showtimes[-1].showtime_id)

    async def _showtimes_of(self, event_id: str) -> list[store.Showtime]:
        if not is_id("event", event_id):  # Postgres takes no NUL in a text
            return []
        async with self._database.read() as tx:
            return await store.showtimes_of_event(tx, event_id)

    async def _hold_any(self, hall: Hall, showtime_id: str, user_id: str, need: Wanted, hold_id: str | None) -> Hold:
        """The last resort: inside the script, where nobody can be faster. It looks at the best rows first."""
        stretches = hall.stretches(need)
        return await self._locks.hold_within(
            showtime_id, user_id, self.allowance, trailer(), need.size, stretches, hold_id=hold_id
        )

    async def _opened(self, showtime_id: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask; if the showtime is not in Redis, open it and ask once more."""
        try:
            return await ask()
        except (ShowtimeClosed, Reopening):
            await self._openings.open(showtime_id)
            return await ask()

    async def _map(self, showtime_id: str) -> bytes:
        states = await self._locks.map(showtime_id)
        if states is None:
            raise ShowtimeClosed
        return states
