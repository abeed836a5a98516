"""One service's routes behind the real edge: gate, limits, framework and server, on a port of their own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import structlog

from internal.platform.http import Limiter, RouteHandler
from internal.platform.http.app import application
from internal.platform.http.front import front
from internal.platform.http.gate import Gate, GateSettings
from internal.platform.http.limits import GCRA
from internal.platform.http.server import serve
from internal.platform.plain_http import trusted
from internal.platform.redis import Lane
from internal.platform.tokens import Verifier

PROXIES = 1  # so that a test may come from an address of its own: `X-Forwarded-For`


@asynccontextmanager
async def edge(
    routes: Sequence[RouteHandler], verifier: Verifier, redis_url: str, settings: GateSettings | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of these routes, while they are served."""
    log = structlog.get_logger()
    lane = Lane(redis_url, [GCRA], log)
    gate = Gate(verifier, Limiter(lane), settings or GateSettings(proxies=PROXIES))
    app = front(application(routes, gate, log, version="0"))  # type: ignore[arg-type]  # Litestar's own ASGI types
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        running = [asyncio.create_task(lane.run()), asyncio.create_task(serve(app, listening))]
        try:
            async with asyncio.timeout(30):
                await lane.until_ready()
            base = f"http://127.0.0.1:{listening.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=base, timeout=30, verify=trusted()) as client:
                yield client
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and the stable code of a problem, which must be one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
