"""A service that goes every way: HTTP -> NATS request -> Redis and Postgres -> outbox -> JetStream -> consumer."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from litestar import Request, post
from litestar.params import FromPath

from internal.embedded import Nats
from internal.platform import outbox
from internal.platform.bus import Consumer, Endpoint, Meta
from internal.platform.http import FastRoute
from internal.platform.http.fast import Straight
from internal.platform.http.limits import GCRA
from internal.platform.run import run
from internal.platform.service import Parts, Platform, Service
from internal.platform.telemetry import Figure, TelemetrySettings, logger
from proto.directory import GetRole, OrganizationDeleted, RoleOf
from tests.waiting import until


def build(platform: Platform) -> Parts:
    """The rooms of a service, in one function."""
    database, lane, bus, log = platform.database, platform.redis, platform.bus, platform.log

    async def answer_role(request: GetRole) -> RoleOf:
        await lane.batch(GCRA, (f"rate:{{{request.user_id}}}", 1_000, 1_000))
        await lane.command("PING")
        async with database.transaction() as tx:
            await outbox.add(tx, OrganizationDeleted(organization_id=request.organization_id))
        log.info("answered")
        return RoleOf(role="owner")

    async def heard(event: OrganizationDeleted, meta: Meta) -> None:
        log.info("heard", organization=event.organization_id)

    @post("/probe/{organization_id:str}", status_code=200)
    async def ask(request: Request[Any, Any, Any], organization_id: FromPath[str]) -> dict[str, str]:
        role = await bus.request(GetRole(user_id="user_1", organization_id=organization_id))
        return {"role": str(role.role)}

    @post("/fast/{organization_id:str}/probe", status_code=200)
    async def twin(organization_id: FromPath[str]) -> dict[str, str]:
        await lane.command("PING")
        return {}

    def fast(request: Straight) -> bool:
        request.answer(200, b"content-type: application/json\r\n", b"{}")
        return True

    return Parts(
        routes=[ask, twin],
        fast=[FastRoute("POST", "/fast/", "/probe", fast)],
        endpoints=[Endpoint(GetRole, answer_role)],
        consumers=[Consumer("probe", OrganizationDeleted, heard)],
        figures=[Figure("probe_answers", "The answer to everything.", lambda: 42, labels={"kind": "last"})],
    )


SERVICE = Service("probe", build, migrations=Path(__file__).parent)


@dataclass
class Probe:
    """The running process, as its callers and its log's readers see it."""

    client: httpx.AsyncClient
    output: io.BytesIO

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.getvalue().splitlines()]

    def told(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["event"] == event]

    async def ready(self) -> None:
        await until(self._ready)

    async def _ready(self) -> bool:
        try:
            return (await self.client.post("/probe/warm")).status_code == 200 and len(self.told("heard")) > 0
        except httpx.TransportError:
            return False


@asynccontextmanager
async def probing(nats: Nats, redis_url: str, database: str, **settings: str) -> AsyncIterator[Probe]:
    """Running for the length of the block, on servers given."""
    environment = {
        "AISLE_NATS_URL": nats.url,
        "AISLE_REDIS_URL": redis_url,
        "AISLE_PROBE_DATABASE_URL": database,
        "AISLE_GATE_ANONYMOUS_WRITES": "100000",
        **{f"AISLE_{name.upper()}": value for name, value in settings.items()},
    }
    output = io.BytesIO()
    log = logger(TelemetrySettings(), "probe", output)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        running = asyncio.create_task(run([SERVICE], environment, log, listening))
        try:
            base = f"http://127.0.0.1:{listening.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=base, timeout=10) as client:
                yield Probe(client, output)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
