"""Who caused an event travels with it: from the token, through requests and events, to the last consumer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import post

from internal.platform.bus import Bus, Consumer, Endpoint, Message, Meta, Passing
from internal.platform.context import actor
from internal.platform.loops import Loop
from internal.platform.service import Parts, Platform, Service
from proto.inventory import Release, Released
from proto.stats import StatsUpdated
from tests.conftest import Addresses
from tests.running import System, running
from tests.waiting import until


class Acting:
    """A service that does a thing for who asks, and one by itself, and another that hears and answers."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = {}

    def services(self) -> list[Service]:
        return [Service("acting", self._acting), Service("hearing", self._hearing)]

    def _saw(self, where: str) -> None:
        self.seen.setdefault(where, set()).add(actor.get())

    def _acting(self, platform: Platform) -> Parts:
        async def told(bus: Bus, some_id: str) -> None:
            message = Message.of(StatsUpdated(event_id=some_id, showtime_id="s"), headers=Passing().outgoing())
            await bus.publish_batch([message])

        @post("/api/act")
        async def act() -> None:
            self._saw("route")
            await platform.bus.request(Release(order_id="asked", saga_id="s"))
            await told(platform.bus, "asked")

        done: list[bool] = []

        async def by_itself() -> int:
            if not done:
                await platform.bus.request(Release(order_id="by itself", saga_id="s"))
                await told(platform.bus, "by itself")
                done.append(True)
            return 0

        return Parts(routes=[act], loops=[Loop("acting", by_itself, 0.1)])

    def _hearing(self, _platform: Platform) -> Parts:
        async def hear(event: StatsUpdated, _: Meta) -> None:
            self._saw(f"heard {event.event_id}")

        async def release(asked: Release) -> Released:
            self._saw(f"answered {asked.order_id}")
            return Released(released=0)

        return Parts(consumers=[Consumer("hearing", StatsUpdated, hear)], endpoints=[Endpoint(Release, release)])


@pytest.fixture
def acting() -> Acting:
    return Acting()


@pytest.fixture
async def system(servers: Addresses, tmp_path: Path, acting: Acting) -> AsyncIterator[System]:
    async with running(acting.services(), servers, tmp_path) as system:
        yield system


async def test_a_request_is_its_users_doing(system: System, acting: Acting) -> None:
    """The route, whoever it asks, and whoever hears of it; a header of the caller's own is not believed."""
    people = [system.person() for _ in range(3)]
    for person in people:
        assert (await person("POST", "/api/act", headers={"aisle-actor": "root"})).status_code == 201
    everybody = {person.id for person in people}
    await until(lambda: acting.seen.get("heard asked") == everybody)
    assert acting.seen["route"] == acting.seen["answered asked"] == everybody


async def test_a_stranger_is_nobody(system: System, acting: Acting) -> None:
    """What nobody caused by name is, where it is heard, the doing of who heard it."""
    assert (await system.stranger()("POST", "/api/act")).status_code == 201
    await until(lambda: "heard asked" in acting.seen)
    assert acting.seen["route"] == acting.seen["answered asked"] == {""}
    assert acting.seen["heard asked"] == {"hearing"}


async def test_a_loop_acts_in_its_services_name(system: System, acting: Acting) -> None:
    """And so do those who are asked by it or hear of it."""
    await until(lambda: "heard by itself" in acting.seen)
    assert acting.seen["answered by itself"] == acting.seen["heard by itself"] == {"acting"}
