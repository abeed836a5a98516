"""The gateway as a process of its own, beside a service that is another."""

from __future__ import annotations

from pathlib import Path

import httpx
import structlog

from internal.embedded import Nats
from internal.embedded import running as started
from internal.gateway.service import SERVICE as GATEWAY
from internal.seatmap.service import SERVICE as SEATMAP
from tests.conftest import Addresses
from tests.databases import fresh_database_url
from tests.payments.processes import Program, free_port
from tests.waiting import until


async def test_the_document_is_gathered_from_other_processes(servers: Addresses, tmp_path: Path) -> None:
    """Both services' paths are in the one document; one that is away keeps nobody from reading the others."""
    assert SEATMAP.migrations is not None
    assert GATEWAY.migrations is not None
    async with started(nats := Nats(tmp_path, structlog.get_logger())):
        with (
            fresh_database_url(servers.database_url, [SEATMAP.migrations]) as database,
            fresh_database_url(servers.database_url, [GATEWAY.migrations]) as own,
        ):
            common = {"AISLE_NATS_URL": nats.url, "AISLE_REDIS_URL": servers.redis_url}
            seatmap = Program("seatmap", free_port(), {**common, "AISLE_SEATMAP_DATABASE_URL": database})
            away = f"http://127.0.0.1:{free_port()}"
            bases = {"AISLE_GATEWAY_SERVICES": f"{seatmap.url}, {away}/", "AISLE_GATEWAY_DATABASE_URL": own}
            gateway = Program("gateway", free_port(), {**common, **bases})
            try:
                await seatmap.start()
                await until(lambda: _answers(seatmap.url), seconds=30)
                await gateway.start()
                await until(lambda: _answers(gateway.url), seconds=30)
                async with httpx.AsyncClient(base_url=gateway.url) as client:
                    described = (await client.get("/docs/openapi.json")).json()
                    assert {"/api/venues", "/api/showtimes/{showtime_id}/page", "/health"} <= set(described["paths"])
                    assert "Problem" in described["components"]["schemas"]
                    assert "/api/venues" not in (await client.get("/api/openapi.json")).json()["paths"]
            finally:
                await gateway.kill()
                await seatmap.kill()


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(base_url=url) as client:
            return (await client.get("/api/openapi.json")).status_code == 200
    except httpx.TransportError:
        return False
