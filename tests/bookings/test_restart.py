"""Killed in the middle and started again: nothing is lost, nothing happens twice, and the order is kept."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from internal.bookings.service import SERVICE as BOOKINGS
from tests.bookings.conftest import QUICK, Others, becomes
from tests.conftest import Addresses
from tests.databases import fresh_database_url
from tests.running import Person, running
from tests.waiting import until

ROOT = Path(__file__).parent.parent.parent


@asynccontextmanager
async def process(environment: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python cmd/bookings`, serving; killed at the end if it still is there."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "cmd/bookings", cwd=ROOT, env={**os.environ, **environment, "PYTHONPATH": str(ROOT)}
    )
    base = f"http://127.0.0.1:{environment['AISLE_HTTP_PORT']}"
    try:
        async with httpx.AsyncClient(base_url=base) as client:
            await until(lambda: _serves(client), seconds=30.0)
        yield started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGKILL)
        await started.wait()


async def _serves(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health")).status_code == 200
    except httpx.TransportError:
        return False


async def test_killed_in_the_middle(servers: Addresses, tmp_path: Path) -> None:
    """Two of three kills hit while holds are being made; every accepted booking ends, each hold and order is one."""
    assert BOOKINGS.migrations is not None
    others = Others(slow=0.01)
    event_id, _ = others.event()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with running(others.services(), servers, tmp_path, environment={}) as system:
        with fresh_database_url(servers.database_url, [BOOKINGS.migrations]) as url:
            environment = {
                **QUICK,
                "AISLE_NATS_URL": system.bus.settings.url,
                "AISLE_REDIS_URL": servers.redis_url,
                "AISLE_BOOKINGS_DATABASE_URL": url,
                "AISLE_HTTP_PORT": str(port),
                "AISLE_TELEMETRY_LOG_LEVEL": "error",
            }
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                buyer = replace(system.person(), client=client)
                accepted = await _killed_twice(environment, buyer, others, event_id)
                async with process(environment):
                    for booking in accepted:
                        await becomes(buyer, booking, "completed", seconds=30.0)
    firsts = list(dict.fromkeys(others.taken))
    assert [one for one in firsts if one in set(accepted)] == accepted
    assert len(others.holds) == len(others.checkouts) == len(firsts)


async def _killed_twice(environment: Mapping[str, str], buyer: Person, others: Others, event_id: str) -> list[str]:
    """What was accepted over two lives that each ended while they held."""
    accepted: list[str] = []
    for life in range(2):
        before = len(others.taken)
        async with process(environment) as started:
            for number in range(30):
                body = {"userId": buyer.id, "eventId": event_id, "seatId": f"{life}-{number}"}
                answer = await buyer("POST", "/api/book", body)
                assert answer.status_code == 202, answer.text
                accepted.append(answer.json()["id"])
            await until(lambda before=before: len(others.taken) > before + 5)  # type: ignore[misc]
            started.send_signal(signal.SIGKILL)
            await started.wait()
    return accepted
