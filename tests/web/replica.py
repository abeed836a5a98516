"""Another process's worth of the stage's services, on a port that stays the same: to be stopped and started."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import httpx
import structlog

from internal.platform.run import run
from tests.e2e.stage import ENVIRONMENT, SERVICES, Stage
from tests.waiting import until

__all__ = ["Replica"]


class Replica:
    """`base` is its address; it is not running until `start`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._process: asyncio.Task[None] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Ready when this returns."""
        system = self._stage.system
        listening = socket.create_server(("127.0.0.1", self._port))
        listening.setblocking(False)
        settings = {
            **ENVIRONMENT,
            "AISLE_PORT": str(self._port),
            "AISLE_NATS_URL": system.nats.url,
            "AISLE_REDIS_URL": self._stage.valkey.url,
            "AISLE_GATE_PROXIES": "1",
            "AISLE_SOCKETS_FAREWELL": "0.2",
            **{f"AISLE_{name.upper()}_DATABASE_URL": url for name, url in system.databases.items()},
        }
        self._process = asyncio.create_task(run(SERVICES, settings, structlog.get_logger(), listening))
        async with httpx.AsyncClient(base_url=self.base) as client:

            async def ready() -> bool:
                with contextlib.suppress(httpx.HTTPError):
                    return (await client.get("/health")).status_code == httpx.codes.OK
                return False

            await until(ready)

    async def stop(self) -> None:
        """Gone when this returns; whoever was connected is sent away."""
        process, self._process = self._process, None
        if process is not None:
            process.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await process
