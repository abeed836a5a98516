"""Readers by the thousand, in a process of their own: `python -m bench.crowd <url> <readers> <showtimes file> <out>`.

Says `ready` when all have a picture, reads until a line comes in, then writes down when which frame came. All readers
of a showtime get the same bytes, so a frame is understood once, and each further receipt is a lookup and a clock.
"""

from __future__ import annotations

import asyncio
import sys
from array import array
from base64 import b64encode
from os import urandom
from pathlib import Path
from time import time
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from internal.platform.files import allow_many_files

__all__ = ["Crowd", "Seen"]

_SHORT, _MIDDLE, _LONG = 126, 127, 65_536
_AT_ONCE = 100  # handshakes side by side: a queue of all of them would only wait in the kernel


class Seen(msgspec.Struct):
    """A frame, and when it came to each of its readers, in seconds since 1970."""

    seats: list[str]
    times: list[float]


class _Frame(msgspec.Struct, rename="camel"):
    type: str
    showtime_id: str = ""
    held: list[str] = []


class Crowd:
    """What all of them saw."""

    def __init__(self) -> None:
        self._read = msgspec.json.Decoder(_Frame).decode
        self._frames: dict[bytes, tuple[list[str], array[float]]] = {}
        self.there = 0
        self.all_there = asyncio.Event()
        self.wanted = 0
        self.lost = 0

    def see(self, body: bytes, now: float) -> bool:
        """One more frame; whether it was a snapshot."""
        known = self._frames.get(body)
        if known is None:
            frame = self._read(body)
            seats = [f"{frame.showtime_id} {seat}" for seat in frame.held] if frame.type == "SEATS" else []
            known = self._frames[body] = (seats, array("d"))
        if known[0]:
            known[1].append(now)
        return body.startswith(b'{"type":"SNAPSHOT"')

    def arrived(self) -> None:
        """One more has a picture."""
        self.there += 1
        if self.there == self.wanted:
            self.all_there.set()

    def seen(self) -> list[Seen]:
        """Every frame that said that seats were held."""
        return [Seen(seats, list(times)) for seats, times in self._frames.values() if seats]


class _Reader(asyncio.Protocol):
    """As little of RFC 6455 as a reader can do with."""

    def __init__(self, crowd: Crowd, showtime_id: str, host: str) -> None:
        self._crowd = crowd
        self._showtime_id = showtime_id
        self._host = host
        self._data = b""
        self._shaken = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one, and no subclass
        key = b64encode(urandom(16)).decode()
        self._transport.write(
            f"GET /ws HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time()
        self._data += data
        if not self._shaken:
            head, found, rest = self._data.partition(b"\r\n\r\n")
            if not found:
                return
            self._shaken, self._data = True, rest
            assert head.startswith(b"HTTP/1.1 101"), head
            self._say({"type": "SUBSCRIBE", "showtimeId": self._showtime_id})
        while (body := self._next()) is not None:
            if body == b'{"type":"PING"}':
                self._say({"type": "PONG"})
            elif self._crowd.see(body, now):
                self._crowd.arrived()

    def _next(self) -> bytes | None:
        data = self._data
        if len(data) < 2:  # noqa: PLR2004 - the shortest head
            return None
        size, start = data[1], 2
        if size == _SHORT:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == _MIDDLE:
            size, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start + size:
            return None
        self._data = data[start + size :]
        return data[start : start + size]

    def _say(self, message: dict[str, str]) -> None:
        body = msgspec.json.encode(message)
        assert self._transport is not None
        assert len(body) < _SHORT
        self._transport.write(bytes((0x81, 0x80 | len(body), 0, 0, 0, 0)) + body)

    def connection_lost(self, _: Exception | None) -> None:
        self._crowd.lost += 1


async def _gather(url: str, readers: int, showtimes: list[str]) -> Crowd:
    host, _, port = urlsplit(url).netloc.partition(":")
    crowd, loop = Crowd(), asyncio.get_running_loop()
    crowd.wanted = readers
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(at: int) -> None:
        async with turns:
            showtime = showtimes[at % len(showtimes)]
            await loop.create_connection(lambda: _Reader(crowd, showtime, host), host, int(port))

    await asyncio.gather(*(one(at) for at in range(readers)))
    async with asyncio.timeout(60):
        await crowd.all_there.wait()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    return crowd


if __name__ == "__main__":
    allow_many_files()
    _url, _readers, _showtimes, _out = sys.argv[1:]
    _crowd = uvloop.run(_gather(_url, int(_readers), Path(_showtimes).read_text().split()))
    Path(_out).write_bytes(msgspec.msgpack.encode((_crowd.lost, _crowd.seen())))
