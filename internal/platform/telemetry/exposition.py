"""`/metrics`, for neighbours only: it tells how much is sold, and when the house is weak.

It is served on the common port, and on a port for each worker where AISLE_TELEMETRY_METRICS_PORT says so: behind a
shared port a scrape meets any worker. A request that came through a proxy is refused, because behind one every
stranger has a neighbour's address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST

from internal.platform import outbox
from internal.platform.faults import Forbidden, Unavailable
from internal.platform.http import RouteHandler
from internal.platform.http.front import ASGIApp, Receive, Scope, Send
from internal.platform.outbox import Backlog
from internal.platform.postgres import Database
from internal.platform.telemetry.collector import Collector
from internal.platform.telemetry.settings import Network

__all__ = ["Exposition"]

_PATIENCE = 1.0  # seconds for the outboxes: Prometheus waits for ten, and the other figures matter more in trouble
_FORWARDED = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip"})


class Exposition:
    """Who may read, and what they read."""

    def __init__(self, collector: Collector, databases: Mapping[str, Database], networks: Sequence[Network]) -> None:
        self._collector = collector
        self._databases = databases
        self._networks = networks

    def route(self) -> RouteHandler:
        """For the common port; not in the OpenAPI document, because it is no part of the product."""

        @get("/metrics", include_in_schema=False)
        async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
            if not self._may_read(request.scope):  # type: ignore[arg-type]  # Litestar's own ASGI types
                raise Forbidden("The metrics are read from inside the network, and not through a proxy.")
            return Response(await self._text(), headers={"content-type": CONTENT_TYPE_LATEST})

        return metrics

    def app(self) -> ASGIApp:
        """For a port of its own: the metrics and nothing else."""

        async def metrics(scope: Scope, _: Receive, send: Send) -> None:
            allowed = self._may_read(scope) and scope["path"] == "/metrics"
            body = await self._text() if allowed else b""
            head = [(b"content-type", CONTENT_TYPE_LATEST.encode()), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 200 if allowed else 404, "headers": head})
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return metrics

    def _may_read(self, scope: Scope) -> bool:
        if scope["type"] != "http" or any(name in _FORWARDED for name, _ in scope["headers"]):
            return False
        client = scope.get("client")
        try:
            address = ip_address(client[0] if client else "")
        except ValueError:
            return client is None  # a Unix socket: only this machine has it
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._networks)

    async def _text(self) -> bytes:
        names = list(self._databases)
        found = await asyncio.gather(*(_backlog(self._databases[name]) for name in names))
        return self._collector.text({name: one for name, one in zip(names, found, strict=True) if one is not None})


async def _backlog(database: Database) -> Backlog | None:
    """What waits in the outbox; nothing while that cannot be known."""
    try:
        async with asyncio.timeout(_PATIENCE), database.read() as tx:
            return await outbox.backlog(tx)
    except (TimeoutError, Unavailable):
        return None
