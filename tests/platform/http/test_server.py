"""The server under the framework: whoever is slow, and routes on the fast road that are not straight after all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from internal.platform.http.fast import FastRoute, Roads, Straight
from internal.platform.http.server import serve
from tests.e2e.wire import Wire, request, wired
from tests.waiting import until

_HEAD = b"content-type: text/plain\r\n"


async def ordinary(scope: Any, receive: Any, send: Any) -> None:
    """Says that it was asked, and how much it was sent."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    told = b"ordinary %d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(told))]})
    await send({"type": "http.response.body", "body": told})


@asynccontextmanager
async def served(handle: Callable[[Straight], bool], patience: float = 20.0) -> AsyncIterator[Wire]:
    """A connection to a server with one fast route, `/a/{id}/z`."""
    roads = Roads([FastRoute("POST", "/a/", "/z", handle), FastRoute("GET", "/a/", "/z", handle)])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        running = asyncio.create_task(serve(ordinary, listening, roads, patience=patience))
        try:
            async with wired(f"http://127.0.0.1:{listening.getsockname()[1]}") as wire:
                yield wire
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def fast(straight: Straight) -> bool:
    straight.answer(200, _HEAD, b"fast %s %d" % (straight.id.encode(), len(straight.body)))
    return True


def not_mine(_: Straight) -> bool:
    return False


def broken(_: Straight) -> bool:
    raise ValueError


@pytest.mark.parametrize(
    ("path", "size", "told"),
    [
        ("/a/1/z", 0, b"fast 1 0"),
        ("/a/1/z", 32_000, b"fast 1 32000"),
        ("/a/1/z", 33_000, b"ordinary 33000"),
        ("/a/1/z", 3_000_000, b"ordinary 3000000"),
        ("/a/1/2/z", 1, b"ordinary 1"),
        ("/a//z", 1, b"ordinary 1"),
        ("/a/1/z/", 1, b"ordinary 1"),
    ],
)
async def test_the_straight_case_alone_is_fast(path: str, size: int, told: bytes) -> None:
    """One id in its place and a body that fits; whatever else comes, the ordinary road has it whole."""
    async with served(fast) as wire:
        for _ in range(2):
            await wire.send(request("POST", path, b"x" * size))
            assert (await wire.answer()).body == told


@pytest.mark.parametrize("handle", [not_mine, broken])
async def test_what_is_not_taken_goes_the_ordinary_way(handle: Callable[[Straight], bool]) -> None:
    """A route that declines, or fails before it touched anything, leaves the request as it was."""
    async with served(handle) as wire:
        await wire.send(request("POST", "/a/1/z", b"xyz") + request("GET", "/a/1/z"))
        assert (await wire.answer()).body == b"ordinary 3"
        assert (await wire.answer()).body == b"ordinary 0"


async def test_a_late_answer_keeps_its_place() -> None:
    """What is answered later by somebody else's callback is answered before what was asked after it."""
    waiting: list[Straight] = []

    def later(straight: Straight) -> bool:
        waiting.append(straight)
        if len(waiting) == 1:
            asyncio.get_running_loop().call_later(0.05, fast, straight)
            return True
        return fast(straight)

    async with served(later) as wire:
        await wire.send(b"".join(request("GET", f"/a/{number}/z") for number in range(50)))
        assert [(await wire.answer()).body for _ in range(50)] == [b"fast %d 0" % number for number in range(50)]


async def test_who_left_is_not_answered() -> None:
    """An answer for a connection that is gone is dropped, on either road, and nothing is raised."""
    waiting: list[Straight] = []

    def later(straight: Straight) -> bool:
        waiting.append(straight)
        return True

    async with served(later) as wire:
        await wire.send(request("GET", "/a/1/z"))
        await until(lambda: bool(waiting))
        wire.writer.transport.abort()
        cycle = waiting[0]._cycle
        await until(lambda: bool(cycle.disconnected))
        fast(waiting[0])
        waiting[0].ordinary()
        assert not cycle.response_started


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"GET /a/1/z HTTP/1.1\r\nhost:",
        b"POST /a/1/z HTTP/1.1\r\ncontent-length: 9\r\n\r\nx",
        b"POST /b HTTP/1.1\r\ncontent-length: 9\r\n\r\nx",
        request("GET", "/a/1/z") + b"GET /b HTT",
    ],
    ids=["nothing", "half a head", "half a body, fast", "half a body, ordinary", "half a head behind a request"],
)
async def test_patience_has_an_end(octets: bytes) -> None:
    """Who sends half a request and no more is hung up on; nothing, too, is half a request."""
    async with served(fast, patience=0.2) as wire:
        await wire.send(octets)
        if octets.startswith(b"GET /a/1/z HTTP/1.1\r\nhost: aisle"):
            assert (await wire.answer()).body == b"fast 1 0"
        assert await wire.closed()


async def test_a_slow_answer_is_not_a_slow_caller() -> None:
    """Patience is for what the caller owes; who waits for us may wait longer."""

    def later(straight: Straight) -> bool:
        asyncio.get_running_loop().call_later(0.6, fast, straight)
        return True

    async with served(later, patience=0.1) as wire:
        await wire.send(request("GET", "/a/1/z"))
        assert (await wire.answer()).body == b"fast 1 0"
