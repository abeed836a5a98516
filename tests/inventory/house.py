"""The inventory and seatview as they run, several processes' worth on one set of servers, and stand-ins for the others.

Each process is `internal.platform.run.run` on a port of its own; auth, directory, seatmap and catalog are played by one
bus that answers their requests.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from internal.inventory.service import SERVICE as INVENTORY
from internal.inventory.store import Layout
from internal.platform.bus import Bus, Endpoint, serve
from internal.platform.faults import Fault, Kind
from internal.platform.ids import new_id
from internal.platform.plain_http import trusted
from internal.platform.postgres import Database
from internal.platform.run import run
from internal.platform.service import Service
from internal.seatview.service import SERVICE as SEATVIEW
from proto.auth import GetKeys, Keys
from proto.catalog import EventShowtimes, GetShowtime, ListEventShowtimes, ShowtimeFacts
from proto.directory import GetRole, RoleOf
from proto.seatmap import GetLayout, LayoutPage
from tests.conftest import Addresses
from tests.databases import fresh_database_url, opened
from tests.inventory.stage import EASY, MIGRATIONS, Desk, Stage, connected, desk, layout, put_on_sale
from tests.issuer import Issuer
from tests.running import Person
from tests.waiting import until

__all__ = ["Buyer", "House", "beside", "house"]


class NoSuchLayout(Fault, kind=Kind.NOT_FOUND):
    """The seatmap knows no such layout."""


class Buyer(Person):
    """Somebody with a token, who holds seats."""

    async def hold(self, stage: Stage | str, *seats: str, **more: Any) -> httpx.Response:
        """Ask for these seats by their ids."""
        showtime_id = stage if isinstance(stage, str) else stage.id
        return await self("POST", f"/api/showtimes/{showtime_id}/holds", {"seatIds": list(seats)}, **more)

    async def best(self, stage: Stage, quantity: int, **more: Any) -> httpx.Response:
        """Ask for the best available."""
        body = {"bestAvailable": {"quantity": quantity, **more}}
        return await self("POST", f"/api/showtimes/{stage.id}/holds", body)


@dataclass
class House:
    """What runs, and whoever stands in for the other services."""

    clients: Sequence[httpx.AsyncClient]
    issuer: Issuer
    bus: Bus
    database: Database
    layouts: dict[str, Layout]
    showtimes: dict[str, ShowtimeFacts]
    roles: dict[tuple[str, str], str]
    addresses: Addresses

    def buyer(self, process: int = 0, *, roles: tuple[str, ...] = ("customer",), guest: bool = False) -> Buyer:
        """Somebody new, who asks this process."""
        user_id = new_id("user")
        token = self.issuer.token(user_id, roles=roles, guest=guest)
        return Buyer(self.clients[process], token, user_id)

    def at(self, process: int, buyer: Buyer) -> Buyer:
        """The same person, asking another process."""
        return Buyer(self.clients[process], buyer.token, buyer.id, buyer.address)

    def stranger(self) -> Buyer:
        return Buyer(self.clients[0], "", "")

    def staff(self, stage: Stage) -> Buyer:
        """Somebody who works for the organiser of this showtime."""
        somebody = self.buyer()
        self.roles[somebody.id, stage.organization_id] = "staff"
        return somebody

    async def stage(self, hall: Layout | None = None, **facts: Any) -> Stage:
        """A showtime on sale; whoever asks first opens it."""
        hall = hall or layout()
        stage = await put_on_sale(self.database, hall, **facts)
        self.layouts[hall.layout_hash] = hall
        told = {
            name: getattr(stage.facts, name) for name in ShowtimeFacts.__struct_fields__ if hasattr(stage.facts, name)
        }
        self.showtimes[stage.id] = ShowtimeFacts(**told, status="published")
        return stage


@asynccontextmanager
async def house(
    addresses: Addresses,
    processes: int = 2,
    environment: Mapping[str, str] | None = None,
    services: Sequence[Service] = (INVENTORY, SEATVIEW),
) -> AsyncIterator[House]:
    """So many processes, ready."""
    async with AsyncExitStack() as stack:
        url = stack.enter_context(fresh_database_url(addresses.database_url, [MIGRATIONS]))
        bus = await stack.enter_async_context(connected(addresses.nats_url))
        database = await stack.enter_async_context(opened(url))
        made = House([], Issuer(), bus, database, {}, {}, {}, addresses)
        beside = asyncio.create_task(serve(bus, _stand_ins(made)))
        stack.push_async_callback(_ended, beside)
        settings = {
            "AISLE_NATS_URL": addresses.nats_url,
            "AISLE_REDIS_URL": addresses.redis_url,
            "AISLE_INVENTORY_DATABASE_URL": url,
            "AISLE_GATE_PROXIES": "1",
            **(environment or {}),
        }
        made.clients = [await stack.enter_async_context(_process(settings, services)) for _ in range(processes)]
        yield made


@asynccontextmanager
async def beside(house: House) -> AsyncIterator[Desk]:
    """A desk without limits of haste, beside the processes that sweep and relay."""
    async with desk(house.addresses.redis_url, house.database, house.bus, EASY, marked=False) as made:
        yield made


@asynccontextmanager
async def _process(settings: Mapping[str, str], services: Sequence[Service]) -> AsyncIterator[httpx.AsyncClient]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        process = asyncio.create_task(run(services, settings, structlog.get_logger(), listening))
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        limits = httpx.Limits(max_connections=64)
        async with httpx.AsyncClient(base_url=base, timeout=30, limits=limits, verify=trusted()) as client:
            try:
                await until(lambda: _ready(client, process), seconds=30.0)
                yield client
            finally:
                await _ended(process)


async def _ready(client: httpx.AsyncClient, process: asyncio.Task[None]) -> bool:
    if process.done():
        process.result()
    return (await client.get("/health")).status_code == 200


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _stand_ins(made: House) -> list[Endpoint[Any]]:
    async def keys(_: GetKeys) -> Keys:
        return Keys(keys=await made.issuer.keys())

    async def role(asked: GetRole) -> RoleOf:
        return RoleOf(role=made.roles.get((asked.user_id, asked.organization_id)))  # type: ignore[arg-type]  # one of them

    async def hall(asked: GetLayout) -> LayoutPage:
        found = made.layouts.get(asked.layout_hash)
        if found is None:
            raise NoSuchLayout
        return LayoutPage(
            layout_hash=found.layout_hash,
            venue_id="venue_" + "0" * 32,
            capacity=sum(len(row.seats) for one in found.sections for row in one.rows)
            + sum(area.capacity for one in found.sections for area in one.areas),
            focal_point=found.focal_point,
            sections=found.sections,
        )

    async def showtimes(asked: ListEventShowtimes) -> EventShowtimes:
        found = [one for one in made.showtimes.values() if one.event_id == asked.event_id]
        return EventShowtimes(showtimes=sorted(found, key=lambda one: one.starts_at))

    async def showtime(asked: GetShowtime) -> ShowtimeFacts:
        return made.showtimes[asked.showtime_id]

    return [
        Endpoint(GetShowtime, showtime),
        Endpoint(GetKeys, keys),
        Endpoint(GetRole, role),
        Endpoint(GetLayout, hall),
        Endpoint(ListEventShowtimes, showtimes),
    ]
