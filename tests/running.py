"""Services as `main` runs them: one process's worth, on a port, with databases and a NATS of their own.

`async with running([CATALOG, DIRECTORY], servers, folder) as system:` gives a client, people with tokens, the bus to
ask on, and what was told of the events named in `hears`. Tokens are signed by a key of the test's own, which a small
service in auth's place publishes; with auth among the services they are its own matter.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from pathlib import Path
from secrets import randbits
from typing import Any

import httpx
import structlog

from internal.embedded import Nats
from internal.embedded import running as started
from internal.platform.bus import Bus, Consumer, Endpoint, Meta
from internal.platform.ids import new_id
from internal.platform.plain_http import trusted
from internal.platform.run import run
from internal.platform.service import Parts, Platform, Service
from proto import Event
from proto.auth import GetKeys, Keys
from tests.conftest import Addresses
from tests.databases import fresh_database_url
from tests.issuer import Issuer
from tests.waiting import until

__all__ = ["Heard", "Person", "System", "running"]


@dataclass
class Person:
    """Somebody with a token, at an address of their own, so that no other test's limit is felt."""

    client: httpx.AsyncClient
    token: str
    id: str
    address: str = field(default_factory=lambda: str(IPv6Address(randbits(128))))

    async def __call__(
        self, method: str, path: str, json: Any = None, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        sent = {"x-forwarded-for": self.address, **(headers or {})}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        return await self.client.request(method, path, json=json, headers=sent, **more)

    async def organizes(self, name: str = "Opera") -> str:
        """The id of a new organisation that this person owns."""
        made = await self("POST", "/api/organizations", {"name": name})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])


class Heard:
    """The events that were published, in the order of their arrival."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def hear(self, event: Event, _: Meta) -> None:
        self.events.append(event)

    def about(self, some_id: str) -> list[Event]:
        """Those that name this id anywhere."""
        return [event for event in self.events if some_id in repr(event)]

    async def told(self, some_id: str, *kinds: type[Event]) -> list[Event]:
        """Wait until these kinds, in this order, are all that was told of this id."""

        def arrived() -> bool:
            return len(self.about(some_id)) >= len(kinds)

        await until(arrived)
        assert [type(event) for event in self.about(some_id)] == list(kinds)
        return self.about(some_id)


@dataclass
class System:
    """What runs, seen from outside; and the bus, as another service has it."""

    client: httpx.AsyncClient
    issuer: Issuer
    bus: Bus
    heard: Heard
    databases: dict[str, str]
    nats: Nats

    def person(self, *, roles: tuple[str, ...] = ("customer",), guest: bool = False) -> Person:
        user_id = new_id("user")
        return Person(self.client, self.issuer.token(user_id, roles=roles, guest=guest), user_id)

    def stranger(self) -> Person:
        return Person(self.client, "", new_id("user"))


@asynccontextmanager
async def running(
    services: Sequence[Service],
    servers: Addresses,
    folder: Path,
    *,
    hears: Sequence[type[Event]] = (),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[System]:
    """These services, ready; `hears` is what `system.heard` listens to."""
    log, issuer, heard = structlog.get_logger(), Issuer(), Heard()
    async with AsyncExitStack() as stack:
        nats = Nats(folder, log)
        await stack.enter_async_context(started(nats))
        databases = {
            one.name: stack.enter_context(fresh_database_url(servers.database_url, [one.migrations]))
            for one in services
            if one.migrations is not None
        }
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        listening.setblocking(False)
        settings = {
            "AISLE_PORT": str(listening.getsockname()[1]),
            "AISLE_NATS_URL": nats.url,
            "AISLE_REDIS_URL": servers.redis_url,
            "AISLE_GATE_PROXIES": "1",
            **{f"AISLE_{name.upper()}_DATABASE_URL": url for name, url in databases.items()},
            **(environment or {}),
        }
        buses: list[Bus] = []
        own_keys = all(one.name != "auth" for one in services)
        beside = Service("beside", _beside(issuer if own_keys else None, hears, heard, buses))
        process = asyncio.create_task(run([*services, beside], settings, log, listening))
        stack.push_async_callback(_ended, process)
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=base, timeout=30, verify=trusted()))
        await until(lambda: _ready(client, process), seconds=30.0)
        yield System(client, issuer, buses[0], heard, databases, nats)


def _beside(issuer: Issuer | None, hears: Sequence[type[Event]], heard: Heard, buses: list[Bus]) -> Any:
    """The test's own service: publishes keys in auth's place, listens, and lends its bus."""

    async def keys(_: GetKeys) -> Keys:
        assert issuer is not None
        return Keys(keys=await issuer.keys())

    def build(platform: Platform) -> Parts:
        buses.append(platform.bus)
        by_owner: dict[str, list[type[Event]]] = {}
        for kind in hears:
            by_owner.setdefault(kind.subject.partition(".")[0], []).append(kind)
        return Parts(
            endpoints=[Endpoint(GetKeys, keys)] if issuer else [],
            consumers=[
                Consumer(f"beside-{owner}", tuple(kinds), heard.hear, ordered=True) for owner, kinds in by_owner.items()
            ],
        )

    return build


async def _ready(client: httpx.AsyncClient, process: asyncio.Task[None]) -> bool:
    if process.done():
        process.result()
    return (await client.get("/health")).status_code == 200


async def _ended(process: asyncio.Task[None]) -> None:
    process.cancel()
    await asyncio.gather(process, return_exceptions=True)
