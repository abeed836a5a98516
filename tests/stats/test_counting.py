"""Facts as they come from the streams: in any order, twice, from several replicas, before their showtime is told."""

from __future__ import annotations

import asyncio
from typing import Any

from internal.platform.bus import Message, behind
from internal.platform.ids import new_id
from proto.catalog import ShowtimeCanceled
from proto.inventory import HoldCreated
from proto.reconcile import Reconcile
from proto.seatkeys import FREE, HELD
from proto.stats import StatsUpdated
from tests.stats.conftest import House, replica
from tests.stats.story import Fact, Story
from tests.waiting import until


async def test_a_story(house: House) -> None:
    """What is told by the streams is counted for each section and the whole."""
    story = house.story(1).lives(300)
    await house.publish(story)
    await house.tell(story.facts)
    await house.agrees(story)


async def test_before_its_showtime(house: House) -> None:
    """Facts of a showtime that was not told yet make the statistics ask for it."""
    story = house.story(2).lives(60)
    await house.tell(story.facts)
    await house.agrees(story)


async def test_unknown_showtime(house: House) -> None:
    """Facts of a showtime that nobody knows hold up nothing."""
    nobody, story = Story(house.story(3).random).lives(30), house.story(4).lives(30)
    await house.tell(nobody.facts[:3])
    await house.tell(story.facts)
    await house.agrees(story)


async def test_redelivery(house: House) -> None:
    """Three replicas are handed the same messages in other orders and batches at once: each counts once."""
    stories = [house.story(seed).lives(150) for seed in (5, 6)]
    facts = [fact for story in stories for fact in story.facts]
    random = stories[0].random

    async def handed(counting: object) -> None:
        own = [*facts, *random.choices(facts, k=100)]
        random.shuffle(own)
        while own:
            size = random.randint(1, 90)
            batch, own = own[:size], own[size:]
            await counting.handle([fact.delivery for fact in batch])  # type: ignore[attr-defined]

    async with replica(house) as one, replica(house) as two, replica(house) as three:
        await asyncio.gather(*(handed(counting) for counting in (one, two, three)))
    for story in stories:
        assert await house.counts(story) == story.expected()


async def test_a_bad_message(house: House) -> None:
    """One that cannot be read is parked, and those beside it are counted."""
    story = house.story(7).lives(40)
    bad = Message(HoldCreated.subject, new_id("fact"), b'{"holdId": 7}', {})
    await house.system.bus.publish_batch([bad])
    await house.tell(story.facts)
    await house.agrees(story)


async def test_told_once_a_second(house: House) -> None:
    """However much happens, a showtime is told once a second at most, and in the end as it is."""
    story = house.story(8)
    await house.publish(story)
    began = asyncio.get_running_loop().time()
    for _ in range(15):
        before = len(story.facts)
        story.lives(8)
        await house.tell(story.facts[before:])
        await asyncio.wait_for(house.agrees(story), 30)
    took = asyncio.get_running_loop().time() - began

    def told() -> list[StatsUpdated]:
        about = house.system.heard.about(story.showtime_id)
        return [one for one in about if isinstance(one, StatsUpdated)]

    expected = story.expected()[""]

    def last() -> bool:
        if not told():
            return False
        one = told()[-1]
        return (one.held, one.sold, one.blocked) == (expected["held"], expected["sold"], expected["blocked"])

    await until(last, 10)
    end = asyncio.get_running_loop().time() - began
    assert len(told()) <= end + 2, (took, len(told()))
    assert all(one.available == 22 - one.held - one.sold - one.blocked for one in told())
    assert [one.version for one in told()] == sorted({one.version for one in told()})


async def test_live_picture(house: House) -> None:
    """Whoever watches an event sees its sections, and no money."""
    story = house.story(9).lives(80)
    seen: list[bytes] = []

    async def watch(message: Any) -> None:
        seen.append(message.data)

    subscription = await house.system.bus.listen(f"live.stats.{story.event_id}", watch)
    await house.publish(story)
    await house.tell(story.facts)
    await house.agrees(story)
    await until(lambda: bool(seen) and b'"stalls"' in seen[-1] and b'"sold"' in seen[-1])
    assert not any(word in b"".join(seen) for word in (b"revenue", b"gross", b"EUR", b"amount"))
    await subscription.unsubscribe()


async def test_heals(house: House) -> None:
    """Holds that ended while nobody told are free again after a look at Redis, and the seats staff blocked unseen."""
    story = house.story(10).lives(120)
    while not {HELD, FREE} <= set(story.map()):
        story.lives(1)
    await house.publish(story)
    await house.tell(story.facts)
    await house.agrees(story)
    states = story.map().replace("h", ".")
    free = states.index(".")
    states = states[:free] + "b" + states[free + 1 :]
    await house.paint(story, states)

    async def idle() -> bool:
        return not [one for one in await behind(house.system.bus) if one.durable.startswith("stats")]

    await until(idle, 30)
    (look, *_) = (await house.system.bus.request(Reconcile(service="stats", repair=True), timeout=20)).looks
    assert look.reconciler == "stats-seats"
    assert story.showtime_id in {one.thing.partition(" ")[0] for one in look.differences}
    found = await house.counts(story)
    assert found[""]["held"] == 0
    assert found[""]["blocked"] == states.count("b")
    assert found[""]["sold"] == story.expected()[""]["sold"]
    (look, *_) = (await house.system.bus.request(Reconcile(service="stats"), timeout=20)).looks
    assert story.showtime_id not in {one.thing.partition(" ")[0] for one in look.differences}


async def test_canceled(house: House) -> None:
    """Nothing of a canceled showtime is free, also if that is told before its publication."""
    story = house.story(11).lives(50)
    canceled = ShowtimeCanceled(
        showtime_id=story.showtime_id, event_id=story.event_id, organization_id=story.organization_id
    )
    await house.tell([Fact(canceled, new_id("fact"), story.now)])
    await house.tell(story.facts)
    await house.publish(story)
    await house.agrees(story)
    shown = (await house.system.stranger()("GET", f"/api/stats/event/{story.event_id}")).json()
    assert (shown["available"], shown["held"], shown["capacity"]) == (0, 0, 22)
    assert shown["showtimes"][0]["canceled"] is True
