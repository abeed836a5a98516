"""HTTP by hand, byte for byte: for what no client library would send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ["Answer", "Wire", "request", "wired"]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Wire:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def answer(self, *, of_head: bool = False) -> Answer:
        """The next answer; that to a HEAD has no body, whatever its length says."""
        async with asyncio.timeout(30):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:] if line)
            status = int(lines[0].split(" ")[1])
            length = 0 if of_head or status in (100, 204, 304) else int(headers["content-length"])
            return Answer(status, headers, await self.reader.readexactly(length))

    async def closed(self) -> bool:
        """Whether the other side hangs up, having said nothing more."""
        async with asyncio.timeout(30):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


def request(method: str, path: str, body: bytes = b"", *lines: str) -> bytes:
    """A request, its length told if it has a body."""
    told = [f"{method} {path} HTTP/1.1", "host: aisle.example", *lines]
    if body:
        told += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*told, "", ""]).encode() + body


@asynccontextmanager
async def wired(base: str) -> AsyncIterator[Wire]:
    """A connection to this server."""
    where = urlsplit(base)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
