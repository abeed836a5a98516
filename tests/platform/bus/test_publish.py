"""Facts are stored exactly once, in order, whatever happens between."""

from __future__ import annotations

import asyncio

import pytest
from nats.js import api

from internal.embedded import Nats
from internal.platform.bus import Bus, BusSettings, Message, MessageTooLarge
from internal.platform.faults import Unavailable
from tests.platform.bus.conftest import LOG, numbered, opened, stored
from tests.waiting import until


async def ids(bus: Bus, stream: str = "STATS") -> list[str]:
    return [headers["Nats-Msg-Id"] for _, _, headers in await stored(bus, stream)]


async def test_a_batch_is_stored_in_its_order(bus: Bus) -> None:
    """One write, one answer, all of it there."""
    await bus.publish_batch(numbered(1_200))
    assert await ids(bus) == [f"m{number}" for number in range(1_200)]


async def test_what_is_stored_already_is_not_stored_again(bus: Bus) -> None:
    """A relay killed before it heard the answer sends the batch again, and NATS refuses a batch with a known id."""
    await bus.publish_batch(numbered(3))
    await bus.publish_batch(numbered(5))
    await bus.publish_batch(numbered(1))
    assert await ids(bus) == ["m0", "m1", "m2", "m3", "m4"]


async def test_the_same_id_twice_in_one_batch_is_stored_once(bus: Bus) -> None:
    """Two relays may have read the same row."""
    await bus.publish_batch([*numbered(2), *numbered(3)])
    assert await ids(bus) == ["m0", "m1", "m2"]


async def test_messages_of_several_publishers_go_to_their_streams(bus: Bus) -> None:
    """Each stream is made by whoever needs it first."""
    await bus.publish_batch([*numbered(2), *numbered(2, "o", "orders.created"), *numbered(1, "s")])
    assert await ids(bus) == ["m0", "m1", "s0"]
    assert await ids(bus, "ORDERS") == ["o0", "o1"]


async def test_headers_and_body_arrive_as_they_were_sent(bus: Bus) -> None:
    """Whatever letters are in them."""
    message = Message("stats.updated", "id-1", '{"a":"ğ"}'.encode(), {"X-Request-Id": "r-1", "Note": "a: b"})
    await bus.publish_batch([message, message._replace(id="id-2")])
    for subject, body, headers in await stored(bus, "STATS"):
        assert (subject, body) == (message.subject, message.body)
        assert headers["X-Request-Id"] == "r-1"
    assert (await stored(bus, "STATS"))[1][2]["Note"] == "a: b"


@pytest.mark.parametrize("value", ["a\r\nNats-Rollup: all", "a\nb", "a\rb"])
async def test_a_header_cannot_smuggle_another_one(bus: Bus, value: str) -> None:
    """A request id comes from outside."""
    with pytest.raises(ValueError, match="line break"):
        await bus.publish_batch([Message("stats.updated", "x", b"{}", {"X-Request-Id": value})])
    assert bus.ready


@pytest.mark.parametrize("subject", ["", "stats", "stats.>", "stats. updated", "stats.a\r\nPING"])
async def test_what_is_no_subject_of_a_stream_is_refused(bus: Bus, subject: str) -> None:
    """It would be read as another command."""
    with pytest.raises(ValueError, match="subject"):
        await bus.publish_batch([Message(subject, "x", b"{}")])


async def test_a_message_too_large_is_refused_and_the_connection_lives(bus: Bus) -> None:
    """NATS would close the connection, with all that is under way on it."""
    await bus.publish_batch(numbered(1))
    large = Message("stats.updated", "big", b"x" * (bus.client().max_payload + 1))
    with pytest.raises(MessageTooLarge):
        await bus.publish_batch([*numbered(2, "n"), large])
    await bus.publish_batch(numbered(1, "after"))
    found = await ids(bus)
    assert (found[0], found[-1]) == ("m0", "after0")
    assert "big" not in found


async def test_a_stream_that_was_deleted_is_made_again(bus: Bus) -> None:
    """NATS may be emptied under us."""
    await bus.publish_batch(numbered(2))
    await bus.client().jetstream().delete_stream("STATS")
    await bus.publish_batch(numbered(2, "again"))
    await bus.client().jetstream().delete_stream("STATS")
    await bus.publish_batch(numbered(1, "one"))
    assert await ids(bus) == ["one0"]


async def test_a_stream_without_batches_still_stores_everything(bus: Bus) -> None:
    """A cluster that somebody else configures may not allow them."""
    js = bus.client().jetstream()
    await bus.streams.ensure(js, "STATS")
    await js.update_stream((await js.stream_info("STATS")).config.evolve(allow_atomic=False))
    await bus.publish_batch(numbered(3))
    assert await ids(bus) == ["m0", "m1", "m2"]


async def test_a_stream_that_differs_is_put_right(own_nats: Nats, bus: Bus) -> None:
    """Settings change, and the stream was there before."""
    js = bus.client().jetstream()
    await js.add_stream(api.StreamConfig(name="STATS", subjects=["stats.updated"], max_age=60, duplicate_window=30))
    await bus.publish_batch(numbered(1))
    found = (await js.stream_info("STATS")).config
    assert (found.subjects, found.allow_atomic, found.duplicate_window) == (["stats.>"], True, 120)
    other = Bus(BusSettings(url=own_nats.url, keep_days=3), name="other", log=LOG, lost=lambda: None)
    await other.streams.ensure(js, "STATS")
    assert (await js.stream_info("STATS")).config.max_age == 3 * 86_400


async def test_work_queues_and_dead_letters_are_kept_until_somebody_takes_them(bus: Bus) -> None:
    """Time alone removes neither."""
    await bus.publish_batch([*numbered(1, "b", "bookings.requested"), *numbered(1, "d", "dlq.STATS.test")])
    js = bus.client().jetstream()
    assert (await js.stream_info("BOOKINGS")).config.retention == api.RetentionPolicy.WORK_QUEUE
    assert not (await js.stream_info("BOOKINGS")).config.max_age
    assert not (await js.stream_info("DLQ")).config.max_age


async def test_two_that_make_a_stream_at_once_both_have_it(own_nats: Nats) -> None:
    """Every replica starts at the same moment."""
    async with opened(own_nats.url) as one, opened(own_nats.url) as two:
        await asyncio.gather(one.publish_batch(numbered(2, "a")), two.publish_batch(numbered(2, "b")))
        assert sorted(await ids(one)) == ["a0", "a1", "b0", "b1"]


async def test_a_server_killed_amid_batches_loses_and_doubles_nothing(own_nats: Nats, bus: Bus) -> None:
    """Kill -9 with batches in flight; each is sent again until it is confirmed, as a relay does."""
    batches = [numbered(100, f"b{number}-") for number in range(60)]
    confirmed = 0

    async def relay() -> None:
        nonlocal confirmed
        for batch in batches:
            while True:
                try:
                    await bus.publish_batch(batch)
                    break
                except Unavailable:
                    await asyncio.sleep(0.02)
            confirmed += 1

    async def reached(count: int) -> None:
        await until(lambda: confirmed >= count)

    task = asyncio.create_task(relay())
    for threshold in (10, 35):
        await reached(threshold)
        await own_nats.kill()
        await own_nats.start()
    await asyncio.wait_for(task, 30)
    found = await ids(bus)
    assert found == [message.id for batch in batches for message in batch]


async def test_while_nats_is_away_the_caller_hears_it_at_once(own_nats: Nats, bus: Bus) -> None:
    """Nothing is buffered: the outbox keeps what is not confirmed."""
    await own_nats.kill()
    await until(lambda: not bus.ready)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(bus.publish_batch(numbered(1)), 0.5)
    await own_nats.start()
    await until(lambda: bus.ready)
    await bus.publish_batch(numbered(1))
