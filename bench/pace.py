"""Holds at an even pace, and the moment of each 201, by as little HTTP as that needs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from time import time
from urllib.parse import urlsplit

__all__ = ["paced"]

_SIDE_BY_SIDE = 16  # connections: at 200 a second a hold may take 80 ms before the pace is lost


async def paced(
    url: str, showtimes: Sequence[str], seats: Sequence[str], tokens: Sequence[str], each_second: float, seconds: float
) -> dict[str, float]:
    """Hold seat after seat, by turns in all these showtimes: `<showtime> <seat>` -> when the 201 came."""
    held: dict[str, float] = {}
    count, loop = int(each_second * seconds), asyncio.get_running_loop()
    began = loop.time()

    async def one(lane: int) -> None:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for number in range(lane, count, _SIDE_BY_SIDE):
            await asyncio.sleep(began + number / each_second - loop.time())
            showtime, seat = showtimes[number % len(showtimes)], seats[number // len(showtimes)]
            writer.write(_request(parts.netloc, showtime, seat, tokens[number % len(tokens)]))
            if await _status(reader) == b"201":
                held[f"{showtime} {seat}"] = time()
        writer.close()

    await asyncio.gather(*(one(lane) for lane in range(_SIDE_BY_SIDE)))
    return held


def _request(host: str, showtime: str, seat: str, token: str) -> bytes:
    body = json.dumps({"seatIds": [seat]})
    head = f"POST /api/showtimes/{showtime}/holds HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    return f"{head}Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def _status(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return head.split(b" ", 2)[1]
