"""What becomes of a message: each verdict, each failure, and every way to stop."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from nats.js import api
from nats.js.errors import NotFoundError

from internal.embedded import Nats
from internal.platform.bus import Bus, Consumer, Message, Meta, consume
from internal.platform.context import request_id
from internal.platform.faults import Drop, RetryLater, Unavailable
from proto import Event
from proto.orders import OrderCanceled, OrderCreated
from proto.stats import StatsUpdated
from tests.platform.bus.conftest import Heard, numbered, opened, running, stored
from tests.waiting import until

QUICK = (0.1,)


def listening(heard: Heard, **how: Any) -> Consumer[StatsUpdated]:
    return Consumer("test", StatsUpdated, heard, **{"pauses": QUICK, **how})


async def handed_over(bus: Bus, count: int) -> bool:
    """So many have been delivered and not yet acknowledged."""
    info = await bus.client().jetstream().consumer_info("STATS", "test")
    return bool(info.num_ack_pending == count)


async def settled(bus: Bus, stream: str = "STATS", durable: str = "test") -> bool:
    """Nothing waits and nothing is unacknowledged."""
    try:
        info = await bus.client().jetstream().consumer_info(stream, durable)
    except NotFoundError:
        return False
    return (info.num_pending, info.num_ack_pending) == (0, 0)


async def letters(bus: Bus) -> list[tuple[str, bytes, dict[str, Any]]]:
    return [
        (subject, body, json.loads(headers["Aisle-Dead-Letter"])) for subject, body, headers in await stored(bus, "DLQ")
    ]


async def test_every_message_is_handled_once_and_acknowledged(bus: Bus) -> None:
    """From before the durable was there, and after."""
    heard = Heard()
    await bus.publish_batch(numbered(300))
    async with running(consume(bus, listening(heard))):
        await until(lambda: len(heard.ids) == 300)
        await bus.publish_batch(numbered(50, "n"))
        await until(lambda: len(heard.ids) == 350)
        await until(lambda: settled(bus))
    assert sorted(heard.ids) == sorted([f"m{n}" for n in range(300)] + [f"n{n}" for n in range(50)])


async def test_a_message_arrives_at_once_when_the_consumer_idles(bus: Bus) -> None:
    """The request lingers on the server; nothing polls."""
    heard = Heard()
    async with running(consume(bus, listening(heard))):
        await bus.publish_batch(numbered(1))
        await until(lambda: bool(heard.ids))
        began = asyncio.get_running_loop().time()
        await bus.publish_batch(numbered(1, "n"))
        await until(lambda: len(heard.ids) == 2)
        assert asyncio.get_running_loop().time() - began < 0.5


async def test_the_meta_says_what_the_publisher_said(bus: Bus) -> None:
    """Id, time, request id, and the count of deliveries."""
    heard = Heard()
    message = Message.of(StatsUpdated(event_id="e", showtime_id="s"), id="fact_1", headers={"X-Request-Id": "r-9"})
    seen: list[str] = []

    async def note(event: Event, meta: Meta) -> None:
        seen.append(request_id.get())

    heard = Heard(note)
    await bus.publish_batch([message])
    async with running(consume(bus, listening(heard))):
        await until(lambda: bool(heard.ids))
    (meta,) = heard.metas
    assert (meta.id, meta.subject, meta.stream, meta.durable) == ("fact_1", "stats.updated", "STATS", "test")
    assert (meta.deliveries, meta.sequence, meta.request_id, seen) == (1, 1, "r-9", ["r-9"])
    assert abs((datetime.now(UTC) - meta.time).total_seconds()) < 60
    assert abs((meta.stored_at - meta.time).total_seconds()) < 60
    assert heard.events == [StatsUpdated(event_id="e", showtime_id="s")]


async def test_retry_later_comes_again_after_its_delay(bus: Bus) -> None:
    """Not now is not a failure."""
    times: list[float] = []

    async def later(event: Event, meta: Meta) -> None:
        times.append(asyncio.get_running_loop().time())
        if meta.deliveries < 3:
            raise RetryLater(0.3)

    heard = Heard(later)
    await bus.publish_batch(numbered(1))
    async with running(consume(bus, listening(heard))):
        await until(lambda: heard.ids == ["m0"])
    assert all(after - before >= 0.25 for before, after in pairwise(times))


async def test_a_drop_is_parked_with_its_reason_and_does_not_come_again(bus: Bus) -> None:
    """With all that a replay needs."""

    async def never(event: Event, meta: Meta) -> None:
        raise Drop("no such showtime")

    heard = Heard(never)
    message = numbered(1)[0]._replace(headers={"X-Request-Id": "r-1", "Nats-Expected-Stream": "STATS"})
    await bus.publish_batch([message])
    async with running(consume(bus, listening(heard))):
        await until(lambda: settled(bus))
        await until(lambda: heard.tries == 1)
        ((subject, body, letter),) = await letters(bus)
    assert (subject, body, heard.tries) == ("dlq.STATS.test", message.body, 1)
    assert letter["reason"] == "no such showtime"
    assert (letter["subject"], letter["sequence"], letter["deliveries"]) == ("stats.updated", 1, 1)
    assert letter["headers"]["Nats-Msg-Id"] == "m0"
    assert letter["headers"]["X-Request-Id"] == "r-1"


async def test_a_failing_message_is_parked_after_its_last_try_and_holds_nobody_up(bus: Bus) -> None:
    """The error is kept for whoever looks."""

    async def stumble(event: Event, meta: Meta) -> None:
        if meta.id == "m1":
            raise KeyError("böse")

    heard = Heard(stumble)
    await bus.publish_batch(numbered(3))
    async with running(consume(bus, listening(heard, tries=3))) as _:
        await until(lambda: settled(bus))
        ((_, _, letter),) = await letters(bus)
    assert sorted(heard.ids) == ["m0", "m2"]
    assert heard.tries == 5
    assert (letter["deliveries"], letter["error"]) == (3, "KeyError: 'böse'")


@pytest.mark.parametrize("body", [b"", b"not json", b'{"eventId":1}', b"[]"])
async def test_a_poison_message_is_parked_unseen(bus: Bus, body: bytes) -> None:
    """Trying again would not make it well-formed."""
    heard = Heard()
    await bus.publish_batch([Message("stats.updated", "poison", body), *numbered(1)])
    async with running(consume(bus, listening(heard))):
        await until(lambda: heard.ids == ["m0"])
        await until(lambda: settled(bus))
        ((_, parked, letter),) = await letters(bus)
    assert parked == body
    assert letter["reason"] == "is not what its subject carries"


async def test_an_outage_of_what_the_handler_needs_uses_up_no_tries(bus: Bus) -> None:
    """Postgres may be away for an hour: nothing ends in the dead letters for it."""
    away = True

    async def needing(event: Event, meta: Meta) -> None:
        if away:
            raise Unavailable
        assert meta.deliveries == 1

    heard = Heard(needing)
    await bus.publish_batch(numbered(2))
    async with running(consume(bus, listening(heard, tries=1, ack_wait=0.3))):
        await until(lambda: heard.tries >= 6)
        away = False
        await until(lambda: sorted(heard.ids) == ["m0", "m1"])
        await until(lambda: settled(bus))


async def test_a_slow_handler_keeps_its_message(bus: Bus) -> None:
    """Signs of progress are given for it, so no second replica begins the same."""
    release = asyncio.Event()

    async def slow(event: Event, meta: Meta) -> None:
        await release.wait()

    heard = Heard(slow)
    await bus.publish_batch(numbered(1))
    async with running(consume(bus, listening(heard, ack_wait=0.3))):
        await until(lambda: heard.tries == 1)
        done, _ = await asyncio.wait([asyncio.create_task(release.wait())], timeout=1.2)
        assert not done
        assert heard.tries == 1
        release.set()
        await until(lambda: settled(bus))
    assert heard.tries == 1


async def test_a_handler_that_hangs_loses_its_patience_and_is_tried_again(bus: Bus) -> None:
    """A lost await must not keep a message for ever."""

    async def hang_once(event: Event, meta: Meta) -> None:
        if meta.deliveries == 1:
            await asyncio.Event().wait()

    heard = Heard(hang_once)
    await bus.publish_batch(numbered(1))
    async with running(consume(bus, listening(heard, patience=0.2))):
        await until(lambda: heard.ids == ["m0"])


async def test_no_more_run_at_once_than_allowed(bus: Bus) -> None:
    """The bound is what protects Postgres."""
    now, most = 0, 0

    async def count(event: Event, meta: Meta) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.005)
        now -= 1

    heard = Heard(count)
    await bus.publish_batch(numbered(120))
    async with running(consume(bus, listening(heard, concurrency=7))):
        await until(lambda: len(heard.ids) == 120)
    assert most == 7


async def test_an_ordered_consumer_keeps_the_order_over_failures_and_replicas(own_nats: Nats, bus: Bus) -> None:
    """A failing message holds up those behind it."""
    order: list[str] = []

    async def note(event: Event, meta: Meta) -> None:
        if meta.id == "m3" and meta.deliveries < 3:
            raise KeyError("again")
        order.append(meta.id)

    await bus.publish_batch(numbered(20))
    async with opened(own_nats.url) as other:
        one, two = Heard(note), Heard(note)
        here, there = consume(bus, listening(one, ordered=True)), consume(other, listening(two, ordered=True))
        async with running(here), running(there):
            await until(lambda: len(order) == 20)
    assert order == [f"m{number}" for number in range(20)]


async def test_a_durable_that_differs_is_put_right(bus: Bus) -> None:
    """Binding to a durable that exists would ignore what we ask for."""
    await bus.publish_batch([*numbered(1, "o", "orders.created")])
    js = bus.client().jetstream()
    await js.add_consumer(
        "ORDERS",
        api.ConsumerConfig(durable_name="test", filter_subject="orders.created", max_deliver=9, backoff=[5, 9]),
    )
    heard = Heard()
    consumer: Consumer[Any] = Consumer("test", (OrderCreated, OrderCanceled), heard, ordered=True)
    async with running(consume(bus, consumer)):
        await until(lambda: bool(consumer.parked))  # its body is no order
        found = (await js.consumer_info("ORDERS", "test")).config
    assert sorted(found.filter_subjects or []) == ["orders.canceled", "orders.created"]
    assert (found.max_deliver, found.max_ack_pending, found.ack_wait) == (-1, 1, 10.0)
    assert not found.backoff


async def test_several_events_share_a_durable_in_their_order(bus: Bus) -> None:
    """Each is decoded as what its own subject carries."""
    heard = Heard()
    created = OrderCreated(order_id="o", user_id="u", showtime_id="s", seat_ids=["A-1"], total=5, currency="TRY")
    canceled = OrderCanceled(order_id="o", user_id="u", showtime_id="s", seat_ids=["A-1"], reason="declined")
    await bus.publish_batch([Message.of(created), Message.of(canceled)])
    async with running(consume(bus, Consumer("both", (OrderCreated, OrderCanceled), heard, ordered=True))):
        await until(lambda: len(heard.events) == 2)
    assert heard.events == [created, canceled]


async def test_a_stop_finishes_what_was_begun_and_gives_back_the_rest(own_nats: Nats, bus: Bus) -> None:
    """Another replica has the rest at once, and nothing is handled twice."""
    release, begun = asyncio.Event(), asyncio.Event()

    async def hold(event: Event, meta: Meta) -> None:
        begun.set()
        if meta.id != "m0":
            await asyncio.Event().wait()
        await release.wait()

    first, second = Heard(hold), Heard()
    await bus.publish_batch(numbered(20))
    task = asyncio.create_task(consume(bus, listening(first, concurrency=2), drain=0.3))
    await begun.wait()
    await until(lambda: handed_over(bus, 20))  # what is on its way when one stops comes back only after its wait
    task.cancel()
    release.set()
    await asyncio.gather(task, return_exceptions=True)
    assert first.ids == ["m0"]
    async with opened(own_nats.url) as other, running(consume(other, listening(second))):
        await until(lambda: len(second.ids) == 19)
        await until(lambda: settled(other))
    assert "m0" not in second.ids


async def test_a_stop_while_something_is_away_gives_the_message_back(bus: Bus) -> None:
    """The wait for it ends with the process."""

    async def away(event: Event, meta: Meta) -> None:
        raise Unavailable

    heard = Heard(away)
    await bus.publish_batch(numbered(1))
    task = asyncio.create_task(consume(bus, listening(heard), drain=60))
    await until(lambda: heard.tries >= 3)
    task.cancel()
    async with asyncio.timeout(30):
        await asyncio.gather(task, return_exceptions=True)
    again = Heard()
    async with running(consume(bus, listening(again))):
        await until(lambda: again.ids == ["m0"])


async def test_a_message_whose_process_died_each_time_is_parked(own_nats: Nats) -> None:
    """What kills every process that touches it must not do so for ever."""
    async with opened(own_nats.url) as bus:
        await bus.publish_batch(numbered(1))
        js = bus.client().jetstream()
        heard = Heard()
        consumer = listening(heard, tries=2, ack_wait=0.2)
        await js.add_consumer("STATS", consumer.declared(0.2))
        bound = await js.pull_subscribe_bind("test", stream="STATS")
        for _ in range(2):
            await bound.fetch(1, timeout=3)  # taken, and never heard of again
        async with running(consume(bus, consumer)):
            await until(lambda: consumer.parked == 1)
            ((_, _, letter),) = await letters(bus)
    assert heard.tries == 0
    assert "never finished" in letter["reason"]


async def test_a_server_killed_amid_consuming_loses_nothing(own_nats: Nats, bus: Bus) -> None:
    """Kill -9 twice. A server that died so forgets its latest acks, so many come again: that is the inbox's part."""
    heard = Heard()
    messages = numbered(2_000)
    await bus.publish_batch(messages)
    async with running(consume(bus, listening(heard, ack_wait=1.0))):
        for threshold in (300, 1_200):
            await heard.reaches(threshold)
            await own_nats.kill()
            await own_nats.start()
        await until(lambda: len(set(heard.ids)) == 2_000)
        await until(lambda: settled(bus))


async def test_a_durable_that_was_deleted_is_made_again(bus: Bus) -> None:
    """NATS may be emptied under us, or restored from before the durable was made."""
    heard = Heard()
    async with running(consume(bus, listening(heard))):
        await bus.publish_batch(numbered(1))
        await until(lambda: heard.ids == ["m0"])
        await bus.client().jetstream().delete_stream("STATS")
        await bus.publish_batch(numbered(1, "n"))
        await until(lambda: heard.ids == ["m0", "n0"])


async def test_a_consumer_may_start_before_its_stream(bus: Bus) -> None:
    """Start order does not matter."""
    heard = Heard()
    async with running(consume(bus, listening(heard))):
        await until(lambda: bus.streams.known("STATS"))
        await bus.publish_batch(numbered(1))
        await until(lambda: heard.ids == ["m0"])
