"""Sagas in Postgres: several runners, leases, wake-ups, and processes that die."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import psycopg.conninfo
import pytest
import structlog

from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from internal.platform.postgres import Database, Tx
from internal.platform.saga import (
    Answer,
    Done,
    Failed,
    Plan,
    Reason,
    Retry,
    RetryLater,
    Runner,
    Saga,
    SagaSettings,
    Status,
    Step,
    Turn,
    Wait,
    find,
    page,
    wake,
)
from internal.platform.saga.domain import begun
from internal.platform.saga.store import PostgresLedger, counts
from tests.databases import fresh_database
from tests.platform.bus.conftest import opened
from tests.waiting import until

MIGRATIONS = Path(__file__).parents[3] / "internal" / "checkout" / "migrations"
QUICK = SagaSettings(lease=1.0, poll=0.05)
FAR = timedelta(hours=1)


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """What the sagas of these tests remember."""

    where: str = "home"


def now() -> datetime:
    return datetime.now(UTC)


async def done(_: Turn[Journey]) -> Answer:
    return Done()


async def waiting(turn: Turn[Journey]) -> Answer:
    return Wait(turn.now + FAR)


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with fresh_database(database_url, [MIGRATIONS]) as fresh:
        yield fresh


@asynccontextmanager
async def running(database: Database, *plans: Plan[Journey], settings: SagaSettings = QUICK) -> AsyncIterator[Runner]:
    runner = Runner.of(database, None, plans, structlog.get_logger(), settings)
    task = asyncio.create_task(runner.run(structlog.get_logger()))
    try:
        yield runner
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def started(database: Database, plan: Plan[Journey], subject: str = "") -> str:
    saga_id = new_id("saga")
    async with database.transaction() as tx:
        await resting(database, plan).begin(tx, plan, saga_id, subject or saga_id, Journey())
    return saga_id


def resting(database: Database, plan: Plan[Journey]) -> Runner:
    """A replica that begins sagas and does not walk them."""
    return Runner.of(database, None, [plan], structlog.get_logger(), QUICK)


async def stands(database: Database, saga_id: str) -> Saga:
    async with database.read() as tx:
        saga = await find(tx, saga_id)
    assert saga is not None
    return saga


async def reached(database: Database, saga_id: str, status: Status) -> Saga:
    async def so() -> bool:
        return (await stands(database, saga_id)).status is status

    await until(so)
    return await stands(database, saga_id)


def named() -> str:
    """A plan of this name is walked by one test's runners only."""
    return new_id("plan")


async def test_a_saga_is_walked_at_once_and_remembers(database: Database) -> None:
    """The commit wakes the runner: all steps are done though the next look is an hour away; the data is kept."""

    async def move(turn: Turn[Journey]) -> Answer:
        return Done(Journey(where=turn.data.where + ", sea"))

    ended: list[str] = []

    async def note(_: Tx, saga: Saga) -> None:
        ended.append(saga.id)

    plan = Plan(named(), Journey, [Step("one", move), Step("two", move), Step("three", done)], ended=note)
    async with running(database, plan, settings=SagaSettings(poll=3600.0)):
        saga_id = await started(database, plan)
        saga = await reached(database, saga_id, Status.COMPLETED)
    assert saga.data == {"where": "home, sea, sea"}
    assert [step.tries for step in saga.steps] == [1, 1, 1]
    assert ended == [saga_id]


async def test_a_step_is_noted_before_it_is_called(database: Database) -> None:
    """While a step runs, the database says so: whoever comes after knows that it may have happened."""
    seen: list[Saga] = []

    async def look(turn: Turn[Journey]) -> Answer:
        seen.append(await stands(database, turn.saga_id))
        return Done()

    plan = Plan(named(), Journey, [Step("one", done), Step("two", look)])
    async with running(database, plan):
        await reached(database, await started(database, plan), Status.COMPLETED)
    assert [(step.state.value, step.tries) for step in seen[0].steps] == [("done", 1), ("doing", 1)]


async def test_two_runners_call_each_step_once(database: Database) -> None:
    """A hundred sagas, two replicas: each step of each is called once."""
    calls: Counter[str] = Counter()

    async def count(turn: Turn[Journey]) -> Answer:
        calls[turn.saga_id] += 1
        return Done()

    plan = Plan(named(), Journey, [Step(name, count) for name in ("one", "two", "three")])
    steady = SagaSettings(poll=0.05)  # with leases that a busy machine does not outlast
    async with running(database, plan, settings=steady), running(database, plan, settings=steady):
        ids = await asyncio.gather(*(started(database, plan) for _ in range(100)))
        await asyncio.gather(*(reached(database, one, Status.COMPLETED) for one in ids))
    assert set(calls.values()) == {3}
    assert len(calls) == 100


async def test_a_dead_runners_saga_goes_on_elsewhere(database: Database) -> None:
    """Killed in the middle of a step, it gives nothing back; when its lease is over the step is called again."""
    calls: list[int] = []

    async def hangs(turn: Turn[Journey]) -> Answer:
        calls.append(turn.tries)
        return Done() if turn.tries > 1 else await asyncio.get_running_loop().create_future()

    plan = Plan(named(), Journey, [Step("one", hangs)])
    saga_id = await started(database, plan)
    ledger = PostgresLedger(database, QUICK.lease)
    taken = await ledger.take([plan.name], "dead", QUICK.lease)
    assert taken is not None
    assert await ledger.note(taken, begun(plan.rules(), taken, now()), "dead", rests=False)
    began = asyncio.get_running_loop().time()
    async with running(database, plan):
        saga = await reached(database, saga_id, Status.COMPLETED)
    assert asyncio.get_running_loop().time() - began > QUICK.lease / 2
    assert saga.steps[0].tries == 2


async def test_a_stopped_runner_gives_back_at_once(database: Database) -> None:
    """SIGTERM in the middle of a step: another replica goes on long before the lease is over."""

    async def hangs(turn: Turn[Journey]) -> Answer:
        return Done() if turn.tries > 1 else await asyncio.get_running_loop().create_future()

    plan = Plan(named(), Journey, [Step("one", hangs)])
    long = SagaSettings(lease=3600.0, poll=0.05, patience=3600.0)
    async with running(database, plan, settings=long):
        saga_id = await started(database, plan)

        async def called() -> bool:
            return (await stands(database, saga_id)).steps[0].tries == 1

        await until(called)
    async with running(database, plan, settings=long):
        await reached(database, saga_id, Status.COMPLETED)


async def test_who_lost_the_lease_notes_nothing(database: Database) -> None:
    """A runner that stood still for longer than its lease cannot overwrite what the next one has noted."""
    plan = Plan(named(), Journey, [Step("one", done)])
    saga_id = await started(database, plan)
    ledger = PostgresLedger(database, 1.0)
    first = await ledger.take([plan.name], "slow", -1.0)  # over already
    second = await ledger.take([plan.name], "quick", 1.0)
    assert first is not None
    assert second is not None
    assert await ledger.note(first, first, "slow", rests=True) is None
    assert await ledger.end(plan, first, first, "slow") is False
    assert await ledger.take([plan.name], "third", 1.0) is None
    assert (await stands(database, saga_id)).status is Status.RUNNING


async def test_a_long_step_keeps_its_lease(database: Database) -> None:
    """A step that takes three leases is called once: the lease is renewed under it."""
    calls = 0

    async def slow(_: Turn[Journey]) -> Answer:
        nonlocal calls
        calls += 1
        await asyncio.sleep(QUICK.lease * 3)
        return Done()

    plan = Plan(named(), Journey, [Step("one", slow)])
    async with running(database, plan), running(database, plan):
        await reached(database, await started(database, plan), Status.COMPLETED)
    assert calls == 1


async def test_a_word_that_comes_during_the_call_is_not_lost(database: Database) -> None:
    """Woken after it looked and before it noted that it waits, the saga looks again at once, and knows the signal."""
    heard: list[frozenset[str]] = []

    async def waits(turn: Turn[Journey]) -> Answer:
        heard.append(turn.signals)
        if "sold" in turn.signals:
            return Done()
        async with database.transaction() as tx:
            assert await wake(tx, turn.saga_id, "sold")
            assert await wake(tx, turn.saga_id, "sold")
        return Wait(now() + FAR)

    plan = Plan(named(), Journey, [Step("one", waits)])
    async with running(database, plan, settings=SagaSettings(poll=3600.0)):
        saga = await reached(database, await started(database, plan), Status.COMPLETED)
    assert heard == [frozenset(), frozenset({"sold"})]
    assert saga.signals == ("sold",)
    async with database.transaction() as tx:
        assert not await wake(tx, saga.id, "sold"), "what has ended is not woken"


async def test_a_wake_that_is_undone_wakes_nobody(database: Database) -> None:
    """The signal belongs to the transaction of what it tells of."""
    plan = Plan(named(), Journey, [Step("one", done)])
    saga_id = await started(database, plan)

    async def undone(tx: Tx) -> None:
        await wake(tx, saga_id, "sold")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.run(undone)
    assert (await stands(database, saga_id)).signals == ()


async def test_one_saga_about_one_thing(database: Database) -> None:
    """A second one about the same is the first; after that has failed, it is a new one."""

    async def no(_: Turn[Journey]) -> Answer:
        return Failed(Reason(code="no", message="No."))

    plan = Plan(named(), Journey, [Step("one", no)])
    first = await started(database, plan, "hold_1")
    async with database.transaction() as tx:
        there = await resting(database, plan).begin(tx, plan, new_id("saga"), "hold_1", Journey())
        assert there.id == first
    async with running(database, plan):
        await reached(database, first, Status.FAILED)
        second = await started(database, plan, "hold_1")
        assert (await reached(database, second, Status.FAILED)).reason == Reason(code="no", message="No.")


async def test_what_is_stuck_is_counted_and_shown(database: Database) -> None:
    """A bug in a step: tried again and again, counted, listed with its error; once mended it goes on."""
    broken = True

    async def fails(_: Turn[Journey]) -> Answer:
        if broken:
            raise ZeroDivisionError("a bug")
        return Done()

    plan = Plan(named(), Journey, [Step("one", fails, retry=Retry(first=0.001, longest=0.01, stuck_after=3))])
    async with running(database, plan):
        saga_id = await started(database, plan)

        async def stuck() -> bool:
            return (await stands(database, saga_id)).stuck

        await until(stuck)
        async with database.read() as tx:
            assert [(count.running, count.stuck) for count in await counts(tx) if count.name == plan.name] == [(1, 1)]
            assert saga_id in [saga.id for saga in await page(tx, which="stuck", after="", limit=10)]
        assert "a bug" in (await stands(database, saga_id)).steps[0].error
        broken = False
        await reached(database, saga_id, Status.COMPLETED)


async def test_the_database_goes_and_comes(database: Database, database_url: str) -> None:
    """Every connection cut while sagas are walked: each ends all the same."""

    async def some(turn: Turn[Journey]) -> Answer:
        return Done() if turn.tries > 3 else RetryLater("not yet")

    plan = Plan(named(), Journey, [Step("one", some, retry=Retry(first=0.05)), Step("two", some)])
    async with running(database, plan):
        ids = [await started(database, plan) for _ in range(20)]
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as admin:
            name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
            await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        await asyncio.gather(*(reached_through_trouble(database, one) for one in ids))


async def reached_through_trouble(database: Database, saga_id: str) -> None:
    async def so() -> bool:
        try:
            return (await stands(database, saga_id)).status is Status.COMPLETED
        except Unavailable:
            return False

    await until(so, seconds=30.0)


async def test_what_ended_long_ago_is_forgotten(database: Database) -> None:
    """With its steps; what ended lately stays, and what still goes on, however old."""
    plan = Plan(named(), Journey, [Step("one", done)])
    waits = Plan(named(), Journey, [Step("one", waiting)])
    async with running(database, plan, waits) as runner:
        old, young, live = [await started(database, one) for one in (plan, plan, waits)]
        for ended in (old, young):
            await reached(database, ended, Status.COMPLETED)
        async with database.transaction() as tx:
            long_ago = "update sagas set created_at = now() - interval '91 days', ended_at = %s where id = %s"
            await tx.execute(long_ago, [now() - timedelta(days=91), old])
            await tx.execute(long_ago, [now() - timedelta(days=89), young])
            await tx.execute(long_ago, [None, live])
        assert await runner.pruning(database).run_once() == 1
    async with database.read() as tx:
        assert await find(tx, old) is None
        asked = await tx.execute("select count(*) from saga_steps where saga_id = %s", [old])
        assert await asked.fetchone() == (0,)
    for kept in (young, live):
        assert (await stands(database, kept)).id == kept


async def test_who_begins_a_saga_walks_it(database: Database) -> None:
    """Nobody polls and no topic wakes the runner: the saga is leased where it is begun, and one try is noted."""
    plan = Plan(named(), Journey, [Step("one", done), Step("two", waiting)])
    async with running(database, plan, settings=SagaSettings(poll=3600.0)) as runner:
        saga_id = new_id("saga")
        with runner.hearing.watching(saga_id) as watch:
            async with database.transaction() as tx:
                await runner.begin(tx, plan, saga_id, saga_id, Journey())
            rests = await watch.next(5.0)
        assert rests is not None
        assert [step.tries for step in (await stands(database, saga_id)).steps] == [1, 1]


async def test_what_is_not_committed_is_not_walked(database: Database) -> None:
    """A saga that is begun in a transaction that comes to nothing is nobody's."""
    called: list[str] = []

    async def step(turn: Turn[Journey]) -> Answer:
        called.append(turn.saga_id)
        return Done()

    plan = Plan(named(), Journey, [Step("one", step)])
    async with running(database, plan) as runner:

        async def undone(tx: Tx) -> None:
            await runner.begin(tx, plan, "saga_undone", "saga_undone", Journey())
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await database.run(undone)
        saga_id = await started(database, plan)
        await reached(database, saga_id, Status.COMPLETED)
    assert called == [saga_id]


async def test_a_word_reaches_the_step_that_listens(database: Database) -> None:
    """It is heard where the saga is walked, also if it came before the step began to listen."""

    async def listens(turn: Turn[Journey]) -> Answer:
        return Done() if await turn.ear.hears("sold", 5.0) else Wait(turn.now + FAR)

    plan = Plan(named(), Journey, [Step("one", listens), Step("two", listens)])
    async with running(database, plan) as runner:
        saga_id = new_id("saga")
        async with database.transaction() as tx:
            await runner.begin(tx, plan, saga_id, saga_id, Journey())

        async def here() -> bool:
            return await runner.hearing.whisper(saga_id, "sold")

        await until(here)
        await reached(database, saga_id, Status.COMPLETED)


async def test_other_replicas_are_told(database: Database, nats_url: str) -> None:
    """A word told to one replica is heard by the saga that another walks; who waits at the first hears its end."""

    async def listens(turn: Turn[Journey]) -> Answer:
        return Done() if await turn.ear.hears("sold", 5.0) else Wait(turn.now + FAR)

    plan = Plan(named(), Journey, [Step("one", listens)])
    async with opened(nats_url) as here, opened(nats_url) as there:
        walker = Runner.of(database, there, [plan], structlog.get_logger(), QUICK)
        other = Runner.of(database, here, [plan], structlog.get_logger(), QUICK)
        await other.hearing.listen()
        task = asyncio.create_task(walker.run(structlog.get_logger()))
        try:
            saga_id = await started(database, plan)
            with other.hearing.watching(saga_id) as watch:

                async def ended() -> bool:
                    assert not await other.hearing.whisper(saga_id, "sold")
                    return (await stands(database, saga_id)).status is Status.COMPLETED

                await until(ended)
                assert await watch.next(5.0) is None  # told to look, before the time was over
                assert watch.heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
