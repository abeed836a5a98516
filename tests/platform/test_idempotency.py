from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from internal.platform import idempotency
from internal.platform.faults import Fault, Forbidden, Kind, Limited, Malformed, Unavailable
from internal.platform.idempotency import InFlight, KeyReused, StoredAnswer, fingerprint, fingerprint_secret
from internal.platform.ids import new_id
from internal.platform.postgres import Database, Tx, execute, one
from tests.databases import fresh_database, opened
from tests.waiting import until

SCOPE = idempotency.scope("user_a", "POST /api/checkouts")
BODY = fingerprint("POST", "/api/checkouts", b"{}")
CREATED = StoredAnswer(201, {"Location": "/api/orders/1"}, b'{"id":1}')


class RowGone(Fault, kind=Kind.CONFLICT):
    """The seat is gone."""


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with fresh_database(database_url) as database:
        async with database.transaction() as tx:
            await execute(tx, "create table effects (word text not null)")
        yield database


@dataclass(frozen=True)
class Count:
    count: int


async def effects(database: Database, word: str) -> int:
    async with database.read() as tx:
        return (await one(tx, Count, "select count(*) as count from effects where word = %s", [word])).count


class Producer:
    """Counts how often it was asked, and answers or raises what it was told to."""

    def __init__(self, database: Database, *answers: StoredAnswer | BaseException) -> None:
        self.database = database
        self.answers = list(answers)
        self.asked = 0
        self.word = new_id("word")

    async def __call__(self) -> StoredAnswer:
        async with self.database.transaction() as tx:
            await execute(tx, "insert into effects values (%s)", [self.word])
        return self.next()

    async def within(self, tx: Tx) -> StoredAnswer:
        await execute(tx, "insert into effects values (%s)", [self.word])
        return self.next()

    def next(self) -> StoredAnswer:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(answer, BaseException):
            raise answer
        return answer


async def ask(producer: Producer, key: str, within: bool, *, body: bytes = BODY, scope: str = SCOPE) -> StoredAnswer:
    if within:
        return await idempotency.run_within(producer.database, scope, key, body, producer.within)
    return await idempotency.run(producer.database, scope, key, body, producer)


both_ways = pytest.mark.parametrize("within", [False, True], ids=["leased", "within"])


@both_ways
async def test_the_same_request_again_gets_the_same_answer_and_no_second_effect(
    database: Database, within: bool
) -> None:
    """Status, headers and body come back byte for byte, and are marked as replayed."""
    producer, key = Producer(database, CREATED), new_id("key")
    first = await ask(producer, key, within)
    again = await ask(producer, key, within)
    assert first == CREATED
    assert again == StoredAnswer(201, CREATED.headers, CREATED.body, replayed=True)
    assert await effects(database, producer.word) == 1


@both_ways
async def test_fifty_at_once_make_one_effect_and_hear_one_answer(database: Database, within: bool) -> None:
    """Callers on two replicas, who come again when told that the first is in flight, all get its one answer."""
    producer, key = Producer(database, *(StoredAnswer(201, {}, b"%d" % number) for number in range(50))), new_id("key")
    waits: list[object] = []

    async def persist(number: int) -> bytes:
        where = database if number % 2 else replica
        while True:
            try:
                if within:
                    answer = await idempotency.run_within(where, SCOPE, key, BODY, producer.within)
                else:
                    answer = await idempotency.run(where, SCOPE, key, BODY, producer)
                return answer.body
            except InFlight as fault:
                waits.append(fault.extra["retryAfter"])
                await asyncio.sleep(0.01)

    async with opened(database.url) as replica:
        bodies = await asyncio.gather(*(persist(number) for number in range(50)))
    assert set(bodies) == {b"0"}
    assert set(waits) <= {1}
    assert await effects(database, producer.word) == 1


@both_ways
async def test_the_same_key_with_another_request_is_refused(database: Database, within: bool) -> None:
    """Another body under a used key is a mistake of the caller's program: 422, and no effect."""
    producer, key = Producer(database, CREATED), new_id("key")
    await ask(producer, key, within)
    with pytest.raises(KeyReused) as raised:
        await ask(producer, key, within, body=fingerprint("POST", "/api/checkouts", b"{1}"))
    assert raised.value.kind is Kind.UNPROCESSABLE
    assert producer.asked == 1


@both_ways
async def test_two_users_may_choose_the_same_key(database: Database, within: bool) -> None:
    """A key is its user's and its route's own: nobody reads another's answer by guessing."""
    producer, key = Producer(database, CREATED, StoredAnswer(201, {}, b"other")), new_id("key")
    await ask(producer, key, within)
    other = await ask(producer, key, within, scope=idempotency.scope("user_b", "POST /api/checkouts"))
    assert other.body == b"other"


@both_ways
async def test_a_lasting_fault_is_told_again_as_it_was(database: Database, within: bool) -> None:
    """A conflict is an answer: the same class, detail and members, without trying again."""
    producer, key = Producer(database, RowGone("A-1 is gone.", seatIds=["A-1"]), CREATED), new_id("key")
    for _ in range(2):
        with pytest.raises(RowGone) as raised:
            await ask(producer, key, within)
        assert (raised.value.detail, raised.value.extra) == ("A-1 is gone.", {"seatIds": ["A-1"]})
    assert producer.asked == 1
    assert await effects(database, producer.word) == (0 if within else 1)


@both_ways
@pytest.mark.parametrize(
    "passing",
    [Limited(), Unavailable(), InFlight(), Forbidden(), KeyError("bug"), asyncio.CancelledError()],
    ids=lambda given: type(given).__name__,
)
async def test_a_passing_trouble_is_not_remembered(database: Database, within: bool, passing: BaseException) -> None:
    """429, 5xx, an answer in flight and a broken handler free the key at once for a second try."""
    producer, key = Producer(database, passing, CREATED), new_id("key")
    with pytest.raises(type(passing)):
        await ask(producer, key, within)
    assert await ask(producer, key, within) == CREATED
    assert await effects(database, producer.word) == (1 if within else 2)


@both_ways
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_an_answer_of_a_passing_trouble_is_not_remembered(database: Database, within: bool, status: int) -> None:
    """Nor is one that was returned rather than raised; within a transaction its effect is undone."""
    producer, key = Producer(database, StoredAnswer(status, {}, b"later"), CREATED), new_id("key")
    assert (await ask(producer, key, within)).status == status
    assert await ask(producer, key, within) == CREATED
    assert await effects(database, producer.word) == (1 if within else 2)


@both_ways
async def test_who_comes_while_the_first_is_answered_is_told_so(database: Database, within: bool) -> None:
    """409 with a time to come again, and neither waiting nor a second effect."""
    key, inside, go_on = new_id("key"), asyncio.Event(), asyncio.Event()
    producer = Producer(database, CREATED)

    async def slow(*_: Tx) -> StoredAnswer:
        inside.set()
        await go_on.wait()
        return CREATED

    if within:
        first = asyncio.create_task(idempotency.run_within(database, SCOPE, key, BODY, slow))
    else:
        first = asyncio.create_task(idempotency.run(database, SCOPE, key, BODY, slow))
    await inside.wait()
    with pytest.raises(InFlight) as raised:
        await ask(producer, key, within)
    assert raised.value.kind is Kind.CONFLICT
    go_on.set()
    assert await first == CREATED
    assert (await ask(producer, key, within)).replayed
    assert producer.asked == 0


async def test_a_caller_who_died_frees_the_key_when_its_lease_ends(database: Database) -> None:
    """The answer of the one who took over is the one that counts, also for the first, should it come back."""
    key, inside, go_on = new_id("key"), asyncio.Event(), asyncio.Event()
    producer = Producer(database, CREATED)

    async def stalled() -> StoredAnswer:
        inside.set()
        await go_on.wait()
        return StoredAnswer(201, {}, b"of the one given up for dead")

    first = asyncio.create_task(idempotency.run(database, SCOPE, key, BODY, stalled))
    await inside.wait()
    async with database.transaction() as tx:
        await execute(tx, "update idempotency set leased_until = now() where key = %s", [key])
    assert await ask(producer, key, within=False) == CREATED
    go_on.set()
    with pytest.raises(InFlight):
        await first
    assert (await ask(producer, key, within=False)).body == CREATED.body
    assert producer.asked == 1


async def test_a_connection_that_dies_within_frees_the_key_at_once(database: Database) -> None:
    """The effect is undone with it, and the next caller has both."""
    key, producer = new_id("key"), Producer(database, CREATED)

    async def cut_off(tx: Tx) -> StoredAnswer:
        await producer.within(tx)
        await execute(tx, "select pg_terminate_backend(pg_backend_pid())")
        return CREATED

    with pytest.raises(Unavailable):
        await idempotency.run_within(database, SCOPE, key, BODY, cut_off)
    assert await effects(database, producer.word) == 0
    assert await ask(producer, key, within=True) == CREATED
    assert await effects(database, producer.word) == 1


async def test_who_takes_longer_than_the_lease_is_stopped_before_another_begins(database: Database) -> None:
    """No two callers ever work on one key: the first ends before its lease does."""
    key, began = new_id("key"), 0

    async def endless() -> StoredAnswer:
        nonlocal began
        began += 1
        if began == 1:
            await asyncio.Event().wait()
        return CREATED

    with pytest.raises(Unavailable):
        await idempotency.run(database, SCOPE, key, BODY, endless, lease=0.1)

    async def answered() -> bool:
        try:
            return (await idempotency.run(database, SCOPE, key, BODY, endless)).status == 201
        except InFlight:
            return False

    await until(answered)
    assert began == 2


async def test_keys_are_kept_for_a_day_and_then_forgotten(database: Database) -> None:
    """After 24 hours the key is new again."""
    old, young, producer = new_id("key"), new_id("key"), Producer(database, CREATED)
    await ask(producer, old, within=True)
    await ask(producer, young, within=False)
    async with database.transaction() as tx:
        await execute(tx, "update idempotency set created_at = now() - interval '25 hours' where key = %s", [old])
    assert await idempotency.pruning(database).run_once() == 1
    assert (await ask(producer, young, within=False)).replayed
    assert not (await ask(producer, old, within=False)).replayed


@pytest.mark.parametrize("key", ["", "x" * 256, "line\nbreak", "ü", "\x00"])
async def test_a_key_that_is_none_is_malformed(database: Database, key: str) -> None:
    """Empty, too long or unprintable: 400, and nothing is asked."""
    producer = Producer(database, CREATED)
    with pytest.raises(Malformed):
        await ask(producer, key, within=False)
    assert producer.asked == 0


def test_fingerprints_tell_where_a_part_ends() -> None:
    """Moving a byte from the path to the body makes another request."""
    assert fingerprint("POST", "/a", b"b") == fingerprint("POST", "/a", b"b")
    assert fingerprint("POST", "/a", b"b", secret=b"1") == fingerprint("POST", "/a", b"b", secret=b"1")
    assert fingerprint("POST", "/a", b"b", secret=b"1") != fingerprint("POST", "/a", b"b", secret=b"2")
    assert fingerprint("POST", "/a", b"b") != fingerprint("POST", "/ab", b"")


def test_the_secret_of_fingerprints_is_the_deployments() -> None:
    """Named, or made of the databases' passwords, in whatever order they are given; never the same for two houses."""
    urls = {
        "AISLE_ORDERS_DATABASE_URL": "postgresql://o:one@db/o",
        "AISLE_CHECKOUT_DATABASE_URL": "postgresql://c:x@db",
    }
    assert fingerprint_secret(urls) == fingerprint_secret({**dict(reversed(urls.items())), "AISLE_PORT": "1"})
    other = {**urls, "AISLE_ORDERS_DATABASE_URL": "postgresql://o:two@db/o"}
    assert fingerprint_secret(urls) != fingerprint_secret(other)
    named = {"AISLE_IDEMPOTENCY_SECRET": "ours"}
    assert fingerprint_secret({**urls, **named}) == fingerprint_secret({**other, **named})
    assert fingerprint_secret(named) != fingerprint_secret({"AISLE_IDEMPOTENCY_SECRET": "theirs"})
