"""Opening: how Redis learns what Postgres knows, before the first hold of a showtime and after Redis was emptied.

A showtime that is not in Redis is opened by whoever asks for it first: its sold, claimed and blocked seats come from
Postgres, in one script. If Redis was emptied (its mark is gone), the holds that were alive come back too, out of the
facts in JetStream; until that is done nothing is opened, so that nobody's hold is given to somebody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from structlog.typing import FilteringBoundLogger

from internal.inventory import store
from internal.inventory.config import Config
from internal.inventory.domain import STATES, LiveHold, SeatState, after_facts, claimed_after_facts
from internal.inventory.faults import ShowtimeClosed
from internal.inventory.hall import Hall
from internal.inventory.locks import Locks, Opening
from internal.inventory.recovery import Recovery
from internal.inventory.store import Layout, SeatRow, Showtime
from internal.platform.bus import Bus, history
from internal.platform.faults import Unavailable
from internal.platform.layouts import layout_pages
from internal.platform.postgres import Database
from proto import Event
from proto.inventory import ClaimCreated, ClaimReleased, HoldCreated, HoldExpired, HoldRefreshed, HoldReleased

__all__ = ["Openings", "Reopening"]

T = TypeVar("T")

_HALLS = 16  # layouts kept: at 12 MB for one of 50,000 seats, as much as a process may spend on them
_LATE = timedelta(seconds=10)  # between what catalog says of the time and our commit: more, and the buyer asks first
_SHOWTIMES = 10_000  # showtimes whose hall is known without a look into Postgres: a few hundred bytes each
_UNKNOWN_FOR = 1.0  # seconds for which an id that nobody knows is not looked up again
_UNKNOWN_KEPT = 10_000
_LOOKED_BACK = timedelta(hours=1)  # at least, into the facts: a showtime's holds may have been longer until just now
_LONGEST_WAIT = 5.0  # seconds a request waits for somebody else's recovery before it is told to come again
_PAGE = 200  # showtimes looked at before the turn is renewed
_FACTS = (HoldCreated, HoldRefreshed, HoldReleased, HoldExpired, ClaimCreated, ClaimReleased)


class Reopening(Unavailable):
    """The seats are being read again; try again in a moment."""


class Openings:
    """Opens showtimes, each once however many ask, and brings the holds back after Redis was emptied."""

    def __init__(
        self,
        database: Database,
        locks: Locks,
        recovery: Recovery,
        bus: Bus,
        config: Config,
        replica: str,
        log: FilteringBoundLogger,
    ) -> None:
        self._database = database
        self._locks = locks
        self._recovery = recovery
        self._bus = bus
        self._config = config
        self._replica = replica
        self._log = log
        self._halls: dict[str, Hall] = {}
        self._halls_of: dict[str, Hall] = {}
        self._learnt = datetime.now(UTC) - timedelta(days=400)  # nothing is on sale for longer
        self._unknown: dict[str, float] = {}
        self._under_way: dict[str, asyncio.Task[Any]] = {}

    async def showtime(self, showtime_id: str) -> Showtime:
        """What is known of it, or `ShowtimeClosed`."""
        now = asyncio.get_running_loop().time()
        if self._unknown.get(showtime_id, 0) > now:
            raise ShowtimeClosed
        async with self._database.read() as tx:
            found = await store.showtime(tx, showtime_id)
        if found is None or not found.on_sale:
            if len(self._unknown) >= _UNKNOWN_KEPT:
                self._unknown.clear()
            self._unknown[showtime_id] = now + _UNKNOWN_FOR
            raise ShowtimeClosed
        return found

    def forget_unknown(self, showtime_id: str) -> None:
        """It is known from now on."""
        self._unknown.pop(showtime_id, None)

    def known_hall(self, showtime_id: str) -> Hall | None:
        """The hall of a showtime that this process has seen: its layout never changes once it is on sale."""
        return self._halls_of.get(showtime_id)

    async def hall_of(self, showtime_id: str) -> Hall:
        """The hall of a showtime, or `ShowtimeClosed`."""
        if (hall := self._halls_of.get(showtime_id)) is not None:
            return hall
        return await self._shared(f"hall of {showtime_id}", lambda: self._look_up_hall(showtime_id))

    async def _look_up_hall(self, showtime_id: str) -> Hall:
        hall = await self.hall((await self.showtime(showtime_id)).layout_hash)
        self._keep(showtime_id, hall)
        return hall

    async def learn(self) -> int:
        """The step of the loop that reads which halls new showtimes are sold in, before their first buyers ask."""
        async with self._database.read() as tx:
            told = await store.told_since(tx, self._learnt - _LATE, _SHOWTIMES)
        for one in told:
            if one.showtime_id not in self._halls_of and (one.layout_hash in self._halls or len(self._halls) < _HALLS):
                self._keep(one.showtime_id, await self.hall(one.layout_hash))
            self._learnt = max(self._learnt, one.told_at)
        return 0

    def _keep(self, showtime_id: str, hall: Hall) -> None:
        while len(self._halls_of) >= _SHOWTIMES:
            del self._halls_of[next(iter(self._halls_of))]
        self._halls_of[showtime_id] = hall

    async def hall(self, layout_hash: str) -> Hall:
        """The hall of a layout that is in our Postgres."""
        hall = self._halls.get(layout_hash)
        if hall is None:
            async with self._database.read() as tx:
                layout = await store.layout(tx, layout_hash)
            if layout is None:
                raise Reopening("The hall of this showtime is not known yet.")
            hall = await asyncio.to_thread(Hall, layout.layout_hash, layout.focal_point, layout.sections)
            while len(self._halls) >= _HALLS:
                del self._halls[next(iter(self._halls))]
            self._halls[layout_hash] = hall
        return hall

    async def know_layout(self, layout_hash: str) -> int:
        """See to it that a layout is in our Postgres; how many places it has."""
        async with self._database.read() as tx:
            capacity = await store.capacity(tx, layout_hash)
        if not capacity:
            layout, capacity = await self._fetch_layout(layout_hash)
            async with self._database.transaction() as tx:
                await store.keep_layout(tx, layout, capacity)
        return capacity

    async def _fetch_layout(self, layout_hash: str) -> tuple[Layout, int]:
        """A layout from the seatmap, all its pages, and how many places it has."""
        pages = [page async for page in layout_pages(self._bus, layout_hash)]
        sections = [one for page in pages for one in page.sections]
        return Layout(layout_hash, pages[-1].focal_point, sections), pages[-1].capacity

    async def open(self, showtime_id: str) -> None:
        """Return once the showtime is open; whoever asks meanwhile shares the work."""
        await self._shared(f"open {showtime_id}", lambda: self._open(showtime_id))

    async def _shared(self, what: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """An on-sale begins with thousands who need the same at once: one asks Postgres for all of them."""
        task = self._under_way.get(what)
        if task is None:
            task = self._under_way[what] = asyncio.create_task(work())
            task.add_done_callback(lambda done: self._over(what, done))
        result: T = await asyncio.shield(task)
        return result

    def _over(self, what: str, done: asyncio.Task[Any]) -> None:
        self._under_way.pop(what, None)
        if not done.cancelled():
            done.exception()  # looked at, should everybody who waited have gone away

    async def _open(self, showtime_id: str) -> None:
        showtime = await self.showtime(showtime_id)
        await self._recovered()
        await self.write(showtime, ())

    async def renew(self, showtime_id: str) -> None:
        """Open it with what is known now: whoever is at it already may have read what was known before."""
        await self._open(showtime_id)

    async def write(self, showtime: Showtime, holds: tuple[LiveHold, ...]) -> None:
        """Everything Postgres knows of a showtime, and these holds, into Redis; again if it was changed meanwhile."""
        while (now := await self._write(showtime, holds)) != showtime:
            showtime = now

    async def _write(self, showtime: Showtime, holds: tuple[LiveHold, ...]) -> Showtime:
        """What is known of it when that is done."""
        hall = await self.hall(showtime.layout_hash)
        async with self._database.read() as tx:
            taken = await store.seats(tx, showtime.showtime_id)
        owners = {seat.seat_id: seat.order_id if seat.state == "claimed" else None for seat in taken}
        # Of each hold its seats are free, or claimed by the order that it was told to be claimed by.
        holds = tuple(hold for hold in holds if {owners.get(seat, "") for seat in hold.seat_ids} == {hold.order_id})
        if await self._locks.open(_opening(showtime, hall, taken, holds, self._config)):
            self._log.info("showtime opened", showtime=showtime.showtime_id, taken=len(taken), holds=len(holds))
        async with self._database.read() as tx:
            now = await store.showtime(tx, showtime.showtime_id)
        if now is None or not now.on_sale:  # cancelled between our two looks
            await self._locks.close(showtime.showtime_id)
            raise ShowtimeClosed
        return now

    # -- after Redis was emptied -------------------------------------------------------------------------------------

    async def recover(self) -> int:
        """The step of the loop that looks for an emptied Redis; how many holds it brought back."""
        if await self._recovery.is_over() or not await self._recovery.begin(self._replica):
            return 0
        try:
            brought_back = await self._bring_back()
        except Exception:
            await self._recovery.give_up()
            raise
        if await self._recovery.end(self._replica):
            self._log.info("a new, emptied or restarted redis was filled", holds_brought_back=brought_back)
        return brought_back

    async def _bring_back(self) -> int:
        living, brought_back, after = await self._living(), 0, ""
        while True:
            async with self._database.read() as tx:
                page = await store.showtimes_on_sale(tx, after, _PAGE)
            is_open = await asyncio.gather(*(self._locks.is_open(showtime.showtime_id) for showtime in page))
            for showtime, known in zip(page, is_open, strict=True):
                holds = living.get(showtime.showtime_id, [])
                if holds or known:
                    await self.write(showtime, tuple(holds))
                    brought_back += len(holds)
            await self._recovery.go_on(self._replica)
            if len(page) < _PAGE:
                return brought_back
            after = page[-1].showtime_id

    async def _recovered(self) -> None:
        """Wait for the mark of a Redis that has all holds, within reason."""
        until = asyncio.get_running_loop().time() + _LONGEST_WAIT
        while not await self._recovery.is_over():
            if asyncio.get_running_loop().time() > until:
                raise Reopening
            await self.recover()
            await asyncio.sleep(0.02)

    async def _living(self) -> dict[str, list[LiveHold]]:
        """The holds that the facts since the oldest of them may have been made leave alive."""
        async with self._database.read() as tx:
            seconds = await store.longest_hold(tx)
        oldest = timedelta(seconds=seconds * (1 + self._config.refreshes) + self._config.longest_extension)
        since = datetime.now(UTC) - max(oldest, _LOOKED_BACK)
        facts = [fact async for fact in history(self._bus, _FACTS, since)]
        return await asyncio.to_thread(_left_alive, facts)


def _left_alive(facts: list[Event]) -> dict[str, list[LiveHold]]:
    now = datetime.now(UTC)
    found = after_facts(facts, now)
    for showtime_id, holds in claimed_after_facts(facts, now).items():
        found.setdefault(showtime_id, []).extend(holds)
    return found


def _opening(
    showtime: Showtime, hall: Hall, taken: list[SeatRow], holds: tuple[LiveHold, ...], config: Config
) -> Opening:
    index = {seat.seat_id: STATES[seat.state].value for seat in taken}
    buyers: dict[str, int] = {}
    for seat in taken:
        if seat.user_id is not None and seat.state != "blocked":
            buyers[seat.user_id] = buyers.get(seat.user_id, 0) + 1
    free = SeatState.FREE.value
    until = showtime.on_sale_until or showtime.starts_at
    return Opening(
        showtime_id=showtime.showtime_id,
        layout_hash=showtime.layout_hash,
        seat_ids=hall.places,
        map="".join([index.get(place, free) for place in hall.places]) if index else free * len(hall.places),
        seats_per_buyer=showtime.seats_per_buyer,
        hold_ms=showtime.hold_seconds * 1000,
        refreshes=config.refreshes,
        from_ms=_milliseconds(showtime.on_sale_from) if showtime.on_sale_from else 0,
        until_ms=_milliseconds(until),
        keep_ms=max(
            60_000,
            _milliseconds(showtime.starts_at) + int(config.kept_after_start * 1000) - _milliseconds(datetime.now(UTC)),
        ),
        buyers=list(buyers.items()),
        holds=holds,
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
