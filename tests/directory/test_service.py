from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import structlog

from internal.auth.service import SERVICE as AUTH
from internal.directory.service import SERVICE as DIRECTORY
from internal.embedded import Nats, running
from internal.platform.run import run
from tests.conftest import Addresses
from tests.databases import fresh_database_url
from tests.waiting import until

ADMIN, PASSWORD = "root@example.com", "correct horse battery"


@asynccontextmanager
async def served(servers: Addresses, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Both services in one process, on a NATS of their own, where no other test's replica takes their events."""
    assert DIRECTORY.migrations is not None
    assert AUTH.migrations is not None
    log = structlog.get_logger()
    async with AsyncExitStack() as stack:
        nats = Nats(folder, log)
        await stack.enter_async_context(running(nats))
        environment = {
            "AISLE_NATS_URL": nats.url,
            "AISLE_REDIS_URL": servers.redis_url,
            "AISLE_AUTH_DATABASE_URL": stack.enter_context(fresh_database_url(servers.database_url, [AUTH.migrations])),
            "AISLE_DIRECTORY_DATABASE_URL": stack.enter_context(
                fresh_database_url(servers.database_url, [DIRECTORY.migrations])
            ),
            "AISLE_AUTH_ADMIN_EMAIL": ADMIN,
            "AISLE_AUTH_ADMIN_PASSWORD": PASSWORD,
            "AISLE_AUTH_ARGON2_MEMORY_KIB": "64",
        }
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        listening.setblocking(False)
        process = asyncio.create_task(run([DIRECTORY, AUTH], environment, log, listening))
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=base))
        try:
            yield client
        finally:
            process.cancel()
            await asyncio.gather(process, return_exceptions=True)


async def test_a_members_path_through_both_services(servers: Addresses, tmp_path: Path) -> None:
    """Logged in at auth, known at directory by the fetched keys, and forgotten there when auth removes the account."""
    async with served(servers, tmp_path) as client:

        async def token_of(email: str, password: str) -> str:
            answer = await client.post("/api/auth/login", json={"email": email, "password": password})
            return str(answer.json().get("accessToken", ""))

        async def all_is_ready() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await until(all_is_ready, seconds=30.0)
        admin = {"authorization": f"Bearer {await token_of(ADMIN, PASSWORD)}"}
        await client.post("/api/auth/register", json={"email": "ada@example.com", "password": PASSWORD})
        ada = {"authorization": f"Bearer {await token_of('ada@example.com', PASSWORD)}"}
        made = await client.post("/api/organizations", json={"name": "Opera"}, headers=ada)
        assert made.status_code == 201, made.text
        members = f"{made.headers['location']}/members"
        (member,) = (await client.get(members, headers=admin)).json()["items"]
        assert member["role"] == "owner"
        assert (await client.delete(f"/api/users/{member['userId']}", headers=admin)).status_code == 204

        async def nobody_is_left() -> bool:
            return not (await client.get(members, headers=admin)).json()["items"]

        await until(nobody_is_left)
