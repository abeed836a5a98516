"""The routes of the inventory: what they answer, and that nobody gets at what is another's."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from internal.inventory import store
from internal.inventory.domain import hold_id_of
from internal.inventory.hall import Hall
from internal.inventory.locks import Allowance, Asked, Locks
from internal.inventory.scripts import SCRIPTS
from internal.platform.ids import new_id
from internal.platform.redis import Lane
from proto.inventory import Claim, Purchase, Refund
from tests.inventory.asking import ORDINARY, both, known, seats
from tests.inventory.house import House, beside
from tests.inventory.stage import canceled, layout


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
    bodies: list[Any] = [{"seatIds": []}, {"seatIds": ["A1"], "x": 1}, {}, []]
    for body in bodies:
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


async def test_a_key_whose_first_answer_was_never_given(shared_house: House) -> None:
    """The process died between hold and answer: the same request again is told of that hold, not refused by it."""
    stage = await shared_house.stage()
    buyer = shared_house.buyer()
    hold_id = hold_id_of(stage.id, buyer.id, "lost")
    assert (await buyer.hold(stage, "A2")).status_code == 201  # it is open from here on
    lane = Lane(shared_house.addresses.redis_url, SCRIPTS, structlog.get_logger())
    running = asyncio.create_task(lane.run())
    await lane.until_ready()
    hall = Hall(stage.hall.layout_hash, stage.hall.focal_point, stage.hall.sections)
    asked = Asked(stage.id, hold_id, buyer.id, "|", ["A1"], hall.places_of(["A1"]))
    reply = await Locks(lane).hold(asked, Allowance(interval_ms=1_000, burst=30))
    assert reply.startswith(b"ok|")
    running.cancel()
    answer = await buyer.hold(stage, "A1", headers={"idempotency-key": "lost"})
    assert (answer.status_code, answer.json()["holdId"], answer.json()["seatIds"]) == (201, hold_id, ["A1"])
    assert (await buyer.hold(stage, "A1", headers={"idempotency-key": "lost"})).content == answer.content


@pytest.mark.parametrize("refunded", [False, True])
async def test_a_key_whose_hold_was_bought_long_ago(shared_house: House, refunded: bool) -> None:
    """After a day a key is forgotten: used anew it makes another hold, for the first one can never be bought again."""
    stage = await shared_house.stage()
    buyer, key = shared_house.buyer(), {"idempotency-key": new_id("key")}
    async with beside(shared_house) as desk:

        async def bought(hold_id: str) -> str:
            order = new_id("order")
            await desk.claims.claim(
                Claim(hold_id=hold_id, order_id=order, user_id=buyer.id, saga_id=order, showtime_id=stage.id)
            )
            await desk.claims.purchase(Purchase(order_id=order, saga_id=order))
            return order

        first = (await buyer.hold(stage, "A1", headers=key)).json()
        order = await bought(first["holdId"])
        if refunded:
            await desk.claims.refund(Refund(order_id=order))
        async with desk.database.transaction() as tx:
            await tx.execute("delete from idempotency where scope like %s", [f"%{buyer.id}%"])
        second = await buyer.hold(stage, "A2", headers=key)
        assert second.status_code == 201, second.text
        assert second.json()["holdId"] != first["holdId"]
        again = await buyer.hold(stage, "A2", headers=key)
        assert again.content == second.content
        await bought(second.json()["holdId"])


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
    async with beside(shared_house) as desk:
        await desk.locks.close(stage.id)
    answer = await both(buyer, stage, seats("A2"))
    assert (answer.status_code, answer.json()["code"]) == (404, "showtime_closed")
    assert (await buyer("DELETE", f"/api/holds/{hold['holdId']}")).status_code == 204
