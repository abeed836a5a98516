"""What could not be handled goes again to whom it failed, once, and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from internal.embedded import Nats
from internal.platform.bus import Bus, Consumer, Message, Meta, consume, find, letters, original, replaying, serve
from internal.platform.bus.deadletters import park
from internal.platform.context import request_id
from internal.platform.faults import Drop, Unavailable
from internal.platform.inbox import once
from internal.platform.postgres import Tx, execute
from proto import Event
from proto.dlq import Replay, Replayed
from proto.stats import StatsUpdated
from tests.conftest import Addresses
from tests.databases import fresh_database
from tests.platform.bus.conftest import Heard, numbered, opened, running
from tests.waiting import until

LARGE = 8 * 1024 * 1024 - 300  # bytes: NATS takes the message, and not the letter with its headers on top


class Broken:
    """A handler that drops everything until it is repaired."""

    def __init__(self, verdict: Exception | None = None) -> None:
        self.verdict: Exception | None = verdict or Drop("no such showtime")

    async def __call__(self, _: Event, __: Meta) -> None:
        if self.verdict is not None:
            raise self.verdict


@asynccontextmanager
async def served(bus: Bus, *consumers: Consumer[Any]) -> AsyncIterator[None]:
    """As the platform runs them: consumed, and asked for their dead letters."""
    async with AsyncExitStack() as stack:
        for consumer in consumers:
            await stack.enter_async_context(running(consume(bus, consumer)))
        await stack.enter_async_context(running(serve(bus, [replaying(bus, one) for one in consumers])))
        yield


async def replayed(bus: Bus, number: int, durable: str = "test") -> Replayed:
    """Once somebody listens."""
    answers: list[Replayed] = []

    async def asked() -> bool:
        try:
            answers.append(await bus.request(Replay(stream="STATS", durable=durable, number=number), timeout=10))
        except Unavailable:
            return False
        return True

    await until(asked)
    return answers[0]


async def parked(bus: Bus, count: int = 1) -> list[int]:
    """The numbers of the letters, once so many lie there."""

    async def there() -> bool:
        return len(await letters(bus)) == count

    await until(there)
    return [one.number for one in await letters(bus)]


async def test_poison_is_parked_repaired_replayed_and_gone(bus: Bus) -> None:
    """Handled once, as it was first told, by the one that could not; the other durable of the stream hears nothing."""
    broken, seen = Broken(), []

    async def first(event: Event, meta: Meta) -> None:
        await broken(event, meta)
        seen.append(request_id.get())

    failing, other = Heard(first), Heard()
    message = numbered(1)[0]._replace(headers={"X-Request-Id": "r-7"})
    await bus.publish_batch([message])
    consumers = Consumer("test", StatsUpdated, failing), Consumer("other", StatsUpdated, other)
    async with served(bus, *consumers):
        (number,) = await parked(bus)
        broken.verdict = None
        assert await replayed(bus, number) == Replayed(outcome="handled")
        assert await letters(bus) == []
        assert (await replayed(bus, number)).outcome == "gone"
    assert (failing.ids, other.ids, seen) == (["m0"], ["m0"], ["r-7"])
    assert [(meta.sequence, meta.deliveries, meta.subject) for meta in failing.metas] == [(1, 2, "stats.updated")]
    assert consumers[0].handled == 1


async def test_a_replay_that_fails_returns_with_its_count(bus: Bus) -> None:
    """Again and again, within the two minutes in which NATS drops what it has seen; nothing is lost between."""
    broken = Broken()
    heard = Heard(broken)
    await bus.publish_batch(numbered(1))
    async with served(bus, Consumer("test", StatsUpdated, heard)):
        (number,) = await parked(bus)
        broken.verdict = KeyError("worse")
        for count in (1, 2):
            answer = await replayed(bus, number)
            assert (answer.outcome, answer.reason) == ("failed", f"failed {count + 1} times: KeyError: 'worse'")
            ((number, letter, _, _),) = await letters(bus)
            assert (answer.number, letter.replays, letter.deliveries) == (number, count, count + 1)
            assert letter.error == "KeyError: 'worse'"
        broken.verdict = None
        assert (await replayed(bus, number)).outcome == "handled"
    assert heard.ids == ["m0"]
    assert heard.metas[0].deliveries == 4


async def test_two_who_replay_at_once_have_one_effect(own_nats: Nats, bus: Bus, servers: Addresses) -> None:
    """The inbox knows the message by its first id, in whichever replica it is tried."""
    effects: list[str] = []
    broken = Broken()

    async def effect(tx: Tx, event: Event, meta: Meta) -> None:
        await broken(event, meta)
        await execute(tx, "select pg_sleep(0.05)")
        effects.append(meta.id)

    async with fresh_database(servers.database_url) as database, opened(own_nats.url) as other:
        consumers = [Consumer("test", StatsUpdated, once(database, "test", effect)) for _ in range(2)]
        await bus.publish_batch(numbered(1))
        async with served(bus, consumers[0]), served(other, consumers[1]):
            (number,) = await parked(bus)
            broken.verdict = None
            answers = await asyncio.gather(*(replayed(bus, number) for _ in range(10)))
            assert await letters(bus) == []
    assert {answer.outcome for answer in answers} <= {"handled", "gone"}
    assert effects == ["m0"]


async def test_what_is_away_leaves_the_letter_as_it_lies(bus: Bus) -> None:
    """An outage is no failure of the message: nothing is counted."""
    broken = Broken()
    await bus.publish_batch(numbered(1))
    async with served(bus, Consumer("test", StatsUpdated, Heard(broken))):
        (number,) = await parked(bus)
        broken.verdict = Unavailable("The database is away.")
        assert await replayed(bus, number) == Replayed(outcome="left", reason="The database is away.")
        ((again, letter, _, _),) = await letters(bus)
    assert (again, letter.replays) == (number, 0)


async def test_a_process_that_stops_in_the_middle_loses_nothing(bus: Bus) -> None:
    """The letter lies there until it is handled."""
    broken, begun = Broken(), asyncio.Event()

    async def hang(event: Event, meta: Meta) -> None:
        await broken(event, meta)
        begun.set()
        await asyncio.Event().wait()

    await bus.publish_batch(numbered(1))
    consumer = Consumer("test", StatsUpdated, hang)
    async with running(consume(bus, consumer)):
        (number,) = await parked(bus)
    broken.verdict = None
    async with running(serve(bus, [replaying(bus, consumer)], drain=0.0)):
        asking = asyncio.create_task(replayed(bus, number))
        await begun.wait()
    asking.cancel()
    assert [one.number for one in await letters(bus)] == [number]


async def test_a_body_that_was_left_out_is_fetched_from_its_stream(bus: Bus) -> None:
    """By its sequence; and a stream that began anew has another message there, which is not taken for it."""
    broken = Broken()
    heard = Heard(broken)
    body = b'{"eventId":"event_1","showtimeId":"%s"}' % (b"s" * LARGE)
    await bus.publish_batch([Message("stats.updated", "large", body)])
    async with served(bus, Consumer("test", StatsUpdated, heard)):
        (number,) = await parked(bus)
        found = await find(bus, number)
        assert found is not None
        assert (found.letter.body_left_out, found.size) == (True, 0)
        assert await original(bus, found) == body
        broken.verdict = None
        assert (await replayed(bus, number)).outcome == "handled"
        assert heard.events == [StatsUpdated(event_id="event_1", showtime_id="s" * LARGE)]
        await bus.client().jetstream().delete_stream("STATS")
        await bus.publish_batch(numbered(1))
        assert await original(bus, found) is None


async def test_letters_are_listed_by_stream_and_durable_with_what_is_no_letter_too(bus: Bus) -> None:
    """Whatever lies in the DLQ is seen."""
    assert await letters(bus) == []
    broken = Broken()
    await bus.publish_batch(numbered(3))
    async with served(bus, *(Consumer(name, StatsUpdated, Heard(broken)) for name in ("test", "other"))):
        await parked(bus, 6)
    await bus.client().jetstream().publish("dlq.STATS.stray", b"?")
    assert sorted(one.letter.sequence for one in await letters(bus, "STATS", "other")) == [1, 2, 3]
    assert await letters(bus, "ORDERS") == []
    (stray,) = await letters(bus, durable="stray")
    assert (stray.letter.durable, stray.letter.reason) == ("stray", "lies here without a word why")


async def test_a_letter_is_handled_only_by_whose_it_is(bus: Bus) -> None:
    """A wrong number does not run somebody else's message, nor does an unknown subject end in an exception."""
    broken = Broken()
    consumers = [Consumer(name, StatsUpdated, Heard(broken)) for name in ("test", "other")]
    await bus.publish_batch(numbered(1))
    async with served(bus, *consumers):
        await parked(bus, 2)
        (mine,) = await letters(bus, durable="test")
        assert (await replayed(bus, mine.number, "other")).outcome == "gone"
        found = await find(bus, mine.number)
        assert found is not None
        meta = Meta("m9", "stats.renamed", "STATS", "test", 9, 1, "", found.letter.stored_at, {})
        await park(bus, b"{}", meta, reason="r", error="")
        newest = (await letters(bus, durable="test"))[-1]
        assert (await replayed(bus, newest.number)).reason == "this durable listens to stats.renamed no more"
