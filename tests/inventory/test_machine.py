"""Locks, claims and blocks driven in any order by several buyers, against a model in plain Python."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from internal.inventory import store
from internal.inventory.claims import Claims
from internal.inventory.domain import SeatState
from internal.inventory.faults import (
    ClaimOver,
    HoldClaimed,
    HoldEnded,
    HoldNotYours,
    NoClaim,
    NoRefreshLeft,
    NotSoldYet,
    SeatTaken,
    TooManySeats,
    UnknownSeat,
)
from internal.inventory.locks import Locks
from internal.platform.faults import Fault, Unavailable
from internal.platform.ids import new_id
from proto.inventory import Claim, Purchase, Refund, Release
from proto.seatkeys import shard_of, tag_of
from tests.inventory.model import Model, Order
from tests.inventory.stage import Desk, layout

T = TypeVar("T")

USERS = [f"user_{n:032x}" for n in range(3)]
ORDERS = [f"{n:032x}" for n in range(4)]
EXAMPLES = 60  # of forty steps each, in ten seconds
HALL = layout(rows=1, seats=8)
LIMIT = 5

users = st.sampled_from(USERS)
some_seats = st.lists(st.sampled_from([f"A{n}" for n in range(1, 9)]), min_size=1, max_size=3, unique=True)
blind = st.sampled_from([False, False, False, True])  # Redis could not be told what Postgres decided


class _Cut(Locks):
    """Locks of a process that is cut off from Redis before it can tell what Postgres decided."""

    async def settle(self, *_: Any, **__: Any) -> None:
        raise Unavailable


class SeatMachine(RuleBasedStateMachine):
    """Every command in any order; after each of them Redis and Postgres are as the model says."""

    desk: Desk
    run: Callable[[Coroutine[Any, Any, Any]], Any]

    holds: Bundle[str] = Bundle("holds")

    @initialize()
    def open(self) -> None:
        self.stage = self.run(self.desk.stage(HALL, seats_per_buyer=LIMIT))
        self.model = Model(self.stage.seats, LIMIT, self.desk.config.refreshes)
        self.tag = tag_of(shard_of(self.stage.id))
        self.cut = Claims(
            self.desk.database, _Cut(self.desk.lane), self.desk.recovery, self.desk.config, self.desk.claims._log
        )

    def order(self, number: str) -> str:
        """The orders of this showtime."""
        return f"order_{self.stage.id[-20:]}{number[-12:]}"

    def tried(self, made: Awaitable[T]) -> T | type[Fault]:
        async def work() -> T | type[Fault]:
            try:
                return await made
            except Fault as fault:
                return type(fault)

        return self.run(work())  # type: ignore[no-any-return]

    # -- buyers ------------------------------------------------------------------------------------------------------

    @rule(target=holds, user=users, seats=some_seats)
    def hold(self, user: str, seats: list[str]) -> Any:
        got = self.tried(self.desk.holds.hold(self.stage.id, user, seats))
        if self.model.count(user) + len(seats) > LIMIT:
            assert got is TooManySeats
        elif self.model.taken(seats):
            assert got is SeatTaken
        else:
            assert not isinstance(got, type), got
            assert got.seat_ids == seats
            self.model.hold(got.hold_id, user, seats)
            return got.hold_id
        return multiple()

    @rule(user=users, seats=some_seats)
    def hold_unknown(self, user: str, seats: list[str]) -> None:
        got = self.tried(self.desk.holds.hold(self.stage.id, user, [*seats, "Z1"]))
        assert got in {UnknownSeat, TooManySeats}

    def trouble(self, hold_id: str, user: str) -> type[Fault] | None:
        """Why nothing can be done with this hold."""
        hold = self.model.holds.get(hold_id)
        if hold is None:
            return HoldEnded
        if hold.user != user:
            return HoldNotYours
        if hold.order is not None:
            return HoldClaimed
        return HoldEnded if hold.over else None

    @rule(hold_id=holds, user=users)
    def refresh(self, hold_id: str, user: str) -> None:
        expected = self.trouble(hold_id, user)
        if expected is None and self.model.holds[hold_id].refreshes == 0:
            expected = NoRefreshLeft
        got = self.tried(self.desk.holds.refresh(hold_id, user))
        if expected is not None:
            assert got is expected
            return
        assert not isinstance(got, type), got
        self.model.holds[hold_id].refreshes -= 1
        assert got.refreshes_left == self.model.holds[hold_id].refreshes

    @rule(hold_id=holds, user=users, part=st.one_of(st.just([]), some_seats))
    def release(self, hold_id: str, user: str, part: list[str]) -> None:
        expected = self.trouble(hold_id, user)
        if expected is None and not set(part) <= set(self.model.holds[hold_id].seats):
            expected = UnknownSeat
        got = self.tried(self.desk.holds.release(hold_id, user, part))
        if expected is not None:
            assert got is expected
            return
        hold = self.model.holds[hold_id]
        leaving = part or list(hold.seats)
        self.model.free(hold_id, leaving)
        hold.seats = [seat for seat in hold.seats if seat not in leaving]
        if not hold.seats:
            del self.model.holds[hold_id]
            assert got is None
        else:
            assert not isinstance(got, type)
            assert got is not None
            assert got.seat_ids == hold.seats

    @rule(hold_id=holds, locks_gone=st.booleans())
    def expire(self, hold_id: str, locks_gone: bool) -> None:
        """Its time is over; the sweep is late, perhaps so late that its locks went by themselves."""
        hold = self.model.holds.get(hold_id)
        if hold is None or hold.over:
            return
        self.run(self._expire(hold_id, locks_gone and hold.order is None))
        hold.over = True
        if locks_gone and hold.order is None:
            for seat in hold.seats:
                if self.model.locks.get(seat) == hold_id:
                    del self.model.locks[seat]
                    self.model.painted.add(seat)

    async def _expire(self, hold_id: str, locks_gone: bool) -> None:
        lane, key = self.desk.lane, f"{self.tag}:holds"
        words = (await lane.command("HGET", key, hold_id)).decode().split("|")
        past = await self.desk.locks.now_ms() - 1
        await lane.command("HSET", key, hold_id, "|".join([str(past), *words[1:]]))
        if words[2] == "h":
            await lane.command("ZADD", f"{self.tag}:expiry", past, hold_id)
        if locks_gone:
            for seat in words[5].split(","):
                lock = f"{self.tag}:seat:{self.stage.id}:{seat}"
                if await lane.command("GET", lock) == hold_id.encode():
                    await lane.command("DEL", lock)

    @rule()
    def sweep(self) -> None:
        self.run(self.desk.sweep(self.stage))
        self.model.sweep()

    # -- orders ------------------------------------------------------------------------------------------------------

    def claims(self, blind: bool) -> Claims:
        return self.cut if blind else self.desk.claims

    def mend(self, blind: bool) -> None:
        """What a process left half done the reconciler finishes, in two looks."""
        if blind:
            facts = self.stage.facts

            async def looks() -> None:
                async with self.desk.database.read() as tx:
                    known = await store.showtime(tx, facts.showtime_id)
                assert known is not None
                await self.desk.reconciler.compare(known)
                await self.desk.reconciler.compare(known)

            self.run(looks())

    @rule(number=st.sampled_from(ORDERS), hold_id=holds, user=users, blind=blind)
    def claim(self, number: str, hold_id: str, user: str, blind: bool) -> None:
        order_id, known = self.order(number), self.model.orders.get(self.order(number))
        expected: type[Fault] | None = self.trouble(hold_id, user)
        if known is not None:
            expected = None if known.state in {"claimed", "purchased"} else ClaimOver
            if expected is None and (known.hold, known.user) != (hold_id, user):
                expected = HoldClaimed
        elif expected is None and any(self.model.locks.get(s) != hold_id for s in self.model.holds[hold_id].seats):
            expected = HoldEnded
        command = Claim(hold_id=hold_id, order_id=order_id, user_id=user, saga_id="saga", showtime_id=self.stage.id)
        got = self.tried(self.claims(blind).claim(command))
        if expected is not None:
            assert got is expected, (got, expected)
            return
        assert not isinstance(got, type), got
        if known is None:
            assert got.seat_ids == self.model.holds[hold_id].seats
            self.model.claim(order_id, hold_id)
        else:
            assert got.seat_ids == known.seats
        self.mend(blind)

    @rule(number=st.sampled_from(ORDERS), hold_id=holds, user=users)
    def claim_in_another_showtime(self, number: str, hold_id: str, user: str) -> None:
        known = self.model.orders.get(self.order(number))
        elsewhere = new_id("showtime")
        got = self.tried(
            self.desk.claims.claim(
                Claim(hold_id=hold_id, order_id=self.order(number), user_id=user, saga_id="s", showtime_id=elsewhere)
            )
        )
        assert got in {HoldNotYours, HoldEnded, ClaimOver, HoldClaimed}, (got, known)

    @rule(hold_id=holds)
    def die_between_redis_and_postgres(self, hold_id: str) -> None:
        """A claim that reached Redis only; the sweep asks Postgres and puts the hold back."""
        hold = self.model.holds.get(hold_id)
        if hold is None or self.trouble(hold_id, hold.user) is not None:
            return
        if any(self.model.locks.get(seat) != hold_id for seat in hold.seats):
            return
        self.run(self.desk.locks.claim(hold_id, hold.user, self.stage.id, new_id("order"), 30_000))
        assert self.tried(self.desk.holds.release(hold_id, hold.user)) is HoldClaimed
        self.run(self._due(hold_id))
        self.sweep()

    async def _due(self, hold_id: str) -> None:
        await self.desk.lane.command("ZADD", f"{self.tag}:expiry", await self.desk.locks.now_ms() - 1, hold_id)

    @rule(number=st.sampled_from(ORDERS), blind=blind)
    def drop(self, number: str, blind: bool) -> None:
        known = self.model.orders.get(self.order(number))
        got = self.run(self.claims(blind).release(Release(order_id=self.order(number), saga_id="saga")))
        if known is not None and known.state == "claimed":
            assert got.released == len(known.seats)
            self.model.drop(self.order(number))
        else:
            assert got.released == 0
            if known is None:  # a claim that comes later finds it dropped
                self.model.orders[self.order(number)] = replace(_GRAVE)
        self.mend(blind)

    @rule(number=st.sampled_from(ORDERS), blind=blind)
    def purchase(self, number: str, blind: bool) -> None:
        known = self.model.orders.get(self.order(number))
        got = self.tried(self.claims(blind).purchase(Purchase(order_id=self.order(number), saga_id="saga")))
        if known is None:
            assert got is NoClaim
        elif known.state in {"released", "refunded"}:
            assert got is ClaimOver
        else:
            assert not isinstance(got, type)
            assert got.seat_ids == known.seats
            if known.state == "claimed":
                self.model.sell(self.order(number))
        self.mend(blind)

    @rule(number=st.sampled_from(ORDERS), part=st.one_of(st.none(), some_seats), blind=blind)
    def refund(self, number: str, part: list[str] | None, blind: bool) -> None:
        known = self.model.orders.get(self.order(number))
        got = self.tried(self.claims(blind).refund(Refund(order_id=self.order(number), seat_ids=part)))
        if known is None or known.state == "released":
            assert got is NoClaim
            return
        if known.state == "claimed":
            assert got is NotSoldYet
            return
        assert not isinstance(got, type), got
        assert sorted(got.seat_ids) == self.model.refund(self.order(number), part)
        self.mend(blind)

    # -- staff -------------------------------------------------------------------------------------------------------

    @rule(seats=some_seats)
    def block(self, seats: list[str]) -> None:
        got = self.tried(self.desk.locks.block(self.stage.id, seats))
        if any(self.model.byte(seat) not in ".b" for seat in seats):
            assert got is SeatTaken
            return

        async def keep() -> None:
            async with self.desk.database.transaction() as tx:
                await store.block(tx, self.stage.id, seats, USERS[0], "broken")

        self.run(keep())
        self.model.rows.update(dict.fromkeys(seats, ("blocked", "")))

    @rule(seats=some_seats)
    def unblock(self, seats: list[str]) -> None:
        async def work() -> list[str]:
            async with self.desk.database.transaction() as tx:
                freed = await store.unblock(tx, self.stage.id, seats)
            if freed:
                await self.desk.locks.settle(self.stage.id, SeatState.FREE, freed)
            return freed

        freed = self.run(work())
        assert set(freed) == {seat for seat in seats if self.model.rows.get(seat, ("", ""))[0] == "blocked"}
        for seat in freed:
            del self.model.rows[seat]

    # -- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def redis_and_postgres_are_as_the_model_says(self) -> None:
        if hasattr(self, "model"):
            self.run(self._compare())

    async def _compare(self) -> None:
        model, locks = self.model, self.desk.locks
        assert await self.desk.states(self.stage) == {seat: model.byte(seat) for seat in self.stage.seats}
        assert await self.desk.rows(self.stage.id) == {seat: state for seat, (state, _) in model.rows.items()}
        for user in USERS:
            assert await locks.seats_of_buyer(self.stage.id, user) == model.count(user), user
        for seat in self.stage.seats:
            assert await locks.owners(self.stage.id, [seat]) == self._owners(seat)
        for hold_id, hold in model.holds.items():
            record = await locks.read(hold_id)
            assert record is not None
            assert record[3:6] == [hold.user, self.stage.id, ",".join(hold.seats)]
            assert record[2].partition(":")[2] == (hold.order or "")
            assert int(record[1]) == hold.refreshes

    def _owners(self, seat: str) -> set[str]:
        if self.model.rows.get(seat, ("", ""))[0] == "claimed":
            return {self.model.rows[seat][1]}
        return {self.model.locks[seat]} if seat in self.model.locks else set()

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.run(self._compare())


_GRAVE = Order("", "", [], "released")


async def test_machine(calm: Desk) -> None:
    """Whatever buyers, orders and staff do, twice and late, Redis and Postgres are as the model says."""
    loop = asyncio.get_running_loop()

    class Bound(SeatMachine):
        desk = calm

        @staticmethod
        def run(work: Coroutine[Any, Any, Any]) -> Any:
            return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=40,
        deadline=None,
        phases=[Phase.generate],  # a failure is told at once: to shrink one on real servers takes minutes
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    await asyncio.to_thread(run_state_machine_as_test, Bound, settings=chosen)
