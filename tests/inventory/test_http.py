"""The routes of the inventory: good, bad and hostile requests, on the fast road and on its ordinary twin alike."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from internal.inventory import store
from internal.platform.ids import new_id
from tests.inventory.house import Buyer, House
from tests.inventory.stage import Stage, canceled, layout
from tests.waiting import until

# A request id of the caller's own sends a request along the ordinary road.
ORDINARY = {"x-request-id": "test"}


async def both(buyer: Buyer, stage: Stage | str, content: bytes, **headers: str) -> httpx.Response:
    """The same request along both roads: the same status, type, code and members; the answer."""
    showtime_id = stage if isinstance(stage, str) else stage.id
    path = f"/api/showtimes/{showtime_id}/holds"
    sent = {"content-type": "application/json", **headers}
    fast = await buyer("POST", path, content=content, headers=sent)
    ordinary = await buyer("POST", path, content=content, headers={**sent, **ORDINARY})
    assert fast.status_code == ordinary.status_code, (fast.text, ordinary.text)
    assert fast.headers["content-type"] == ordinary.headers["content-type"]
    assert set(fast.headers) - {"date"} == set(ordinary.headers) - {"date"}
    one, other = fast.json(), ordinary.json()
    assert one.keys() == other.keys()
    for name in one.keys() - {"requestId", "holdId", "expiresAt", "version", "seatIds"}:
        assert one[name] == other[name]
    return fast


async def known(buyer: Buyer, stage: Stage) -> Buyer:
    """The token was checked and the showtime is open, so that the fast road is taken."""
    await buyer("GET", f"/api/holds/{new_id('hold')}")
    await buyer("GET", f"/api/showtimes/{stage.id}/seats")
    await buyer("POST", f"/api/showtimes/{stage.id}/holds", {"seatIds": ["none"]})
    return buyer


def seats(*ids: Any) -> bytes:
    return json.dumps({"seatIds": list(ids)}).encode()


async def test_a_hold_is_made_and_shown(shared_house: House) -> None:
    """201 with the hold and its address; whoever made it can look at it there."""
    stage = await shared_house.stage()
    buyer = await known(shared_house.buyer(), stage)
    for headers, seat in (({}, "A1"), (ORDINARY, "A2")):
        answer = await buyer.hold(stage, seat, headers=headers)
        assert answer.status_code == 201
        body = answer.json()
        assert body.keys() == {"holdId", "showtimeId", "seatIds", "expiresAt", "version"}
        assert body["seatIds"] == [seat]
        assert answer.headers["location"] == f"/api/holds/{body['holdId']}"
        looked = await buyer("GET", answer.headers["location"])
        assert looked.status_code == 200
        assert looked.json() == {**{k: body[k] for k in body if k != "version"}, "refreshesLeft": 2}
        assert timedelta(seconds=290) < datetime.fromisoformat(body["expiresAt"]) - datetime.now(UTC)


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
        bad = Buyer(good.client, good.id, token)
        answer = await both(bad, stage, seats("A1"))
        assert (answer.status_code, answer.json()["code"]) == (401, code), token[:60]
        assert (await bad("GET", f"/api/holds/{new_id('hold')}")).status_code == 401
    for scheme in ("Basic", "Digest", "Bearee"):
        headers = {"authorization": f"{scheme} {good.token}"}
        answer = await both(Buyer(good.client, good.id, ""), stage, seats("A1"), **headers)
        assert answer.status_code == 401, scheme
    assert (await good.hold(stage, "A1")).status_code == 201


async def test_guests_hold_like_anybody(shared_house: House) -> None:
    """A guest's token is enough to hold."""
    stage = await shared_house.stage()
    guest = await known(shared_house.buyer(guest=True), stage)
    for seat, headers in (("A1", {}), ("A2", ORDINARY)):
        assert (await guest.hold(stage, seat, headers=headers)).status_code == 201


async def test_somebody_elses_hold(shared_house: House) -> None:
    """Looking at, refreshing and releasing another's hold is forbidden, and it stays as it is."""
    stage = await shared_house.stage()
    mine, thief = shared_house.buyer(), shared_house.buyer(1)
    hold = (await mine.hold(stage, "A1", "A2")).json()
    address = f"/api/holds/{hold['holdId']}"
    tries = [
        thief("GET", address),
        thief("DELETE", address),
        thief("POST", f"{address}/refresh"),
        thief("POST", f"{address}/release", {"seatIds": ["A1"]}),
        thief("POST", f"/api/seats/{stage.event_id}/A1/refresh"),
    ]
    for answer in await asyncio.gather(*tries):
        assert (answer.status_code, answer.json()["code"]) == (403, "hold_not_yours")
    assert (await mine("GET", address)).json()["expiresAt"] == hold["expiresAt"]
    stranger = shared_house.stranger()
    assert (await stranger("DELETE", address)).status_code == 401


async def test_refreshing_as_often_as_is_allowed(shared_house: House) -> None:
    """Two refreshes, each a little later; the third is refused."""
    stage = await shared_house.stage()
    buyer = shared_house.buyer()
    hold = (await buyer.hold(stage, "A1")).json()
    before = hold["expiresAt"]
    for left in (1, 0):
        answer = await buyer("POST", f"/api/holds/{hold['holdId']}/refresh")
        assert (answer.status_code, answer.json().get("refreshesLeft")) == (200, left)
        assert answer.json()["expiresAt"] > before
        before = answer.json()["expiresAt"]
    answer = await buyer("POST", f"/api/holds/{hold['holdId']}/refresh")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_refresh_left")


async def test_release_in_parts(shared_house: House) -> None:
    """Some seats go back, then all; then the hold is over, and letting it go again says so."""
    stage = await shared_house.stage()
    buyer, other = shared_house.buyer(), shared_house.buyer(1)
    hold = (await buyer.hold(stage, "A1", "A2", "A3")).json()
    address = f"/api/holds/{hold['holdId']}"
    unknown = await buyer("POST", f"{address}/release", {"seatIds": ["A1", "A9"]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_seat")
    part = await buyer("POST", f"{address}/release", {"seatIds": ["A2"]})
    assert [left["seatIds"] for left in part.json()["holds"]] == [["A1", "A3"]]
    assert (await other.hold(stage, "A2")).status_code == 201
    assert (await buyer("POST", f"{address}/release", {"seatIds": ["A1", "A3"]})).json() == {"holds": []}
    assert (await buyer("DELETE", address)).status_code == 410
    whole = (await buyer.hold(stage, "A1")).json()
    assert (await buyer("DELETE", f"/api/holds/{whole['holdId']}")).status_code == 204
    for body in ({"seatIds": []}, {"seatIds": ["A1"], "x": 1}, {}, []):
        assert (await buyer("POST", f"{address}/release", body)).status_code == 400


async def test_a_hold_that_never_was(shared_house: House) -> None:
    """Any id that is no hold is over."""
    buyer = shared_house.buyer()
    for hold_id in (new_id("hold"), "hold_zz", "x", "hold_" + "f" * 32, "%7Bs1%7D", "hold_%7C00", "%00"):
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/refresh")):
            answer = await buyer(method, f"/api/holds/{hold_id}{path}")
            assert (answer.status_code, answer.json()["code"]) == (410, "hold_ended"), hold_id


async def test_idempotency_key(shared_house: House) -> None:
    """The same key again is the same answer and one hold; another body with it is refused."""
    stage = await shared_house.stage()
    buyer, key = shared_house.buyer(), {"idempotency-key": "once"}
    first = await buyer.hold(stage, "A1", headers=key)
    again = await shared_house.at(1, buyer).hold(stage, "A1", headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    other = await buyer.hold(stage, "A2", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    taken = [await shared_house.at(n, buyer).hold(stage, "A1", headers={"idempotency-key": "two"}) for n in (0, 1)]
    assert [(one.status_code, one.json()["code"]) for one in taken] == [(409, "seat_taken")] * 2
    somebody = await shared_house.buyer().hold(stage, "A2", headers=key)
    assert somebody.status_code == 201
    for bad in ("", "x" * 256):
        assert (await buyer.hold(stage, "A3", headers={"idempotency-key": bad})).status_code == 400


async def test_fifty_requests_with_one_key(shared_house: House) -> None:
    """At once, through two processes: one hold, and every answer is that hold or "still being answered"."""
    stage = await shared_house.stage()
    buyer, key = shared_house.buyer(), {"idempotency-key": "rush"}
    both_processes = [buyer, shared_house.at(1, buyer)]
    answers = await asyncio.gather(*(both_processes[n % 2].hold(stage, "A1", headers=key) for n in range(50)))
    made = {answer.content for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} <= {"in_flight"}
    assert (await buyer("GET", f"/api/seats/{stage.event_id}/user/{buyer.id}/holds")).json()["holds"][0]["seatIds"] == [
        "A1"
    ]


async def test_haste_is_limited_by_both_roads_together(shared_house: House) -> None:
    """More holds than a person can click are refused with the time to wait, wherever they come in."""
    stage = await shared_house.stage(layout(rows=5, seats=20), seats_per_buyer=100)
    buyer = await known(shared_house.buyer(), stage)
    other_door = shared_house.at(1, buyer)
    answers = [
        await (buyer, other_door)[n % 2].hold(stage, seat, headers=ORDINARY if n % 3 else {})
        for n, seat in enumerate(stage.seats[:40])
    ]
    codes = Counter(answer.status_code for answer in answers)
    assert codes[429] >= 5
    assert codes[201] + codes[429] == 40
    limited = await both(buyer, stage, seats("E20"))
    assert limited.json()["code"] == "limited"
    assert 1 <= int(limited.headers["retry-after"]) <= 2
    assert limited.json()["retryAfter"] == int(limited.headers["retry-after"])


async def test_before_and_after_the_sale(shared_house: House) -> None:
    """A showtime that is not on sale yet says since when it is; one whose sale is over says so."""
    now = datetime.now(UTC)
    early = await shared_house.stage(on_sale_from=now + timedelta(hours=1))
    late = await shared_house.stage(on_sale_until=now - timedelta(seconds=1))
    begun = await shared_house.stage(starts_at=now - timedelta(seconds=1))
    for stage in (early, late, begun):
        buyer = await known(shared_house.buyer(), stage)
        answer = await both(buyer, stage, seats("A1"))
        assert (answer.status_code, answer.json()["code"]) == (409, "not_on_sale")
        best = await buyer.best(stage, 1)
        assert best.status_code == 409
    answer = await shared_house.buyer().hold(early, "A1")
    assert datetime.fromisoformat(answer.json()["onSaleFrom"]) > now


async def test_a_cancelled_showtime(shared_house: House) -> None:
    """Nothing of it can be held by either road, and its own holds can still be given back."""
    stage = await shared_house.stage()
    buyer = await known(shared_house.buyer(), stage)
    hold = (await buyer.hold(stage, "A1")).json()
    async with shared_house.database.transaction() as tx:
        await store.close_showtime(tx, canceled(stage))
    async with _lane_of(shared_house) as desk:
        await desk.locks.close(stage.id)
    answer = await both(buyer, stage, seats("A2"))
    assert (answer.status_code, answer.json()["code"]) == (404, "showtime_closed")
    assert (await buyer("DELETE", f"/api/holds/{hold['holdId']}")).status_code == 204


def _lane_of(house: House) -> Any:
    from tests.inventory.test_expiry import beside  # noqa: PLC0415 - one use

    return beside(house)


async def test_blocks_are_for_staff(shared_house: House) -> None:
    """Staff take seats off sale with a reason, all or none, and put them back; strangers cannot, and see nothing."""
    stage = await shared_house.stage()
    staff, stranger = shared_house.staff(stage), shared_house.buyer()
    path = f"/api/showtimes/{stage.id}"
    body = {"seatIds": ["A1", "A2"], "reason": "camera"}
    for who, status in ((stranger, 403), (shared_house.stranger(), 401), (shared_house.buyer(guest=True), 403)):
        assert (await who("POST", f"{path}/blocks", body)).status_code == status
        assert (await who("POST", f"{path}/unblocks", {"seatIds": ["A1"]})).status_code == status
        assert (await who("GET", f"{path}/blocks")).status_code == status
    made = await staff("POST", f"{path}/blocks", body)
    assert made.status_code == 200
    assert [(one["seatId"], one["reason"]) for one in made.json()["blocks"]] == [("A1", "camera"), ("A2", "camera")]
    assert (await stranger.hold(stage, "A1")).json()["code"] == "seat_taken"
    assert (await stranger.hold(stage, "A3")).status_code == 201
    half = await staff("POST", f"{path}/blocks", {"seatIds": ["A4", "A3"], "reason": "x"})
    assert (half.status_code, half.json()["seatIds"]) == (409, ["A3"])
    missing = await staff("POST", f"{path}/blocks", {"seatIds": ["A4", "Z9"], "reason": "x"})
    assert missing.status_code == 404
    back = await staff("POST", f"{path}/unblocks", {"seatIds": ["A1", "A3", "A9"]})
    assert back.json() == {"seatIds": ["A1"]}
    assert [one["seatId"] for one in (await staff("GET", f"{path}/blocks")).json()["blocks"]] == ["A2"]
    assert (await stranger.hold(stage, "A1")).status_code == 201
    for bad in ({"seatIds": ["A4", "A4"], "reason": "x"}, {"seatIds": ["A4"], "reason": ""}, {"seatIds": ["A4"]}):
        assert (await staff("POST", f"{path}/blocks", bad)).status_code == 400
    nowhere = await staff("GET", f"/api/showtimes/{new_id('showtime')}/blocks")
    assert nowhere.status_code == 404


async def test_a_whole_balcony_blocked_at_once(shared_house: House) -> None:
    """2,000 seats in one call, and back."""
    stage = await shared_house.stage(layout(rows=20, seats=100))
    staff = shared_house.staff(stage)
    made = await staff("POST", f"/api/showtimes/{stage.id}/blocks", {"seatIds": stage.seats, "reason": "closed"})
    assert (made.status_code, len(made.json()["blocks"])) == (200, 2_000)
    seen = (await staff("GET", f"/api/showtimes/{stage.id}/seats")).json()
    assert (len(seen["blocked"]), seen["available"]) == (2_000, 0)
    back = await staff("POST", f"/api/showtimes/{stage.id}/unblocks", {"seatIds": stage.seats})
    assert len(back.json()["seatIds"]) == 2_000
    assert (await staff("GET", f"/api/showtimes/{stage.id}/seats")).json()["available"] == 2_000


async def test_short_routes(shared_house: House) -> None:
    """One seat of an event's next showtime: hold, state, refresh, one's holds."""
    stage = await shared_house.stage()
    await shared_house.stage(event_id=stage.event_id, starts_at=datetime.now(UTC) - timedelta(days=2))
    await shared_house.stage(event_id=stage.event_id, starts_at=datetime.now(UTC) + timedelta(days=60))
    buyer, other = shared_house.buyer(), shared_house.buyer(1)
    path = f"/api/seats/{stage.event_id}"
    free = await other("GET", f"{path}/A1/status")
    assert free.json() == {
        "eventId": stage.event_id,
        "showtimeId": stage.id,
        "seatNumber": "A1",
        "status": "available",
    }
    made = await buyer("POST", f"{path}/A1/hold")
    assert (made.status_code, made.json()["seatIds"]) == (201, ["A1"])
    assert (await other("POST", f"{path}/A1/hold")).status_code == 409
    assert (await other("GET", f"{path}/A1/status")).json()["status"] == "held"
    assert (await buyer("POST", f"{path}/A1/refresh")).json()["holdId"] == made.json()["holdId"]
    assert (await buyer("POST", f"{path}/A2/refresh")).status_code == 410
    own = await buyer("GET", f"{path}/user/{buyer.id}/holds")
    assert [one["holdId"] for one in own.json()["holds"]] == [made.json()["holdId"]]
    assert (await other("GET", f"{path}/user/{buyer.id}/holds")).status_code == 403
    admin = shared_house.buyer(roles=("admin",))
    assert len((await admin("GET", f"{path}/user/{buyer.id}/holds")).json()["holds"]) == 1
    for seat in ("Z1", "%23 1", "A|1", "x" * 80):
        assert (await buyer("GET", f"{path}/{seat}/status")).status_code == 404
        assert (await buyer("POST", f"{path}/{seat}/hold")).status_code == 404
    nothing = await buyer("POST", f"/api/seats/{new_id('event')}/A1/hold")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "showtime_closed")
    assert (await buyer("GET", f"/api/seats/{new_id('event')}/user/{buyer.id}/holds")).json() == {"holds": []}


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
    async with asyncio.timeout(10):
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
        return (await buyer("GET", f"/api/seats/{stage.event_id}/A2/status")).json()["status"] == "held"

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
    async with asyncio.timeout(5):
        await heard.wait()
    await subscription.unsubscribe()
