"""The statistics as they run, stand-ins that know the stories, and a second replica to hand messages to directly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
import structlog
from redis.asyncio import Redis

from internal.directory.service import SERVICE as DIRECTORY
from internal.platform.bus import Endpoint
from internal.platform.faults import Fault, Kind
from internal.platform.ids import new_id
from internal.platform.service import Parts, Platform, Service
from internal.stats.handlers import Counting, Showtimes
from internal.stats.handlers.counting import Reading
from internal.stats.service import SERVICE as STATS
from proto.catalog import (
    EventShowtimes,
    GetShowtime,
    ListEventShowtimes,
    ListShowtimes,
    ShowtimeFacts,
)
from proto.catalog import Showtimes as AllShowtimes
from proto.inventory import BlockedSeats, ListBlocked, ListSold, SoldOrders
from proto.live import LiveStats
from proto.orders import GetSales, ListSales, Sales
from proto.seatkeys import map_key
from proto.seatmap import GetLayout, LayoutPage, Point
from proto.stats import GetRebuild, Rebuild, RebuildFacts, StatsUpdated
from tests.conftest import Addresses
from tests.databases import opened
from tests.running import Person, System, running
from tests.stats.story import Fact, Story, sections
from tests.waiting import until

_PAGE = 40  # orders of an answer: several pages for a long story, and more than a rush brings meanwhile


class PlayUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such showtime."""


@dataclass
class Owners:
    """In the place of catalog, seatmap, inventory and orders: what they know is how the stories stand."""

    stories: dict[str, Story] = field(default_factory=dict)

    async def showtime(self, asked: GetShowtime) -> ShowtimeFacts:
        if asked.showtime_id not in self.stories:
            raise PlayUnknown
        return self.stories[asked.showtime_id].known()

    async def showtimes(self, asked: ListShowtimes) -> AllShowtimes:
        ids = sorted(one for one in self.stories if one > asked.after)
        return AllShowtimes(showtimes=[self.stories[one].known() for one in ids[:2]], more=len(ids) > 2)

    async def of_event(self, asked: ListEventShowtimes) -> EventShowtimes:
        found = [one.known() for one in self.stories.values() if one.event_id == asked.event_id]
        if not found:
            raise PlayUnknown
        return EventShowtimes(showtimes=found)

    async def layout(self, asked: GetLayout) -> LayoutPage:
        """Two pages, as a large hall has them."""
        first, rest = sections()[:1], sections()[1:]
        return LayoutPage(
            layout_hash=asked.layout_hash,
            venue_id="venue_1",
            capacity=22,
            focal_point=Point(x=0, y=0),
            sections=rest if asked.cursor else first,
            next_cursor=None if asked.cursor else "2",
        )

    async def sold(self, asked: ListSold) -> SoldOrders:
        found = [one for one in self.stories[asked.showtime_id].sold_orders() if one.order_id > asked.after]
        return SoldOrders(sold=found[:_PAGE], more=len(found) > _PAGE)

    async def blocked(self, asked: ListBlocked) -> BlockedSeats:
        found = [one for one in self.stories[asked.showtime_id].blocked() if one.seat_id > asked.after]
        return BlockedSeats(blocked=found[:1], more=len(found) > 1)

    async def sales(self, asked: ListSales) -> Sales:
        sales = self.stories[asked.showtime_id].sales
        found = [sales[one] for one in sorted(sales) if one > asked.after]
        return Sales(sales=found[:_PAGE], more=len(found) > _PAGE)

    async def sales_of(self, asked: GetSales) -> Sales:
        known = {one: sale for story in self.stories.values() for one, sale in story.sales.items()}
        return Sales(sales=[known[one] for one in asked.order_ids if one in known])

    def service(self) -> Service:
        def build(_: Platform) -> Parts:
            return Parts(
                endpoints=[
                    Endpoint(GetShowtime, self.showtime),
                    Endpoint(ListShowtimes, self.showtimes),
                    Endpoint(ListEventShowtimes, self.of_event),
                    Endpoint(GetLayout, self.layout),
                    Endpoint(ListSold, self.sold),
                    Endpoint(ListBlocked, self.blocked),
                    Endpoint(ListSales, self.sales),
                    Endpoint(GetSales, self.sales_of),
                ]
            )

        return Service("owners", build)


@dataclass
class House:
    """What runs, and what can be done to it."""

    system: System
    owners: Owners
    redis_url: str
    url: str
    pictures: list[LiveStats] = field(default_factory=list)

    def story(self, seed: int | None = None, **more: Any) -> Story:
        """A new showtime that the owners know."""
        story = Story(Random(seed), **more)
        self.owners.stories[story.showtime_id] = story
        return story

    async def publish(self, story: Story) -> None:
        """The catalog tells of it, and the statistics have heard."""
        published = story.published()
        await self.tell([Fact(published, new_id("fact"), story.now)])

        async def known() -> bool:
            sql = "select 1 from showtimes where showtime_id = %s and published"
            return bool(await self.rows(sql, story.showtime_id))

        await until(known, 20)

    async def tell(self, facts: Sequence[Fact]) -> None:
        by_stream: dict[str, list[Fact]] = {}
        for fact in facts:
            by_stream.setdefault(fact.event.subject.partition(".")[0], []).append(fact)
        for some in by_stream.values():
            for first in range(0, len(some), 200):
                await self.system.bus.publish_batch([fact.message for fact in some[first : first + 200]])

    async def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            cursor = await connection.execute(sql, params)
            return await cursor.fetchall() if cursor.description else []

    async def counts(self, story: Story) -> dict[str, dict[str, int]]:
        """As the tables have them, in the form of `Story.expected`."""
        names = list(story.expected()[""])
        found = {section: dict.fromkeys(names, 0) for section in story.expected()}
        columns = ", ".join(f"coalesce({name}, 0)" for name in names)
        sql = (
            f"select section_id, {columns} from counts join showtimes using (showtime_id, generation)"
            " left join revenue using (showtime_id, generation, section_id) where showtime_id = %s"
        )
        for section, *values in await self.rows(sql, story.showtime_id):
            found[section] = dict(zip(names, values, strict=True))
        return found

    async def agrees(self, *stories: Story, seconds: float = 30) -> None:
        """Wait until what is counted is what happened."""

        async def so() -> bool:
            return all([await self.counts(story) == story.expected() for story in stories])

        try:
            await until(so, seconds)
        except TimeoutError:
            for story in stories:
                assert await self.counts(story) == story.expected()
            raise

    async def rebuilt(self, event_id: str | None = None) -> RebuildFacts:
        """Counted anew."""
        asked = Rebuild(rebuild_id=new_id("rebuild"), event_id=event_id)
        await self.system.bus.request(asked)
        found: list[RebuildFacts] = []

        async def done() -> bool:
            found[:] = [await self.system.bus.request(GetRebuild(rebuild_id=asked.rebuild_id))]
            return found[0].state == "done"

        await until(done, 60)
        return found[0]

    async def paint(self, story: Story, states: str | None = None) -> None:
        """The map of Redis as it would be."""
        async with Redis.from_url(self.redis_url) as redis:
            await redis.set(map_key(story.showtime_id), states or story.map())

    async def staff(self) -> tuple[Person, str]:
        """An owner, and the organisation."""
        owner = self.system.person()
        return owner, await owner.organizes()


@asynccontextmanager
async def housed(servers: Addresses, folder: Path, **settings: str) -> AsyncIterator[House]:
    owners = Owners()
    async with running(
        [STATS, DIRECTORY, owners.service()], servers, folder, hears=[StatsUpdated], environment=settings
    ) as system:
        yield House(system, owners, servers.redis_url, system.databases["stats"])


@asynccontextmanager
async def replica(house: House) -> AsyncIterator[Counting]:
    """Somebody else who counts into the same database."""

    async def told(_: object) -> None:
        return None

    async with opened(house.url) as database:
        log = structlog.get_logger()
        yield Counting(database, Reading(house.system.bus, log), Showtimes(database, house.system.bus, log), told)


@pytest.fixture(scope="module")
async def house(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with housed(servers, tmp_path_factory.mktemp("stats")) as house:
        yield house
