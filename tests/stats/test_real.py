"""With every service there is: what is counted after a rush is what Postgres and Redis have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random

import psycopg
import pytest
from redis.asyncio import Redis

from proto.seatkeys import map_key
from proto.stats import GetRebuild, Rebuild
from tests.conftest import Addresses
from tests.e2e.bought import CARD
from tests.e2e.stage import Scene, Stage, good, staged
from tests.running import Person
from tests.waiting import until

_SEATS = [f"A{at}" for at in range(2, 19)] + [f"floor:{at}" for at in range(1, 51)]


@pytest.fixture(scope="module")
async def stage(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(servers, tmp_path_factory.mktemp("stats-real")) as stage:
        yield stage


async def _rows(stage: Stage, service: str, sql: str, *params: object) -> list[tuple[int, ...]]:
    async with await psycopg.AsyncConnection.connect(stage.system.databases[service]) as tx:
        return await (await tx.execute(sql, params)).fetchall()


async def _buyer(stage: Stage, scene: Scene, random: Random) -> None:
    """Holds something, and then buys it, gives some of it back, leaves it, or has it refunded."""
    buyer = await stage.guest()
    showtime = scene.ids["showtime_id"]
    held = await buyer("POST", f"/api/showtimes/{showtime}/holds", {"seatIds": random.sample(_SEATS, 2)})
    if held.status_code != 201:
        return
    hold, fate = held.json(), random.random()
    if fate < 0.2:
        await buyer("DELETE", f"/api/holds/{hold['holdId']}")
    elif fate < 0.8:
        await _buys(buyer, hold["holdId"], refunds=random.random() < 0.5)


async def _buys(buyer: Person, hold_id: str, *, refunds: bool) -> None:
    body = {"holdId": hold_id, "payment": {"provider": "mock", "method": {"card": CARD}}}
    begun = await buyer("POST", "/api/checkouts", body)
    assert begun.status_code in {201, 202}, begun.text
    checkout: dict[str, str] = {}

    async def over() -> bool:
        checkout.update((await buyer("GET", f"/api/checkouts/{begun.json()['checkoutId']}")).json())
        return checkout["status"] in {"completed", "failed"}

    await until(over, 60)
    if refunds and checkout["status"] == "completed":
        asked = await buyer("POST", f"/api/orders/{checkout['orderId']}/refunds", {"reason": "ill"})
        assert asked.status_code == 202, asked.text


async def _truth(stage: Stage, scene: Scene) -> dict[str, int]:
    showtime = scene.ids["showtime_id"]
    async with Redis.from_url(stage.valkey.url, decode_responses=True) as redis:
        states = str(await redis.get(map_key(showtime)))
    sql = "select count(*) from seat_states where showtime_id = %s and state = %s"
    sold = (await _rows(stage, "inventory", sql, showtime, "sold"))[0][0]
    blocked = (await _rows(stage, "inventory", sql, showtime, "blocked"))[0][0]
    assert states.count("s") == sold
    money = "select coalesce(sum(total), 0)::bigint, coalesce(sum(refunded), 0)::bigint, count(*) from orders"
    paid = " where showtime_id = %s and status in ('completed', 'partially_refunded', 'refunded')"
    gross, refunded, orders = (await _rows(stage, "orders", money + paid, showtime))[0]
    return {
        "held": states.count("h") + states.count("c"),
        "sold": sold,
        "blocked": blocked,
        "gross": gross,
        "refunded": refunded,
        "orders": orders,
    }


async def _counted(stage: Stage, scene: Scene) -> dict[str, int]:
    shown = good(await scene.owner("GET", f"/api/stats/event/{scene.ids['event_id']}"))
    (revenue,) = shown["sales"]["revenue"]
    return {
        **{name: shown[name] for name in ("held", "sold", "blocked")},
        "gross": revenue["gross"],
        "refunded": revenue["refunded"],
        "orders": shown["sales"]["orders"],
    }


async def test_a_rush(stage: Stage) -> None:
    """Holds, sales, refunds and blocks at once: seats, money and orders agree, and still do when counted anew."""
    scene = await stage.scene()
    random = Random(1)
    blocks = f"/api/showtimes/{scene.ids['showtime_id']}/blocks"
    await asyncio.gather(*(_buyer(stage, scene, random) for _ in range(40)))
    await scene.owner("POST", blocks, {"seatIds": ["A18", "floor:50"], "reason": "camera"})
    bus = stage.system.bus

    async def agrees() -> bool:
        return await _truth(stage, scene) == await _counted(stage, scene)

    async def settled() -> bool:
        refunds = await _rows(stage, "orders", "select count(*) from refunds where status = 'requested'")
        return refunds == [(0,)] and await agrees()

    try:
        await until(settled, 60)
    except TimeoutError:
        assert await _truth(stage, scene) == await _counted(stage, scene)
        raise
    before = await _counted(stage, scene)
    rebuild = Rebuild(rebuild_id="rebuild_1", event_id=scene.ids["event_id"])
    await bus.request(rebuild, timeout=10)

    async def done() -> bool:
        return (await bus.request(GetRebuild(rebuild_id=rebuild.rebuild_id), timeout=10)).state == "done"

    await until(done, 60)
    await until(agrees, 30)
    assert await _counted(stage, scene) == before
    assert before["orders"] > 3
    assert before["refunded"] > 0
    public = good(await stage.system.stranger()("GET", f"/stats/event/{scene.ids['event_id']}/section/hall"))
    assert "sales" not in public
    assert public["capacity"] == 20
