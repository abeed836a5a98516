"""checkout as it runs, on real servers, with the world's models answering in the other services' place."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from internal.checkout.service import SERVICE
from internal.platform.bus import Bus, Endpoint, Message
from internal.platform.ids import new_id
from internal.platform.postgres import Tx
from internal.platform.service import Parts, Platform, Service
from proto import Event, inventory, orders
from proto.checkout import CheckoutEnded
from tests.checkout.world import REQUESTS, World
from tests.conftest import Addresses
from tests.databases import opened
from tests.running import Person, System, running
from tests.waiting import until

__all__ = ["Stage", "ends", "looked_at", "staged"]

_LOST = 6.0  # seconds until a lost answer comes: more than any caller waits


@dataclass
class Stage:
    """The system, the world around it, and how the world misbehaves."""

    world: World = field(default_factory=World)
    lost: dict[type[Any], int] = field(default_factory=dict)  # answers to lose, after the command was carried out
    broken: dict[type[Any], Exception] = field(default_factory=dict)  # raised instead of carrying it out
    waits: dict[type[Any], asyncio.Event] = field(default_factory=dict)  # until this, the command is not carried out
    calls: Counter[type[Any]] = field(default_factory=Counter)
    system: System = field(init=False)
    _bus: Bus = field(init=False)
    _telling: set[asyncio.Task[None]] = field(default_factory=set)

    def service(self) -> Service:
        def build(platform: Platform) -> Parts:
            self._bus = platform.bus
            return Parts(endpoints=[Endpoint(request, self._answer) for request in REQUESTS])

        return Service("world", build)

    async def _answer(self, command: Any) -> Any:
        kind = type(command)
        self.calls[kind] += 1
        if kind in self.waits:
            await self.waits[kind].wait()
        if kind in self.broken:
            raise self.broken[kind]
        answer = self.world.answer(command)
        if self.lost.get(kind, 0):
            self.lost[kind] -= 1
            await asyncio.sleep(_LOST)
        return answer

    def tell(self, event: Event) -> None:
        """As the outboxes do, soon after; and inventory sells what is completed."""
        if isinstance(event, orders.OrderCompleted):
            self.world.answer(inventory.Purchase(order_id=event.order_id, saga_id=event.order_id))
            return
        task = asyncio.get_running_loop().create_task(self.publish(event))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def publish(self, event: Event) -> None:
        await self._bus.publish_batch([Message.of(event, id=new_id("fact"), headers={})])

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Tx]:
        """checkout's own, to look into."""
        async with opened(self.system.databases["checkout"]) as database, database.read() as tx:
            yield tx

    async def buys(self, who: Person, hold_id: str, card: str = "good", **more: Any) -> Any:
        """Ask for the checkout of this hold."""
        body = {
            "holdId": hold_id,
            "payment": {"provider": "mock", "method": {"card": card}},
            "buyer": {"name": "Ada Lovelace", "email": "ada@example.org"},
        }
        return await who("POST", "/api/checkouts", body, **more)


@asynccontextmanager
async def staged(servers: Addresses, folder: Path, **environment: str) -> AsyncIterator[Stage]:
    stage = Stage()
    stage.world.tell = stage.tell
    async with running(
        [SERVICE, stage.service()], servers, folder, hears=[CheckoutEnded], environment=environment
    ) as system:
        stage.system = system
        yield stage


@pytest.fixture(scope="package")
async def _shared(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(servers, tmp_path_factory.mktemp("checkout"), AISLE_CHECKOUT_SOLD_WITHIN="0.4") as stage:
        yield stage


@pytest.fixture
def stage(_shared: Stage) -> Stage:
    """The same for all, behaving well until a test says otherwise."""
    _shared.lost.clear()
    _shared.calls.clear()
    _shared.broken.clear()
    _shared.waits.clear()
    _shared.world.mute = False
    return _shared


@pytest.fixture
def seats() -> Callable[[int], list[str]]:
    """Seats that no other test sells."""
    return lambda count: [new_id("seat")[-16:] for _ in range(count)]


async def looked_at(who: Person, answer: Any) -> Any:
    """The checkout that this answer speaks of, as it stands now."""
    body = answer.json()
    found = await who("GET", f"/api/checkouts/{body['checkoutId']}")
    assert found.status_code == 200, found.text
    return found.json()


async def ends(who: Person, answer: Any, status: str) -> Any:
    """Wait until the checkout that this answer speaks of has come to that."""

    async def so() -> bool:
        return bool((await looked_at(who, answer))["status"] == status)

    await until(so, seconds=20.0)
    return await looked_at(who, answer)
