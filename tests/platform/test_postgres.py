from __future__ import annotations

import asyncio
import enum
import random
import string
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
import structlog
from psycopg import errors

from internal.embedded.postgres import Postgres
from internal.embedded.servers import running
from internal.platform.faults import Unavailable
from internal.platform.postgres import Database, DatabaseSettings, OutcomeUnknown, Tx, execute, many, maybe, one
from internal.platform.schema import MigrationFailed, ensure_database, migrate
from tests.databases import fresh_database, opened
from tests.waiting import until


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with fresh_database(database_url) as database:
        async with database.transaction() as tx:
            await execute(tx, "create table counters (name text primary key, value int not null)")
        yield database


@dataclass(frozen=True)
class Counter:
    name: str
    value: int


async def counter(database: Database, name: str) -> int | None:
    async with database.read() as tx:
        found = await maybe(tx, Counter, "select name, value from counters where name = %s", [name])
    return found.value if found else None


async def test_a_transaction_is_committed_or_undone_as_a_whole(database: Database) -> None:
    """What the block did is there after its end, and nothing of it when it raised."""
    async with database.transaction() as tx:
        await execute(tx, "insert into counters values ('kept', 1)")
    with pytest.raises(KeyError):  # noqa: PT012 - the block is what is undone
        async with database.transaction() as tx:
            await execute(tx, "insert into counters values ('undone', 1)")
            raise KeyError
    assert await counter(database, "kept") == 1
    assert await counter(database, "undone") is None


async def test_a_canceled_transaction_is_undone_and_its_connection_serves_on(database: Database) -> None:
    """Cancellation in the middle leaves neither a row nor a lock behind."""
    inside = asyncio.Event()

    async def work() -> None:
        async with database.transaction() as tx:
            await execute(tx, "insert into counters values ('canceled', 1)")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await counter(database, "canceled") is None
    async with database.transaction() as tx:
        assert await execute(tx, "insert into counters values ('canceled', 2)") == 1


async def test_who_listens_is_told_after_the_commit_and_only_then(database: Database) -> None:
    """An announcement is told once, after the commit, and never of what was undone."""
    told: list[int | None] = []
    database.listen("news", lambda: told.append(1))
    with pytest.raises(KeyError):  # noqa: PT012 - the block is what is undone
        async with database.transaction() as tx:
            tx.announce("news")
            raise KeyError
    async with database.transaction() as tx:
        tx.announce("news")
        tx.announce("news")
        assert told == []
    assert told == [1]
    async with database.transaction() as tx:
        await execute(tx, "select 1")
    assert told == [1]


class Colour(enum.Enum):
    RED = "red"


class Inner(msgspec.Struct):
    x: int


class Row(msgspec.Struct, frozen=True, rename="camel"):
    some_id: int
    colour: Colour
    inner: Inner
    inners: list[Inner]
    words: tuple[str, ...]
    at: datetime
    missing: str | None = None
    gone: Colour | None = None


async def test_rows_are_the_structs_they_stand_for(database: Database) -> None:
    """Enums, nested structs of jsonb, arrays and UTC times come as their types, whatever the names on the wire."""
    async with database.read() as tx:
        row = await one(
            tx,
            Row,
            """select 7 as some_id, 'red' as colour, '{"x": 1}'::jsonb as inner, '[{"x": 2}]'::jsonb as inners,
            array['a', 'b'] as words, '2026-01-02T03:04:05+03:00'::timestamptz as at, null as missing, null as gone""",
        )
        counters = await many(tx, Counter, "select 'n' || i as name, i as value from generate_series(1, 3) as i")
    at = datetime(2026, 1, 2, 0, 4, 5, tzinfo=UTC)
    assert row == Row(7, Colour.RED, Inner(1), [Inner(2)], ("a", "b"), at)
    assert msgspec.json.encode(row.at) == b'"2026-01-02T00:04:05Z"'
    assert counters == [Counter("n1", 1), Counter("n2", 2), Counter("n3", 3)]


async def test_a_row_that_must_be_there_and_is_not_is_a_bug(database: Database) -> None:
    """`one` does not answer None."""
    async with database.read() as tx:
        with pytest.raises(LookupError):
            await one(tx, Counter, "select name, value from counters where name = 'nobody'")


async def test_what_a_constraint_refuses_stays_what_it_is(database: Database) -> None:
    """A unique violation is the store's to understand, not an outage."""
    async with database.transaction() as tx:
        await execute(tx, "insert into counters values ('taken', 1)")
    with pytest.raises(errors.UniqueViolation):
        async with database.transaction() as tx:
            await execute(tx, "insert into counters values ('taken', 1)")


async def test_a_lost_serialization_race_is_run_again(database: Database) -> None:
    """Ten serializable increments at once are ten in the end."""
    async with database.transaction() as tx:
        await execute(tx, "insert into counters values ('raced', 0)")

    async def increment(tx: Tx) -> None:
        await tx.execute("set transaction isolation level repeatable read")
        found = await one(tx, Counter, "select name, value from counters where name = 'raced'")
        await execute(tx, "update counters set value = %s where name = 'raced'", [found.value + 1])

    done = 0

    async def until_done() -> None:
        nonlocal done
        while True:
            try:
                await database.run(increment)
            except Unavailable:
                continue  # lost four times in a row: the caller is told, and here tries again
            done += 1
            return

    await asyncio.gather(*(until_done() for _ in range(10)))
    assert done == 10
    assert await counter(database, "raced") == 10


async def test_a_deadlock_is_resolved_without_the_caller_noticing(database: Database) -> None:
    """Two that lock two rows in opposite order both succeed under `run`."""
    async with database.transaction() as tx:
        await execute(tx, "insert into counters values ('left', 0), ('right', 0)")
    both = asyncio.Barrier(2)
    met = False

    async def add(tx: Tx, first: str, second: str) -> None:
        nonlocal met
        await execute(tx, "update counters set value = value + 1 where name = %s", [first])
        if not met:
            await both.wait()
            met = True
        await execute(tx, "update counters set value = value + 1 where name = %s", [second])

    await asyncio.gather(
        database.run(lambda tx: add(tx, "left", "right")), database.run(lambda tx: add(tx, "right", "left"))
    )
    assert (await counter(database, "left"), await counter(database, "right")) == (2, 2)


async def test_a_lock_that_does_not_come_and_a_statement_that_does_not_end_are_unavailable(database_url: str) -> None:
    """Neither holds a caller for longer than the settings say."""
    settings = DatabaseSettings(lock_timeout=0.05, statement_timeout=0.1)
    async with fresh_database(database_url, settings=settings) as database, database.transaction() as tx:
        await execute(tx, "lock table inbox")
        with pytest.raises(Unavailable):
            async with database.transaction() as other:
                await execute(other, "lock table inbox")
        with pytest.raises(Unavailable) as raised:
            async with database.read() as other:
                await execute(other, "select pg_sleep(5)")
    assert "pg_sleep" not in str(raised.value)


async def test_a_pool_that_is_all_taken_says_so_in_time(database_url: str) -> None:
    """Who waits longer than the limit, or finds too many waiting, is told that it is too busy."""
    settings = DatabaseSettings(pool_max=1, pool_timeout=0.05, pool_waiting=1)
    async with fresh_database(database_url, settings=settings) as database, database.read():
        answers = await asyncio.gather(*(database.probe() for _ in range(3)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert database.stats()["pool_max"] == 1


def test_each_service_has_a_role_and_a_database_that_no_other_role_enters(database_url: str) -> None:
    """A service's role is no superuser, and is refused by its neighbour's database."""
    own, neighbour = (ensure_database(database_url, service, "secret") for service in ("test_own", "test_neighbour"))
    try:
        with psycopg.connect(own) as tx:
            found = tx.execute("select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = user")
            assert found.fetchone() == (False, False, False)
        foreign = psycopg.conninfo.conninfo_to_dict(neighbour)["dbname"]
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(psycopg.conninfo.make_conninfo(own, dbname=str(foreign)))
    finally:
        for service in ("test_own", "test_neighbour"):
            drop(database_url, service)


def test_making_a_database_twice_or_at_once_is_making_it_once(database_url: str) -> None:
    """Several replicas that start together all get the same URL, and the last password is the valid one."""
    with ThreadPoolExecutor(8) as pool:
        urls = list(pool.map(lambda _: ensure_database(database_url, "test_together", "p@ss:w/rd %"), range(8)))
        assert len(set(urls)) == 1
        applied = list(pool.map(lambda _: migrate(urls[0], "test_together", []), range(8)))
    assert sorted(applied)[:-1] == [0] * 7
    assert applied.count(0) == 7
    drop(database_url, "test_together")


def test_a_service_name_is_not_an_injection() -> None:
    """Only small letters make a name of a database."""
    with pytest.raises(ValueError, match="no name of a service"):
        ensure_database("postgresql://nobody@127.0.0.1:1/x", 'x"; drop role postgres; --', "")


def test_a_migration_that_fails_says_which_and_why_in_one_line(database_url: str, tmp_path: Path) -> None:
    """The ones before it stay applied, and once it is mended the rest goes through."""
    (tmp_path / "0001.seats.sql").write_text("create table seats (id int);")
    (tmp_path / "0002.broken.sql").write_text("create table chairs (id int);\nalter table nowhere add x int;")
    (tmp_path / "0003.rows.sql").write_text("create table if not exists rows (id int);")
    url = ensure_database(database_url, "test_broken", "secret")
    try:
        with pytest.raises(MigrationFailed) as raised:
            migrate(url, "test_broken", [tmp_path])
        assert str(raised.value).startswith('test_broken: 0002.broken: relation "nowhere" does not exist')
        assert "\n" not in str(raised.value)
        (tmp_path / "0002.broken.sql").write_text("create table chairs (id int);")
        assert migrate(url, "test_broken", [tmp_path]) == 2
        assert migrate(url, "test_broken", [tmp_path]) == 0
        with pytest.raises(MigrationFailed, match="no folder"):
            migrate(url, "test_broken", [tmp_path / "absent"])
    finally:
        drop(database_url, "test_broken")


def test_a_migration_needs_no_name_of_the_systems_user(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that runs under a number without a name migrates as well."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr("getpass.getuser", nobody)
    service = "test_" + "".join(random.choices(string.ascii_lowercase, k=10))
    url = ensure_database(database_url, service, "secret")
    try:
        assert migrate(url, service, []) == 1
    finally:
        drop(database_url, service)


def drop(database_url: str, service: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f"drop database aisle_{service} with (force)")
        admin.execute(f"drop role aisle_{service}")


def test_without_postgres_a_migration_is_unavailable_and_can_be_tried_again() -> None:
    """Start order does not matter: whoever calls waits and calls again."""
    with pytest.raises(Unavailable):
        migrate("postgresql://nobody@127.0.0.1:1/x", "inventory", [])


async def test_a_service_starts_before_its_database_and_finds_it_when_it_comes(tmp_path: Path) -> None:
    """The pool opens while nobody listens, says `Unavailable`, and serves within seconds once Postgres is there."""
    server = Postgres(tmp_path, structlog.get_logger())
    async with running(server):
        url = server.url
        await server.stop()
        async with opened(url, DatabaseSettings(pool_timeout=0.2)) as database:
            with pytest.raises(Unavailable):
                await database.probe()
            await server.start()
            await until(lambda: answers(database), seconds=5)


async def answers(database: Database) -> bool:
    try:
        await database.probe()
    except Unavailable:
        return False
    return True


async def test_a_restart_under_load_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    """Every insert that returned is there once; callers see `Unavailable` and no more; it is over soon."""
    server = Postgres(tmp_path, structlog.get_logger())
    async with running(server), opened(server.url, DatabaseSettings(pool_timeout=0.5)) as database:
        async with database.transaction() as tx:
            await execute(tx, "create table done (id int primary key)")
        sure: set[int] = set()
        unknown: set[int] = set()
        refused: set[int] = set()
        ending = asyncio.Event()

        async def insert_on(start: int) -> None:
            number = start
            while not ending.is_set():
                number += 16
                try:
                    async with database.transaction() as tx:
                        await execute(tx, "insert into done values (%s)", [number])
                except OutcomeUnknown:
                    unknown.add(number)
                except Unavailable:
                    refused.add(number)
                    await asyncio.sleep(0.01)
                else:
                    sure.add(number)

        async with asyncio.TaskGroup() as tasks:
            for start in range(16):
                tasks.create_task(insert_on(start))
            await until(lambda: len(sure) > 200)
            await server.kill()
            await until(lambda: len(refused) > 16)
            await server.start()
            before = len(sure)
            await until(lambda: len(sure) > before + 200, seconds=8)
            await server.restart()
            before = len(sure)
            await until(lambda: len(sure) > before + 200, seconds=8)
            ending.set()
        async with database.read() as tx:
            rows = await many(tx, Number, "select id from done")
    there = {row.id for row in rows}
    assert sure <= there
    assert not there & refused
    assert there - sure <= unknown


@dataclass(frozen=True)
class Number:
    id: int
