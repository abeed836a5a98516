"""Who is let in, how much they may say, and how they are sent away."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.broadcaster.conftest import played
from tests.broadcaster.watching import address, in_redis, watching
from tests.conftest import Addresses
from tests.inventory.house import House, beside
from tests.inventory.stage import layout
from tests.waiting import until

_STRICT = {
    "AISLE_SOCKETS_PER_ADDRESS": "3",
    "AISLE_SOCKETS_BUFFERED": "4096",
    "AISLE_SOCKETS_FAREWELL": "0.2",
    "AISLE_SOCKETS_ORIGINS": "https://tickets.example",
    "AISLE_BROADCASTER_PING_EVERY": "0.3",
}


@pytest.fixture(scope="module")
async def strict(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A process that has little patience."""
    async with played(servers, tmp_path_factory.mktemp("strict"), 1, _STRICT) as made:
        yield made.house


async def test_a_page_of_another_host_may_not_listen(strict: House) -> None:
    """A browser says from which page it comes; programs say nothing, and the configured host may."""
    own = str(strict.clients[0].base_url).rstrip("/")
    for good in (own, "https://tickets.example"):
        async with watching(address(strict), origin=good) as watcher:
            await watcher.say("PONG")
    for bad in ("https://evil.example", "null", own.replace("127.0.0.1", "127.0.0.1.evil.example")):
        with pytest.raises(InvalidStatus) as refused:
            await connect(address(strict), origin=bad)  # type: ignore[arg-type]  # a NewType of str
        assert refused.value.response.status_code == 403


async def test_one_address_has_so_many_connections(strict: House) -> None:
    """The fourth is closed with 4429; when one leaves, there is room again. Other addresses are not concerned."""
    here = {"additional_headers": {"x-forwarded-for": "10.9.9.9"}}
    async with (
        watching(address(strict), **here),
        watching(address(strict), **here) as second,
        watching(address(strict), **here),
    ):
        async with watching(address(strict), **here) as fourth:
            assert await fourth.ended() == 4429
        async with watching(address(strict), additional_headers={"x-forwarded-for": "10.9.9.8"}) as other:
            await other.heard("PING")
        await second.close()

        async def let_in() -> bool:
            async with watching(address(strict), **here) as again:
                await until(lambda: bool(again.frames or again.closed))
                return not again.closed

        await until(let_in)


async def test_a_message_that_is_too_large_ends_the_connection(strict: House) -> None:
    """4 kB are more than anything that is understood here; in one piece or in many."""
    async with watching(address(strict)) as watcher:
        await watcher.socket.send("x" * 4097)
        assert await watcher.ended() == 1009
    async with watching(address(strict)) as watcher:
        await watcher.socket.send(["x" * 1000] * 5)
        assert await watcher.ended() == 1009


async def test_bytes_are_not_understood(strict: House) -> None:
    """JSON is text."""
    async with watching(address(strict)) as watcher:
        await watcher.socket.send(b"{}")
        assert await watcher.ended() == 1003


async def test_a_message_may_come_in_pieces(strict: House) -> None:
    """As RFC 6455 lets it."""
    stage = await strict.stage()
    async with watching(address(strict)) as watcher:
        text = json.dumps({"type": "SUBSCRIBE", "showtimeId": stage.id})
        await watcher.socket.send([text[:10], text[10:30], text[30:]])
        await watcher.heard("SNAPSHOT")


async def test_who_says_too_much_is_sent_away(strict: House) -> None:
    """After forty messages at once, with 4429."""
    async with watching(address(strict)) as watcher:
        watcher.answers = False
        for _ in range(60):
            await watcher.say("PONG")
        assert await watcher.ended() == 4429


async def test_who_does_not_answer_is_gone(strict: House) -> None:
    """Two PINGs without a word, and the third is a goodbye; who answers stays."""
    async with watching(address(strict)) as silent, watching(address(strict)) as polite:
        silent.answers = False
        assert await silent.ended() == 4410
        assert len(await silent.heard("PING")) == 2
        await polite.heard("PING", count=5)
        assert polite.closed == 0


async def test_a_reader_who_does_not_read_is_dropped_and_nobody_waits(strict: House) -> None:
    """It is closed with 4408 while others see every change; when it comes back it has the picture."""
    stage = await strict.stage(layout(rows=40, seats=50), seats_per_buyer=50)
    for at in range(0, 2_000, 50):
        assert (await strict.buyer().hold(stage, *stage.seats[at : at + 50])).status_code == 201
    async with watching(address(strict)) as reads, beside(strict) as desk:
        await reads.watch(stage)
        with closing(await _deaf(address(strict), stage.id, times=35)):  # a megabyte, which it does not read
            hold_id = (await desk.locks.owners(stage.id, ["A1"])).pop()
            record = await desk.locks.read(hold_id)
            assert record is not None

            async def dropped() -> bool:
                return any('"4408"' in line for line in await _closed(strict))

            await until(dropped)
            await desk.holds.release(hold_id, record[3])
        truth = await in_redis(desk.lane, stage)
        await until(lambda: reads.pictures[stage.id] == truth)
        assert (reads.closed, reads.gaps) == (0, 0)
        async with watching(address(strict)) as back:
            await back.watch(stage)
            assert back.pictures[stage.id] == truth


async def _deaf(url: str, showtime_id: str, times: int) -> socket.socket:
    """A connection that asks for the same showtime again and again and never reads, with as little room as it can."""
    parts = urlsplit(url)
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    made.connect((parts.hostname, parts.port))
    head = f"GET /ws HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    made.sendall(f"{head}{key}".encode())
    await asyncio.to_thread(made.recv, 200)
    body = json.dumps({"type": "SUBSCRIBE", "showtimeId": showtime_id}).encode()
    made.sendall((bytes((0x81, 0x80 | len(body), 0, 0, 0, 0)) + body) * times)
    return made


async def _closed(made: House) -> Sequence[str]:
    """The codes that connections were closed with."""
    lines = (await made.clients[0].get("/metrics")).text.splitlines()
    return [line for line in lines if line.startswith("aisle_broadcaster_closed") and not line.endswith(" 0.0")]


async def test_a_process_that_ends_says_goodbye(servers: Addresses, tmp_path: Path) -> None:
    """1012, within the time over which goodbyes are spread."""
    async with played(servers, tmp_path, 1, {"AISLE_SOCKETS_FAREWELL": "0.3"}) as made:
        watchers = [await connect(address(made.house), compression=None) for _ in range(20)]
    for watcher in watchers:
        await watcher.wait_closed()
        assert watcher.close_code == 1012


async def test_elsewhere_an_upgrade_is_an_ordinary_request(strict: House) -> None:
    """A socket at another path is no socket; the framework answers as it does to anybody."""
    for path in ("/", "/api/showtimes/x/seats", "/health/live"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(address(strict).replace("/ws", path))
        assert refused.value.response.status_code in (200, 404)
    answer = await strict.clients[0].get("/ws")
    assert answer.status_code == 404
