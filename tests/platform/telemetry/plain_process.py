"""A process without tracing that answers requests, and says what of OpenTelemetry it has loaded."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace

from tests.platform.telemetry.probe import probing


async def main(nats: str, redis: str, database: str) -> None:
    async with probing(SimpleNamespace(url=nats), redis, database) as probe:  # type: ignore[arg-type]
        await probe.ready()
        await probe.client.get("/metrics")
    # Litestar loads names of `semconv` when an application is made; what would do work is in these.
    working = ("opentelemetry.sdk", "opentelemetry.trace", "opentelemetry.context", "opentelemetry.exporter")
    print([name for name in sys.modules if name.startswith(working)])  # noqa: T201 - its answer


asyncio.run(main(*sys.argv[1:]))
