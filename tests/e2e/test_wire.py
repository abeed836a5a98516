"""The connection itself: keep-alive, pipelining over both roads, HEAD, chunks, the slow, the rude, and who leaves."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest

from tests.e2e.stage import Scene, Stage
from tests.e2e.wire import request, wired


def _paths(scene: Scene) -> dict[str, str]:
    ids = scene.ids
    return {
        "page": f"/api/events/{ids['event_id']}",
        "picture": f"/api/showtimes/{ids['showtime_id']}/seats",
        "holds": f"/api/showtimes/{ids['showtime_id']}/holds",
        "ordinary": f"/api/showtimes/{ids['showtime_id']}",
    }


async def test_pipelined_requests_are_answered_in_order(stage: Stage, scene: Scene) -> None:
    """Ordinary and fast ones mixed, in one packet: each gets its own answer, in the order of the asking."""
    paths, token = _paths(scene), f"authorization: Bearer {scene.buyer.token}"
    await scene.buyer("GET", paths["page"])  # at hand from now on
    asked = [
        (request("GET", "/health/live"), b'"up"'),
        (request("GET", paths["page"]), scene.ids["event_id"].encode()),
        (request("POST", paths["holds"], b'{"seatIds":["nowhere"]}', token), b"unknown_seat"),
        (request("GET", paths["picture"]), b"version"),
        (request("GET", "/api/nothing"), b"no_such_route"),
        (request("POST", paths["holds"], b'{"seatIds":["A1"]}', token), b"seat_taken"),
        (request("GET", paths["ordinary"]), b"startsAt"),
        (request("GET", paths["page"]), scene.ids["event_id"].encode()),
    ] * 3
    async with wired(stage.base) as wire:
        await wire.send(b"".join(octets for octets, _ in asked))
        answers = [await wire.answer() for _ in asked]
    assert [said in answer.body for (_, said), answer in zip(asked, answers, strict=True)] == [True] * len(asked)


async def test_a_thousand_behind_a_hold_harm_nobody(stage: Stage, scene: Scene) -> None:
    """They wait behind an answer from Redis; when it comes they are answered in turn, and others meanwhile."""
    paths, token = _paths(scene), f"authorization: Bearer {scene.buyer.token}"
    await scene.buyer("GET", paths["page"])
    first = request("POST", paths["holds"], b'{"seatIds":["A1"]}', token)
    async with wired(stage.base) as wire:
        await wire.send(first + request("GET", paths["page"]) * 1_000)
        other = asyncio.create_task(scene.buyer("POST", paths["holds"], {"seatIds": ["A1"]}))
        assert (await wire.answer()).status == 409
        assert [(await wire.answer()).status for _ in range(1_000)] == [200] * 1_000
        assert (await other).status_code == 409


async def test_keep_alive_and_close(stage: Stage, scene: Scene) -> None:
    """The connection stays until the client says otherwise, on both roads; HTTP/1.0 gets one answer."""
    for path in (_paths(scene)["page"], _paths(scene)["picture"], "/health/live"):
        async with wired(stage.base) as wire:
            for _ in range(3):
                await wire.send(request("GET", path))
                assert (await wire.answer()).headers.get("connection") is None
            await wire.send(request("GET", path, b"", "connection: close"))
            assert (await wire.answer()).headers["connection"] == "close"
            assert await wire.closed()
        async with wired(stage.base) as wire:
            await wire.send(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            assert (await wire.answer()).status == 200
            assert await wire.closed()


async def test_head_is_get_without_the_body(stage: Stage, scene: Scene) -> None:
    """The same status and length, on both roads and of what is not there; the connection can be used on."""
    async with wired(stage.base) as wire:
        for path in (*_paths(scene).values(), "/api/nothing", "/api/organizations"):
            await wire.send(request("HEAD", path))
            head = await wire.answer(of_head=True)
            await wire.send(request("GET", path))
            got = await wire.answer()
            assert (head.status, head.headers["content-length"]) == (got.status, got.headers["content-length"]), path


async def test_expect_continue_is_granted(stage: Stage, scene: Scene) -> None:
    """A client that waits to be asked for its body is asked, and then answered."""
    body, lines = b'{"seatIds":["A1"]}', [f"authorization: Bearer {scene.buyer.token}", "expect: 100-continue"]
    whole = request("POST", _paths(scene)["holds"], body, *lines)
    async with wired(stage.base) as wire:
        await wire.send(whole[: -len(body)])
        assert (await wire.answer()).status == 100
        await wire.send(body)
        assert (await wire.answer()).status == 409
        await wire.send(request("GET", "/health/live"))
        assert (await wire.answer()).status == 200


async def test_chunks_are_put_together(stage: Stage, scene: Scene) -> None:
    """A body in chunks of one byte, in as many packets, is the body; one whose chunks are broken is refused."""
    lines = ["transfer-encoding: chunked", "content-type: application/json"]
    head = request("POST", _paths(scene)["holds"], b"", f"authorization: Bearer {scene.buyer.token}", *lines)
    async with wired(stage.base) as wire:
        await wire.send(head)
        for byte in b'{"seatIds":["A1"]}':
            await wire.send(b"1\r\n%c\r\n" % byte)
        await wire.send(b"0\r\n\r\n")
        assert (await wire.answer()).status == 409
        await wire.send(head + b"zz\r\n")
        assert (await wire.answer()).status == 400
        assert await wire.closed()


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00" * 500,
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_told_so(stage: Stage, octets: bytes) -> None:
    """TLS on the wrong port, broken lines, two lengths: a problem of 400, and the connection ends."""
    async with wired(stage.base) as wire:
        await wire.send(octets)
        answer = await wire.answer()
        assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
        assert json.loads(answer.body)["code"] == "not_http"
        assert await wire.closed()


async def test_rubbish_behind_a_request_waits_for_its_answer(stage: Stage, scene: Scene) -> None:
    """The answer to what was asked comes first, and is the last: a refusal cannot be taken for it."""
    token = f"authorization: Bearer {scene.buyer.token}"
    async with wired(stage.base) as wire:
        await wire.send(request("POST", _paths(scene)["holds"], b'{"seatIds":["A1"]}', token) + b"rubbish\r\n\r\n")
        assert (await wire.answer()).status == 409
        assert await wire.closed()


@pytest.mark.parametrize(
    "flood", [b"x-a: " + b"a" * 1_000 + b"\r\n", b"x: y\r\n", b"a" * 5_000], ids=["wide", "many", "one"]
)
async def test_a_head_without_end_is_refused(stage: Stage, flood: bytes) -> None:
    """Megabytes of headers are neither kept nor read to their end."""
    sent = 0
    async with wired(stage.base) as wire:
        await wire.send(b"GET / HTTP/1.1\r\nx: ")
        hung_up = asyncio.create_task(wire.reader.read())
        with suppress(ConnectionError):
            while not hung_up.done() and sent < 20_000_000:
                await wire.send(flood)
                sent += len(flood)
        with suppress(ConnectionError):  # a reset, where it had still more to read than it wanted
            assert (await hung_up)[:12] in (b"HTTP/1.1 431", b"")
    assert sent < 20_000_000
    async with wired(stage.base) as wire:
        await wire.send(request("GET", "/health/live"))
        assert (await wire.answer()).status == 200


async def test_partial_requests_block_nobody(stage: Stage, scene: Scene) -> None:
    """Two hundred that began and do not go on are no trouble for the one who asks."""
    opened = [
        await asyncio.open_connection(stage.system.client.base_url.host, stage.system.client.base_url.port)
        for _ in range(200)
    ]
    parts = [
        b"G",
        b"GET /api/ev",
        b"POST /api/events HTTP/1.1\r\ncontent-length: 100\r\n\r\n{",
        b"GET / HTTP/1.1\r\na: b\r\n",
    ]
    for number, (_, writer) in enumerate(opened):
        writer.write(parts[number % len(parts)])
    async with asyncio.timeout(30):
        for path in _paths(scene).values():
            await scene.buyer("GET", path)
    for _, writer in opened:
        writer.close()


async def test_who_leaves_in_the_middle_leaves_nothing_behind(stage: Stage, scene: Scene) -> None:
    """Clients that hang up after half a body, or before their answer, change nothing and are forgotten."""
    token, paths = f"authorization: Bearer {scene.buyer.token}", _paths(scene)
    before = await stage.state()
    whole = request("POST", paths["holds"], b'{"seatIds":["A1"]}', token)
    for octets in (whole[:-5], whole[:50], whole, whole + whole[:-5], request("GET", paths["ordinary"]) * 20):
        for _ in range(20):
            async with wired(stage.base) as wire:
                await wire.send(octets)
    assert (await scene.buyer("POST", paths["holds"], {"seatIds": ["A1"]})).status_code == 409
    assert _but_pace(await stage.state()) == _but_pace(before)


def _but_pace(state: dict[str, Any]) -> dict[str, Any]:
    """The buyers' records have the pace of their tries in them, the refused ones too."""
    return {name: told for name, told in state.items() if ":buyer" not in name}
