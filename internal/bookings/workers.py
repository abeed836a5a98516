"""Who does what was accepted: first the hold, showtime by showtime in the order of arrival; then the checkout.

Every step may be cut off anywhere and is done again by whoever has the next lease; what it asks of others has an id
that makes twice once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from internal.bookings import store
from internal.bookings.config import Config
from internal.bookings.domain import (
    Status,
    Work,
    failed,
    given_up,
    held,
    is_final,
    may_be_of_booking,
    set_aside,
    standing,
)
from internal.bookings.telling import Telling
from internal.platform.bus import Bus, Meta, NoAnswer
from internal.platform.faults import Fault, Kind, Unavailable
from internal.platform.ids import new_id
from internal.platform.postgres import Database
from proto.bookings import BookingRequested
from proto.checkout import CheckoutEnded, CheckoutFacts, GetCheckout, StartCheckout
from proto.inventory import Take

__all__ = ["HELD", "Workers"]

HELD = "held"  # the topic of a commit after which there may be checkouts to start
_SHOWTIMES = 16  # at once: twice the pool, because most of the time is spent asking
_FOLLOWED = 16  # checkouts asked about at once
_ROUNDS = 20  # of one message: a thousand holds, then others have their turn
_PASSING = frozenset({Kind.INTERNAL, Kind.UNAVAILABLE, Kind.LIMITED, Kind.TIMEOUT})  # may be otherwise in a moment


class Workers:
    """Any number of them, in any number of processes."""

    def __init__(
        self, database: Database, bus: Bus, telling: Telling, config: Config, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._bus = bus
        self._telling = telling
        self._config = config
        self._clock = clock

    async def woken(self, event: BookingRequested, _: Meta) -> None:
        """A message says only where to look: the rows say what to do."""
        for _round in range(_ROUNDS):
            if not await self.work_on(event.showtime_id):
                return

    async def look_around(self) -> int:
        """The showtimes whose message was lost, or whose worker died."""
        async with self._database.read() as tx:
            waiting = await store.waiting_showtimes(tx, self._clock(), _SHOWTIMES)
        return sum(await asyncio.gather(*map(self.work_on, waiting)))

    async def work_on(self, showtime_id: str) -> int:
        """Under one lease: the next in line, one after another. How many went on; 0 when it is somebody else's turn."""
        began, holder = self._clock(), new_id("turn")
        until = began + timedelta(seconds=self._config.lease)
        async with self._database.transaction() as tx:
            if not await store.take_turn(tx, showtime_id, holder, began, until):
                return 0
            line = await store.next_in_line(tx, showtime_id, self._config.batch)
        done = await self._hold_in_order(line, began + timedelta(seconds=self._config.stop_after))
        async with self._database.transaction() as tx:
            # In the order of ids, as everybody locks them who locks several.
            in_order = sorted(done, key=lambda one: one.id)
            kept = [await store.keep(tx, work, expected="accepted") for work in in_order]
            await store.finish_turn(tx, showtime_id, holder, self._clock())
            tx.announce(HELD)
        went_on = [work for now, work in zip(kept, in_order, strict=True) if now and work.status is not Status.ACCEPTED]
        await self._telling.changed(went_on)
        return len(went_on)

    async def _hold_in_order(self, line: list[Work], stop_at: datetime) -> list[Work]:
        done: list[Work] = []
        for work in line:
            now = self._clock()
            if now >= stop_at:
                break
            if work.due_at > now:  # its pause is not over
                if work.aside:
                    continue
                break
            done.append(await self._hold(work))
            if done[-1].status is Status.ACCEPTED and not done[-1].aside:
                break  # nobody overtakes it yet
        return done

    async def _hold(self, work: Work) -> Work:
        if over := given_up(work, self._clock(), self._config.give_up_after):
            return over
        asked = Take(request_id=work.id, user_id=work.user_id, showtime_id=work.showtime_id, seat_ids=[work.seat_id])
        config = self._config
        try:
            with self._bus.propagation.taken_up("book", work.headers):
                hold = await self._bus.request(asked, timeout=config.ask_within)
        except Fault as fault:
            now = self._clock()
            if fault.kind not in _PASSING:
                return failed(work, fault.code, fault.detail, now)
            # Where nobody answers at all, nobody behind it would be served either: that never sets it aside.
            stuck_after = None if _is_outage(fault) else config.stuck_after
            return set_aside(work, now, again_after=config.again_after, stuck_after=stuck_after)
        return held(work, hold.hold_id, self._clock())

    async def follow(self) -> int:
        """Held bookings: start what is not started, and ask how the others stand."""
        now = self._clock()
        until = now + timedelta(seconds=self._config.lease)
        async with self._database.read() as tx:  # one statement is a transaction by itself
            leased = await store.lease_followed(tx, now, until, _FOLLOWED)
        await asyncio.gather(*map(self._follow, leased))
        return len(leased)

    async def _follow(self, work: Work) -> None:
        after = await self._checked_out(work)
        async with self._database.transaction() as tx:
            kept = await store.keep(tx, after, expected=work.status.value)
        if kept and after.status is not work.status:
            await self._telling.changed([after])

    async def ended(self, event: CheckoutEnded, _: Meta) -> None:
        """A checkout told its end before it was asked."""
        if not may_be_of_booking(event.checkout_id):
            return
        async with self._database.transaction() as tx:
            work = await store.by_checkout(tx, event.checkout_id)
            if work is None or is_final(work.status):
                return
            facts = CheckoutFacts(
                checkout_id=event.checkout_id,
                order_id=event.order_id,
                user_id=event.user_id,
                hold_id=work.hold_id or "",
                status=event.status,
                code=event.code,
                message=event.message,
            )
            after = standing(work, facts, self._clock(), self._config.look_every)
            kept = await store.keep(tx, after, expected=work.status.value)
        if kept and after.status is not work.status:
            await self._telling.changed([after])

    async def _checked_out(self, work: Work) -> Work:
        try:
            with self._bus.propagation.taken_up("book", work.headers):
                facts = await self._facts(work)
        except Fault as fault:
            now = self._clock()
            if fault.kind not in _PASSING:
                return failed(work, fault.code, fault.detail, now)
            return set_aside(work, now, again_after=self._config.look_every, stuck_after=None)
        return standing(work, facts, self._clock(), self._config.look_every)

    async def _facts(self, work: Work) -> CheckoutFacts:
        """Starting it again is asking how it stands, but costs more: so only until an order was named."""
        within = self._config.ask_within
        if work.order_id:
            return await self._bus.request(GetCheckout(checkout_id=work.checkout_id), timeout=within)
        assert work.hold_id is not None
        asked = StartCheckout(
            checkout_id=work.checkout_id,
            user_id=work.user_id,
            hold_id=work.hold_id,
            provider=work.provider,
            method=work.method,
            buyer_name=work.buyer_name,
            buyer_email=work.buyer_email,
            return_url=work.return_url,
            buyer_ip=work.buyer_ip,
        )
        return await self._bus.request(asked, timeout=within)


def _is_outage(fault: Fault) -> bool:
    return isinstance(fault, Unavailable) and not isinstance(fault, NoAnswer)
