from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from internal.platform import inbox
from internal.platform.faults import Drop, RetryLater, Unavailable
from internal.platform.ids import new_id
from internal.platform.postgres import Database, DatabaseSettings, Tx, execute, one
from tests.databases import fresh_database, opened


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with fresh_database(database_url) as database:
        async with database.transaction() as tx:
            await execute(tx, "create table effects (event_id text not null, word text not null)")
        yield database


@dataclass(frozen=True)
class Delivery:
    id: str = field(default_factory=lambda: new_id("fact"))


@dataclass(frozen=True)
class Count:
    count: int


async def effects(database: Database, delivery: Delivery) -> int:
    async with database.read() as tx:
        sql = "select count(*) as count from effects where event_id = %s"
        return (await one(tx, Count, sql, [delivery.id])).count


async def note(tx: Tx, event: str, delivery: Delivery) -> None:
    await execute(tx, "insert into effects values (%s, %s)", [delivery.id, event])


async def test_an_event_delivered_again_has_no_second_effect(database: Database) -> None:
    """The same id for the same durable is handled once; for another durable it is another matter."""
    delivery = Delivery()
    for _ in range(3):
        await inbox.once(database, "first", note)("word", delivery)
    assert await effects(database, delivery) == 1
    await inbox.once(database, "second", note)("word", delivery)
    assert await effects(database, delivery) == 2


async def test_an_event_delivered_to_many_at_once_has_one_effect(database: Database) -> None:
    """Fifty deliveries to two replicas in the same moment are one effect, and all of them end well."""
    delivery = Delivery()
    async with opened(database.url) as replica:
        both = [inbox.once(each, "crowd", note) for each in (database, replica)]
        await asyncio.gather(*(both[number % 2]("word", delivery) for number in range(50)))
    assert await effects(database, delivery) == 1


async def test_a_handler_that_fails_leaves_the_event_to_be_handled_again(database: Database) -> None:
    """The effect is undone with the id, whatever the verdict, and the verdict reaches the bus as it is."""
    delivery = Delivery()
    raised: list[Exception] = [KeyError("bug"), RetryLater(3.0), Drop("never")]

    async def stumble(tx: Tx, event: str, delivery: Delivery) -> None:
        await note(tx, event, delivery)
        if raised:
            raise raised.pop()

    handle = inbox.once(database, "stumbling", stumble)
    for kind in (Drop, RetryLater, KeyError):
        with pytest.raises(kind):
            await handle("word", delivery)
        assert await effects(database, delivery) == 0
    await handle("word", delivery)
    assert await effects(database, delivery) == 1


async def test_a_second_delivery_waits_for_the_first_and_takes_over_when_that_fails(database: Database) -> None:
    """A concurrent delivery is not acknowledged before the first one's effect is certain."""
    delivery = Delivery()
    inside, fail = asyncio.Event(), asyncio.Event()

    async def first(tx: Tx, event: str, delivery: Delivery) -> None:
        inside.set()
        await fail.wait()
        raise KeyError

    losing = asyncio.create_task(inbox.once(database, "relay", first)("word", delivery))
    await inside.wait()
    waiting = asyncio.create_task(inbox.once(database, "relay", note)("word", delivery))
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done
    fail.set()
    with pytest.raises(KeyError):
        await losing
    await waiting
    assert await effects(database, delivery) == 1


async def test_a_database_that_is_away_is_no_reason_to_give_a_message_up() -> None:
    """An outage is told to the bus as one, which waits it out and does not count it as a try."""
    async with opened("postgresql://nobody@127.0.0.1:1/x", DatabaseSettings(pool_timeout=0.05)) as database:
        with pytest.raises(Unavailable):
            await inbox.once(database, "away", note)("word", Delivery())


async def test_old_ids_are_forgotten_and_young_ones_kept(database: Database) -> None:
    """After seven days an id is pruned; until then the event stays done."""
    old, young = Delivery(), Delivery()
    handle = inbox.once(database, "pruned", note)
    await handle("word", old)
    await handle("word", young)
    async with database.transaction() as tx:
        await execute(tx, "update inbox set seen_at = now() - interval '8 days' where event_id = %s", [old.id])
    assert await inbox.pruning(database).run_once() == 1
    assert await inbox.pruning(database).run_once() == 0
    await handle("word", young)
    assert await effects(database, young) == 1
