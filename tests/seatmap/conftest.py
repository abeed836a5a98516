"""Seatmap as it runs, on a database of its own; who is who is said by the token itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import httpx
import pytest
import structlog

from internal.platform.faults import Unauthenticated
from internal.platform.http.app import application
from internal.platform.http.gate import Gate, GateSettings
from internal.platform.http.limits import GCRA, Limiter
from internal.platform.ids import new_id
from internal.platform.postgres import Database, many
from internal.platform.redis import Lane
from internal.platform.roles import Role, Roles
from internal.platform.tokens import Principal, Verifier
from internal.seatmap.config import SeatmapSettings
from internal.seatmap.handlers import Venues
from internal.seatmap.http import routes
from internal.seatmap.layouts import Layouts
from internal.seatmap.service import SERVICE
from tests.databases import fresh_database
from tests.waiting import until

ADMIN = "user_admin"


@dataclass
class Seatmap:
    """The service, and what directory would say of its callers."""

    client: httpx.AsyncClient
    venues: Venues
    layouts: Layouts
    database: Database
    members: dict[tuple[str, str], Role] = field(default_factory=dict)

    def staff_of(self, organization_id: str, role: Role = Role.STAFF) -> dict[str, str]:
        """The headers of somebody new who works there."""
        user = new_id("user")
        self.members[user, organization_id] = role
        return {"authorization": f"Bearer {user}"}

    async def told(self, subject: str, venue_id: str) -> int:
        """How many events of this subject were committed about the venue."""
        async with self.database.read() as tx:
            rows = await many(
                tx,
                dict,
                "select id from outbox where subject = %s and position(%s in convert_from(body, 'utf8')) > 0",
                [subject, venue_id],
            )
        return len(rows)


class _Doorman:
    """Takes a token for the id of its holder."""

    async def verify_async(self, token: bytes) -> Principal:
        user = token.decode()
        if not user.startswith("user_"):
            raise Unauthenticated
        roles = ("admin",) if user == ADMIN else ()
        return Principal(user, roles, guest=False, email=None, expires_at=2**40, token_id="")


@pytest.fixture(scope="module")
async def seatmap(database_url: str, redis_url: str) -> AsyncIterator[Seatmap]:
    log = structlog.get_logger()
    lane = Lane(redis_url, [GCRA], log)
    running = asyncio.create_task(lane.run())
    assert SERVICE.migrations is not None
    async with fresh_database(database_url, [SERVICE.migrations]) as database:
        members: dict[tuple[str, str], Role] = {}

        async def ask(user_id: str, organization_id: str) -> Role | None:
            return members.get((user_id, organization_id))

        layouts = Layouts(database, SeatmapSettings())
        venues = Venues(database, layouts, Roles(ask), partial(datetime.now, UTC))
        gate = Gate(cast("Verifier", _Doorman()), Limiter(lane), GateSettings())
        app = application(routes(venues, layouts), gate, log, version="test")
        await until(lambda: lane.ready)
        transport = httpx.ASGITransport(app=cast("Any", app))
        async with httpx.AsyncClient(transport=transport, base_url="http://seatmap") as client:
            yield Seatmap(client, venues, layouts, database, members)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def organization() -> str:
    return new_id("org")


@pytest.fixture
def staff(seatmap: Seatmap, organization: str) -> dict[str, str]:
    return seatmap.staff_of(organization)


@pytest.fixture
async def venue(seatmap: Seatmap, organization: str, staff: dict[str, str]) -> dict[str, Any]:
    answer = await seatmap.client.post(
        "/api/venues",
        json={"organizationId": organization, "name": "Hall", "city": "Ankara", "country": "TR"},
        headers=staff,
    )
    assert answer.status_code == 201, answer.text
    return cast("dict[str, Any]", answer.json())
