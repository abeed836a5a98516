"""The fast road to a hold: the same answers as its ordinary twin, whatever comes along the wire."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import msgspec
import pytest

from internal.platform.ids import new_id
from tests.inventory.asking import both, known, seats
from tests.inventory.house import Buyer, House
from tests.inventory.stage import Stage, layout
from tests.waiting import until


async def test_the_twins_refuse_alike(shared_house: House) -> None:
    """Taken, unknown, twice, too many: the same answer by both roads."""
    stage = await shared_house.stage(layout(rows=10, seats=12), seats_per_buyer=3)
    other = await known(shared_house.buyer(), stage)
    assert (await other.hold(stage, "A1", "A2")).status_code == 201
    buyer = await known(shared_house.buyer(), stage)
    expected = {
        seats("A1"): (409, "seat_taken"),
        seats("A3", "A1", "A2"): (409, "seat_taken"),
        seats("Z1"): (404, "unknown_seat"),
        seats("A3", "A3"): (400, "malformed"),
        seats("A3", "A4", "A5", "A6"): (409, "too_many_seats"),
        seats(): (400, "malformed"),
        seats(*stage.seats[:51]): (400, "malformed"),
        seats("#1"): (400, "malformed"),
        seats("A3|x"): (400, "malformed"),
        seats("A3\n"): (400, "malformed"),
        seats("A" * 65): (400, "malformed"),
        seats(1): (400, "malformed"),
        seats(None): (400, "malformed"),
        b'{"seatIds": "A3"}': (400, "malformed"),
        b'{"seatIds": ["A3"], "more": 1}': (400, "malformed"),
        b'{"seatIds": ["A3"], "bestAvailable": {"quantity": 1}}': (400, "malformed"),
        b'{"seatIds": null}': (400, "malformed"),
        b"{}": (400, "malformed"),
        b"[]": (400, "malformed"),
        b"null": (400, "malformed"),
        b"": (400, "malformed"),
        b"{": (400, "malformed"),
        b"\xff\xfe": (400, "malformed"),
        b"[" * 50_000: (400, "malformed"),
        b'{"seatIds":' * 5_000: (400, "malformed"),
        b'{"bestAvailable": {"quantity": 0}}': (400, "malformed"),
        b'{"bestAvailable": {"quantity": 51}}': (400, "malformed"),
        b'{"bestAvailable": {"quantity": 1, "accessible": 2}}': (400, "malformed"),
        b'{"standing": {"areaId": "nowhere", "quantity": 1}}': (404, "unknown_seat"),
    }
    for content, (status, code) in expected.items():
        answer = await both(buyer, stage, content)
        assert (answer.status_code, answer.json()["code"]) == (status, code), content[:80]
        assert answer.headers["content-type"] == "application/problem+json"
        if status == 429:
            raise AssertionError(answer.text)
    assert (await both(buyer, stage, seats("A3", "A1", "A2"))).json()["seatIds"] == ["A1", "A2"]
    found = (await buyer("GET", f"/api/showtimes/{stage.id}/seats")).json()
    assert (found["held"], found["available"]) == (["A1", "A2"], 118)


async def test_unknown_showtimes(shared_house: House) -> None:
    """A showtime that is not there is a 404, whatever its id looks like."""
    buyer = shared_house.buyer()
    for showtime_id in (
        new_id("showtime"),
        "showtime_1",
        "%7Bs1%7D",
        "x" * 200,
        new_id("event"),
        "%00",
        "%F0%9F%8E%AD",
    ):
        answer = await both(buyer, showtime_id, seats("A1"))
        assert (answer.status_code, answer.json()["code"]) == (404, "showtime_closed"), showtime_id


async def test_a_body_without_end(shared_house: House) -> None:
    """10 MB are refused, and the next request is served."""
    stage = await shared_house.stage()
    buyer = await known(shared_house.buyer(), stage)
    for content in (b" " * 10_000_000, seats("A1") + b" " * 10_000_000, b'{"seatIds":["' + b"A" * 10_000_000 + b'"]}'):
        try:
            answer = await buyer("POST", f"/api/showtimes/{stage.id}/holds", content=content)
            assert answer.status_code == 413
        except httpx.WriteError:  # refused before all of it was sent
            continue
    assert (await buyer.hold(stage, "A1")).status_code == 201


async def test_tokens_that_are_none(shared_house: House) -> None:
    """No token, or one that is expired, forged, unsigned or signed by the public key: 401, and nothing is held."""
    stage = await shared_house.stage()
    good = await known(shared_house.buyer(), stage)
    head, body, signature = good.token.split(".")
    public = (await shared_house.issuer.keys())[0]
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))

    def encoded(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    kid = public.kid
    hs256 = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{body}"
    mac = hmac.new(msgspec.json.encode(public), hs256.encode(), hashlib.sha256).digest()
    later = {**claims, "exp": claims["exp"] + 1_000_000}
    tokens = {
        "": "unauthenticated",
        "x": "token_malformed",
        f"{encoded({'alg': 'none', 'kid': kid})}.{body}.": "token_forged",
        f"{hs256}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}": "token_forged",
        f"{head}.{encoded(later)}.{signature}": "token_forged",
        f"{head}.{body}.{signature[:-4]}AAAA": "token_forged",
        f"{encoded({'alg': 'RS256', 'kid': 'other'})}.{body}.{signature}": "unknown_key",
    }
    for token, code in tokens.items():
        bad = Buyer(good.client, token, good.id)
        answer = await both(bad, stage, seats("A1"))
        assert (answer.status_code, answer.json()["code"]) == (401, code), token[:60]
        assert (await bad("GET", f"/api/holds/{new_id('hold')}")).status_code == 401
    for scheme in ("Basic", "Digest", "Bearee"):
        headers = {"authorization": f"{scheme} {good.token}"}
        answer = await both(Buyer(good.client, "", good.id), stage, seats("A1"), **headers)
        assert answer.status_code == 401, scheme
    assert (await good.hold(stage, "A1")).status_code == 201


def raw(buyer: Buyer, stage: Stage, body: bytes, *, length: int | None = None) -> bytes:
    return (
        f"POST /api/showtimes/{stage.id}/holds HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {buyer.token}\r\n"
        f"content-type: application/json\r\ncontent-length: {length or len(body)}\r\n\r\n"
    ).encode() + body


async def test_pipelined_requests_are_answered_in_order(shared_house: House) -> None:
    """Twenty requests in one write on one connection: twenty answers, in the order of the questions."""
    stage = await shared_house.stage(layout(rows=2, seats=20), seats_per_buyer=40)
    buyer = await known(shared_house.buyer(), stage)
    reader, writer = await asyncio.open_connection("127.0.0.1", buyer.client.base_url.port)
    asked = stage.seats[:20]
    writer.write(b"".join(raw(buyer, stage, seats(seat)) for seat in asked))
    answered = []
    async with asyncio.timeout(30):
        for _ in asked:
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 201"), head
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            answered += json.loads(await reader.readexactly(length))["seatIds"]
    assert answered == asked
    writer.close()


async def test_a_caller_that_goes_away(shared_house: House) -> None:
    """In the middle of a body nothing is held; after the whole of it the hold stands, and the next caller is served."""
    stage = await shared_house.stage()
    buyer = await known(shared_house.buyer(), stage)
    for body, length in ((b'{"seatIds":["A1"', 200), (seats("A2"), None)):
        _, writer = await asyncio.open_connection("127.0.0.1", buyer.client.base_url.port)
        writer.write(raw(buyer, stage, body, length=length))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def held() -> bool:
        state: str = (await buyer("GET", f"/api/seats/{stage.event_id}/A2/status")).json()["status"]
        return state == "held"

    await until(held)
    assert (await buyer("GET", f"/api/seats/{stage.event_id}/A1/status")).json()["status"] == "available"
    assert (await buyer.hold(stage, "A1")).status_code == 201


@pytest.mark.parametrize("trace", ["a|b|c", "00-x", "00-" + "a" * 32 + "-" + "b" * 16 + "-01|x", "{}" * 200])
async def test_a_hostile_trace_jams_nothing(shared_house: House, trace: str) -> None:
    """Whatever a caller writes as its trace, the hold is told to the stream, and the next ones too."""
    stage = await shared_house.stage()
    heard = asyncio.Event()

    async def hear(message: Any) -> None:
        if stage.id.encode() in message.data and b"A2" in message.data:
            heard.set()

    subscription = await shared_house.bus.listen("inventory.hold.created", hear)
    buyer = shared_house.buyer()
    first = await buyer.hold(stage, "A1", headers={"traceparent": trace})
    assert first.status_code == 201
    assert (await buyer.hold(stage, "A2")).status_code == 201
    async with asyncio.timeout(30):
        await heard.wait()
    await subscription.unsubscribe()
