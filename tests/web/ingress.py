"""In front of the stage as an ingress is: `/ws` goes to a broadcaster of its own, all else to the stage."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

__all__ = ["ingress"]

_PIECE = 64 * 1024


@asynccontextmanager
async def ingress(stage: str, broadcaster_port: int) -> AsyncIterator[str]:
    """The address that pages are opened at; a socket has a connection of its own, whose first line says what it is."""
    under_way: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way[task] = writer
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n")
            port = broadcaster_port if head.startswith(b"GET /ws ") else urlsplit(stage).port
            there, back = await asyncio.open_connection("127.0.0.1", port)
            back.write(head)
            await asyncio.gather(_passed(reader, back), _passed(there, writer))
        writer.close()
        del under_way[task]

    server = await asyncio.start_server(came, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in under_way.values():
            writer.transport.abort()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """All that comes, until one of the two ends breaks or closes."""
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()
