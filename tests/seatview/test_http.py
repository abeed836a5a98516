"""What people see of a showtime, while it is being sold."""

from __future__ import annotations

import asyncio
import gzip
import random
from typing import Any

import httpx

from internal.inventory import store
from internal.platform.ids import new_id
from proto.inventory import Claim, Purchase
from tests.inventory.house import Buyer, House, beside
from tests.inventory.stage import Desk, Stage, layout

ORDINARY = {"x-request-id": "test"}


async def seen(buyer: Buyer, stage: Stage, **headers: str) -> dict[str, Any]:
    """The sparse picture, the same by both roads."""
    fast = await buyer("GET", f"/api/showtimes/{stage.id}/seats", headers=headers)
    ordinary = await buyer(
        "GET", f"/api/showtimes/{stage.id}/seats", headers={**headers, "authorization": f"Bearer {buyer.token}"}
    )
    assert fast.status_code == ordinary.status_code == 200, fast.text
    assert fast.json() == ordinary.json()
    assert fast.headers["etag"] == ordinary.headers["etag"] == f'"{fast.json()["version"]}"'
    picture: dict[str, Any] = fast.json()
    return picture


async def some_operation(made: Desk, stage: Stage, holds: dict[str, tuple[str, list[str]]]) -> None:
    """Hold, release, buy or block at random."""
    free = [seat for seat, state in (await made.states(stage)).items() if state == "."]
    match random.choice(["hold", "hold", "hold", "release", "buy", "block"]):
        case "hold" if len(free) > 2:
            user = new_id("user")
            hold = await made.holds.hold(stage.id, user, random.sample(free, 2))
            holds[hold.hold_id] = (user, hold.seat_ids)
        case "release" if holds:
            hold_id, (user, _) = holds.popitem()
            await made.holds.release(hold_id, user)
        case "buy" if holds:
            hold_id, (user, _) = holds.popitem()
            order = new_id("order")
            await made.claims.claim(
                Claim(hold_id=hold_id, order_id=order, user_id=user, saga_id="s", showtime_id=stage.id)
            )
            await made.claims.purchase(Purchase(order_id=order, saga_id="s"))
        case "block" if free:
            seat = random.choice(free)
            async with made.database.transaction() as tx:  # else a reconciler would put it on sale again
                await store.block(tx, stage.id, [seat], new_id("user"), "broken")
            await made.locks.block(stage.id, [seat])


async def test_pictures_after_random_operations(shared_house: House) -> None:
    """After each operation all three pictures are the map, and versions only grow."""
    stage = await shared_house.stage(layout(rows=3, seats=8, standing=4))
    people = [shared_house.buyer(0), shared_house.buyer(1)]
    version, holds = 0, dict[str, tuple[str, list[str]]]()
    async with beside(shared_house) as made:
        await made.openings.open(stage.id)
        for n in range(30):
            await some_operation(made, stage, holds)
            states = await made.states(stage)
            picture = await seen(people[n % 2], stage)
            lists = {"h": picture["held"], "s": picture["sold"], "b": picture["blocked"]}
            for byte, listed in lists.items():
                assert listed == [seat for seat, state in states.items() if state.replace("c", "h") == byte]
            assert picture["version"] >= version
            version = picture["version"]
            every = (await people[n % 2]("GET", f"/api/events/{stage.event_id}/seats")).json()
            names = {".": "available", "h": "held", "c": "held", "s": "sold", "b": "blocked"}
            assert {one["seatId"]: one["status"] for one in every["seats"]} == {s: names[b] for s, b in states.items()}
            free = (await people[n % 2]("GET", f"/api/events/{stage.event_id}/seats/available")).json()
            assert [one["seatId"] for one in free["seats"]] == [seat for seat, state in states.items() if state == "."]


async def test_unchanged_is_304_until_something_changes(shared_house: House) -> None:
    """With its ETag the picture is not sent again; after a hold it is."""
    stage = await shared_house.stage()
    buyer = shared_house.buyer()
    path = f"/api/showtimes/{stage.id}/seats"
    for road in ({}, ORDINARY, {"authorization": f"Bearer {buyer.token}"}):
        first = await buyer("GET", path, headers=road)
        tag = {"if-none-match": first.headers["etag"]}
        again = await buyer("GET", path, headers={**road, **tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        weak = await buyer("GET", path, headers={**road, "if-none-match": '"1", W/' + first.headers["etag"]})
        assert weak.status_code in {200, 304}
        held = await buyer.best(stage, 1)
        assert held.status_code == 201
        changed = await buyer("GET", path, headers={**road, **tag})
        assert changed.status_code == 200
        assert held.json()["seatIds"][0] in changed.json()["held"]
        assert changed.json()["version"] >= held.json()["version"]


async def test_gzip(shared_house: House) -> None:
    """Who takes gzip gets it, and it holds the same picture."""
    stage = await shared_house.stage()
    path = f"/api/showtimes/{stage.id}/seats"
    await shared_house.buyer()("GET", path)
    client = shared_house.clients[0]
    for road in ({}, ORDINARY):
        plain = await client.get(path, headers={**road, "accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        request = client.build_request("GET", path, headers={**road, "accept-encoding": "gzip"})
        packed = await client.send(request, stream=True)
        raw = b"".join([piece async for piece in packed.aiter_raw()])
        assert packed.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in packed.headers["vary"]
        assert gzip.decompress(raw) == plain.content


async def test_everybody_sees_their_own_hold_at_once(shared_house: House) -> None:
    """A picture asked for after a hold shows it, however many look at the same time, at either process."""
    stage = await shared_house.stage(layout(rows=4, seats=20))
    looking, stop = shared_house.stranger(), False

    async def onlooker() -> None:
        while not stop:
            await looking("GET", f"/api/showtimes/{stage.id}/seats")

    onlookers = [asyncio.create_task(onlooker()) for _ in range(4)]

    async def buy(seat: str, process: int) -> None:
        buyer = shared_house.buyer(process)
        held = await buyer.hold(stage, seat)
        assert held.status_code == 201
        for door in (0, 1):
            picture = (await shared_house.at(door, buyer)("GET", f"/api/showtimes/{stage.id}/seats")).json()
            assert seat in picture["held"]
            assert picture["version"] >= held.json()["version"]

    await asyncio.gather(*(buy(seat, n % 2) for n, seat in enumerate(stage.seats[:40])))
    stop = True
    await asyncio.gather(*onlookers)


async def test_a_showtime_is_opened_by_who_looks_first(shared_house: House) -> None:
    """Forty who look at once at a showtime that is not in Redis all see it, empty."""
    stage = await shared_house.stage()
    answers = await asyncio.gather(
        *(shared_house.stranger()("GET", f"/api/showtimes/{stage.id}/seats") for _ in range(40))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["available"] for answer in answers} == {12}


async def test_what_is_not_there(shared_house: House) -> None:
    """Unknown showtimes and events are 404 by every route."""
    buyer = shared_house.buyer()
    for path in (
        f"/api/showtimes/{new_id('showtime')}/seats",
        "/api/showtimes/x/seats",
        "/api/showtimes/%7Bs1%7D/seats",
        f"/api/events/{new_id('event')}/seats",
        f"/api/events/{new_id('event')}/seats/available",
        f"/api/events/{new_id('event')}/seats?showtimeId=x",
    ):
        answer = await buyer("GET", path)
        assert answer.status_code == 404, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_versions_never_go_back(shared_house: House) -> None:
    """Not when Redis forgot the showtime, however many changes it had seen, and clients' ETags do not lie then."""
    stage = await shared_house.stage(seats_per_buyer=12)
    buyer = shared_house.buyer()
    async with beside(shared_house) as made:
        user = new_id("user")
        for _ in range(50):
            hold = await made.holds.hold(stage.id, user, ["A1"])
            await made.holds.release(hold.hold_id, user)
        before = await buyer("GET", f"/api/showtimes/{stage.id}/seats")
        keys = await made.lane.command("KEYS", f"*:{stage.id}*")
        await made.lane.command("DEL", *keys)
        async with made.database.transaction() as tx:
            await store.block(tx, stage.id, ["A7"], user, "broken")
    after: httpx.Response = await buyer(
        "GET", f"/api/showtimes/{stage.id}/seats", headers={"if-none-match": before.headers["etag"]}
    )
    assert after.status_code == 200
    assert after.json()["version"] > before.json()["version"]
    assert after.json()["blocked"] == ["A7"]
