from __future__ import annotations

import asyncio
import random
import string
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import structlog

from internal.embedded.nats import Nats
from internal.embedded.postgres import Postgres
from internal.embedded.servers import running
from internal.platform import context, inbox, outbox
from internal.platform.bus import Bus, BusSettings, Consumer, Message, Meta, consume
from internal.platform.faults import Unavailable
from internal.platform.postgres import Database, DatabaseSettings, OutcomeUnknown, Tx, execute, many
from internal.platform.schema import migrate
from proto import Event
from tests.databases import fresh_database, opened
from tests.waiting import until


class Told(Event, frozen=True, kw_only=True):
    """An event of these tests; each test has a stream of its own through `new_kind`."""

    number: int
    text: str = ""
    subject: ClassVar[str] = "outboxtests.told"


@dataclass(frozen=True)
class Effect:
    number: int
    times: int


def new_kind() -> type[Told]:
    """An event that no other test publishes."""
    stream = "test" + "".join(random.choices(string.ascii_lowercase, k=10))
    return type("Told", (Told,), {"__annotations__": {}, "subject": f"{stream}.told"}, frozen=True, kw_only=True)


@pytest.fixture(scope="module")
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    async with connected(BusSettings(url=nats_url)) as bus:
        yield bus


@asynccontextmanager
async def connected(settings: BusSettings) -> AsyncIterator[Bus]:
    bus = Bus(settings, name="test", log=structlog.get_logger(), lost=lambda: None)
    bus.start()
    await bus.connected()
    try:
        yield bus
    finally:
        await bus.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with fresh_database(database_url) as database:
        await make_effects(database)
        yield database


async def make_effects(database: Database) -> None:
    async with database.transaction() as tx:
        await execute(tx, "create table effects (number int not null)")


async def add(database: Database, *events: Event) -> list[str]:
    async with database.transaction() as tx:
        return [await outbox.add(tx, event) for event in events]


async def waiting(database: Database) -> int:
    async with database.read() as tx:
        return (await outbox.backlog(tx)).count


async def stored(bus: Bus, kind: type[Told]) -> list[tuple[str, int]]:
    """Id and number of each message of the event's stream, in its order."""
    js = bus.client().jetstream()
    stream = kind.subject.partition(".")[0].upper()
    found = []
    for sequence in range(1, (await js.stream_info(stream)).state.last_seq + 1):
        message = await js.get_msg(stream, sequence, direct=True)
        assert message.headers is not None
        assert message.data is not None
        found.append((message.headers["Nats-Msg-Id"], decoded(message.data)))
    return found


def decoded(body: bytes) -> int:
    return int(body.split(b'"number":')[1].split(b",")[0].strip(b"}"))


async def effects(database: Database) -> list[Effect]:
    async with database.read() as tx:
        sql = "select number, count(*)::int as times from effects group by number order by number"
        return await many(tx, Effect, sql)


@asynccontextmanager
async def consuming(bus: Bus, database: Database, kind: type[Told]) -> AsyncIterator[None]:
    """A consumer whose effect is a row for each event, through the inbox."""

    async def note(tx: Tx, event: Told, meta: Meta) -> None:
        await execute(tx, "insert into effects values (%s)", [event.number])

    consumer = Consumer("noting", kind, inbox.once(database, "noting", note))
    task = asyncio.create_task(consume(bus, consumer))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def relaying(database: Database, bus: Bus) -> AsyncIterator[None]:
    loop = outbox.relay(database, bus.publish_batch)
    task = asyncio.create_task(loop.run(structlog.get_logger()))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Recorder:
    """Takes the messages in place of the bus, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.batches: list[list[Message]] = []
        self.failures = failures

    async def __call__(self, messages: Sequence[Message]) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable
        self.batches.append(list(messages))


async def test_what_is_committed_is_published_at_once_and_what_is_undone_never(database: Database, bus: Bus) -> None:
    """The commit wakes the relay; the message has its id, its request and its time; the row is gone."""
    kind = new_kind()
    loop = outbox.relay(database, bus.publish_batch)
    loop.interval = 60.0  # only the wake-up can bring it in time
    task = asyncio.create_task(loop.run(structlog.get_logger()))
    await until(lambda: loop.rounds > 0)
    token = context.request_id.set("req_1")
    try:
        with pytest.raises(KeyError):  # noqa: PT012 - the block is what is undone
            async with database.transaction() as tx:
                await outbox.add(tx, kind(number=1))
                raise KeyError
        (event_id,) = await add(database, kind(number=2))
    finally:
        context.request_id.reset(token)
    await until(lambda: loop.handled == 1)
    task.cancel()
    assert await stored(bus, kind) == [(event_id, 2)]
    assert await waiting(database) == 0
    message = await bus.client().jetstream().get_msg(kind.subject.partition(".")[0].upper(), 1, direct=True)
    assert message.headers is not None
    assert message.headers["X-Request-Id"] == "req_1"
    assert message.headers["Aisle-Time"].endswith("Z")


async def test_replicas_share_the_work_and_keep_the_order(database: Database, bus: Bus) -> None:
    """Two relays and 1,500 events committed one after another: each once, in the order of their commits."""
    kind = new_kind()
    async with opened(database.url) as replica, relaying(database, bus), relaying(replica, bus):
        for start in range(0, 1500, 10):
            await add(database if start % 20 else replica, *(kind(number=start + more) for more in range(10)))
        await until(lambda: empty(database))
    assert [number for _, number in await stored(bus, kind)] == list(range(1500))


async def empty(database: Database) -> bool:
    return await waiting(database) == 0


async def test_what_could_not_be_published_waits_in_its_order_under_its_id(database: Database) -> None:
    """A failed batch stays whole, its age is seen, and the next round sends the same messages."""
    kind, publish = new_kind(), Recorder(failures=1)
    ids = await add(database, *(kind(number=number) for number in range(3)))
    loop = outbox.relay(database, publish)
    with pytest.raises(Unavailable):
        await loop.run_once()
    async with database.read() as tx:
        backlog = await outbox.backlog(tx)
    assert backlog.count == 3
    assert 0 < backlog.oldest_seconds < 60
    assert await loop.run_once() == 3
    assert [message.id for message in publish.batches[0]] == ids
    assert await loop.run_once() == 0


async def test_batches_are_bounded_in_number_and_in_size(database: Database) -> None:
    """Not more than 500 events nor about 4 MB go in one transaction, and the largest event still goes."""
    kind, publish = new_kind(), Recorder()
    large = "x" * (outbox.LARGEST - 100)
    await add(database, *(kind(number=number, text=large) for number in range(10)))
    await add(database, *(kind(number=number) for number in range(600)))
    loop = outbox.relay(database, publish)
    while await loop.run_once():
        pass
    assert [len(batch) for batch in publish.batches] == [9, 500, 101]


async def test_an_event_that_nats_would_refuse_is_refused_when_it_is_added(database: Database) -> None:
    """One transaction fails, instead of the relay for everybody."""
    with pytest.raises(ValueError, match="more than"):
        await add(database, new_kind()(number=1, text="x" * outbox.LARGEST))


async def test_a_step_done_again_tells_the_same_event(database: Database, bus: Bus) -> None:
    """The same key is the same id: one message, even when the first was published before the second was added."""
    kind = new_kind()
    async with database.transaction() as tx:
        first = await outbox.add(tx, kind(number=1), key="saga_1 claim")
        assert await outbox.add(tx, kind(number=1), key="saga_1 claim") == first
    loop = outbox.relay(database, bus.publish_batch)
    assert await loop.run_once() == 1
    async with database.transaction() as tx:
        assert await outbox.add(tx, kind(number=1), key="saga_1 claim") == first
        assert await outbox.add(tx, kind(number=2), key="saga_2 claim") != first
    assert await loop.run_once() == 2
    assert [number for _, number in await stored(bus, kind)] == [1, 2]


async def test_a_relay_killed_between_publishing_and_deleting_tells_nothing_twice(
    database: Database, bus: Bus, nats_url: str
) -> None:
    """After kill -9 the rows are still there, another relay sends them again, and each has one effect."""
    kind = new_kind()
    ids = await add(database, *(kind(number=number) for number in range(500)))
    relay = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.platform.relay_process", database.url, nats_url),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert relay.stdout is not None
    try:
        async with asyncio.timeout(20):
            while await relay.stdout.readline() != b"stored 500\n":
                assert not relay.stdout.at_eof()
    finally:
        relay.kill()
        await relay.communicate()
    assert await waiting(database) == 500
    later = await add(database, kind(number=500))
    async with consuming(bus, database, kind), relaying(database, bus):
        await until(lambda: seen(database, 501))
    assert await stored(bus, kind) == list(zip(ids + later, range(501), strict=True))
    assert await effects(database) == [Effect(number, 1) for number in range(501)]


async def seen(database: Database, count: int) -> bool:
    return len(await effects(database)) >= count


async def test_told_again_after_the_stream_forgot_the_id_has_one_effect(database: Database, nats_url: str) -> None:
    """Beyond JetStream's window the message is stored twice, and the inbox makes it once."""
    kind = new_kind()
    ids = await add(database, kind(number=1), kind(number=2))
    async with connected(BusSettings(url=nats_url, duplicate_window=1)) as bus, consuming(bus, database, kind):

        async def publish_and_die(messages: Sequence[Message]) -> None:
            await bus.publish_batch(messages)
            raise KeyError

        async def stored_again() -> bool:
            with pytest.raises(KeyError):
                await outbox.relay(database, publish_and_die).run_once()
            return len(await stored(bus, kind)) > 3  # both: each has its own moment

        await until(stored_again)
        assert await outbox.relay(database, bus.publish_batch).run_once() == 2
        (last,) = await add(database, kind(number=3))
        assert await outbox.relay(database, bus.publish_batch).run_once() == 1
        await until(lambda: seen(database, 3))
        told = [event_id for event_id, _ in await stored(bus, kind)]
    assert set(told) == {*ids, last}
    assert len(told) >= 5
    assert await effects(database) == [Effect(number, 1) for number in (1, 2, 3)]


async def test_both_servers_killed_under_load_lose_and_repeat_nothing(tmp_path: Path) -> None:
    """NATS and Postgres die and come back while events are written: every committed one has one effect."""
    log = structlog.get_logger()
    nats, postgres, kind = Nats(tmp_path, log), Postgres(tmp_path, log), new_kind()
    async with running(nats, postgres):
        migrate(postgres.url, "test", [])
        settings = DatabaseSettings(pool_timeout=0.5)
        async with opened(postgres.url, settings) as database, connected(BusSettings(url=nats.url)) as bus:
            await make_effects(database)
            sure, unknown, ending = set[int](), set[int](), asyncio.Event()

            async def write(start: int) -> None:
                number = start
                while not ending.is_set():
                    number += 4
                    try:
                        await add(database, kind(number=number))
                    except OutcomeUnknown:
                        unknown.add(number)
                    except Unavailable:
                        await asyncio.sleep(0.01)
                    else:
                        sure.add(number)
                        await asyncio.sleep(0.001)

            async def grown(by: int) -> None:
                goal = len(sure) + by
                await until(lambda: len(sure) > goal, seconds=20)

            async with consuming(bus, database, kind), relaying(database, bus):
                async with asyncio.TaskGroup() as tasks:
                    for start in range(4):
                        tasks.create_task(write(start))
                    await grown(by=100)
                    await nats.kill()
                    await grown(by=100)
                    await nats.start()
                    await grown(by=100)
                    await postgres.kill()
                    await postgres.start()
                    await grown(by=100)
                    await nats.restart()
                    await grown(by=100)
                    ending.set()
                await until(lambda: empty(database), seconds=20)
                await until(lambda: seen(database, len(sure)), seconds=20)
            done = await effects(database)
    assert {effect.times for effect in done} == {1}
    numbers = {effect.number for effect in done}
    assert sure <= numbers
    assert numbers - sure <= unknown
