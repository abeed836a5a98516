"""Who is missed: decided on plain values, and seen of real processes that are killed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
from redis.asyncio import Redis

from internal.gateway.attendance import Manned, attending, manned
from internal.platform.roster import Signed
from proto.health import Present
from tests.gateway.house import House
from tests.payments.processes import Program, free_port
from tests.waiting import until

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
LONG = 40_000  # seconds ago


def signed(replica: str, began: float, seen: float, *services: str, left: bool = False) -> Signed:
    """Both in seconds ago."""
    began_at, seen_at = (NOW - timedelta(seconds=ago) for ago in (began, seen))
    return Signed(
        replica=replica, services=list(services or ("inventory",)), began_at=began_at, seen_at=seen_at, left=left
    )


def here(replica: str, *services: str) -> Present:
    return Present(replica=replica, services=list(services or ("inventory",)), parts={"nats": "up"}, started_at=NOW)


def states(answered: list[Present], known: list[Signed]) -> dict[str, str]:
    return {one.replica: one.state for one in attending(answered, known, NOW)}


def test_who_answers_is_here() -> None:
    """Whether the roster knows them or not."""
    assert states([here("a"), here("b")], [signed("a", 60, 0.2)]) == {"a": "here", "b": "here"}


def test_who_signs_and_does_not_answer_is_silent() -> None:
    """For a moment nobody can know more."""
    assert states([], [signed("a", 60, 2)]) == {"a": "silent"}


def test_who_does_neither_is_gone() -> None:
    """It stands before those who are here, with the moment when it was last seen."""
    first, second = attending([here("b")], [signed("a", 60, 9), signed("b", 60, 0)], NOW)
    assert (first.replica, first.state, first.seen_at) == ("a", "gone", NOW - timedelta(seconds=9))
    assert second.state == "here"


def test_a_successor_takes_one_place() -> None:
    """Of two that are gone one is replaced by who began later; who was there before replaces nobody."""
    known = [signed("a", LONG, 90), signed("b", LONG, 80), signed("c", 70, 0), signed("d", LONG, 0)]
    assert states([here("c"), here("d")], known) == {"b": "gone", "c": "here", "d": "here"}


def test_who_has_left_is_not_missed() -> None:
    """Nor is the one whose place it took before it left; one that went later is."""
    known = [signed("a", 100, 90), signed("b", 80, 60, left=True), signed("c", LONG, 50)]
    assert states([], known) == {"c": "gone"}


def test_each_crash_of_a_row_is_followed_by_the_next() -> None:
    """A process that was restarted again and again is missed once, if it is not there in the end."""
    row = [signed("a", 100, 90), signed("b", 80, 70), signed("c", 60, 50)]
    assert states([], row) == {"c": "gone"}
    assert states([here("d")], [*row, signed("d", 40, 0)]) == {"d": "here"}


def test_another_service_is_no_successor() -> None:
    """Nor is a process that runs more than what is gone did."""
    known = [signed("a", 90, 60), signed("b", 30, 0, "orders"), signed("c", 30, 0, "inventory", "orders")]
    assert states([here("b", "orders"), here("c", "inventory", "orders")], known)["a"] == "gone"


def test_services_are_counted_by_their_replicas() -> None:
    """Two of three, none of one, and what should be there and never came."""
    known = [signed("a", 90, 60), signed("o", 90, 60, "orders")]
    found = manned(attending([here("b"), here("c")], known, NOW), {"stats": 2, "inventory": 1})
    ago = NOW - timedelta(seconds=60)
    assert found == [Manned("inventory", 2, 3, NOW), Manned("orders", 0, 1, ago), Manned("stats", 0, 2, None)]


async def seen(house: House, holds: Callable[[Any], bool]) -> dict[str, Any]:
    """The system, once it is as it is to be."""
    found: dict[str, Any] = {}

    async def looked() -> bool:
        found.update((await house.admin("GET", "/api/operator/system")).json())
        return holds(found)

    await until(looked, seconds=120)  # three processes are started in it, on a machine that may have much else to do
    return found


def seatview(found: dict[str, Any]) -> tuple[int, int]:
    (one,) = [one for one in found["services"] if one["service"] == "seatview"] or [{"here": 0, "of": 0}]
    return one["here"], one["of"]


async def beside_each_other(house: House) -> bool:
    """Each of the two has signed since the other began, so that neither is taken for the other's successor."""
    async with Redis.from_url(house.valkey.url) as redis:
        known = [msgspec.json.decode(one, type=Signed) for one in cast("list[bytes]", await redis.hvals("roster"))]
    two = [one for one in known if one.services == ["seatview"]]
    return len(two) == 2 and min(one.seen_at for one in two) > max(one.began_at for one in two)


async def test_a_killed_service_is_missed_until_it_is_back(house: House) -> None:
    """Two replicas, killed with -9 one after the other, are shown as gone; as here when others took their place."""
    settings = {"AISLE_NATS_URL": house.system.nats.url, "AISLE_REDIS_URL": house.valkey.url}
    replicas = [Program("seatview", free_port(), settings) for _ in range(2)]
    try:
        for replica in replicas:
            await replica.start()
        await until(lambda: beside_each_other(house), seconds=120)
        await seen(house, lambda found: seatview(found) == (2, 2))
        await replicas[0].kill()
        await seen(house, lambda found: seatview(found) == (1, 2))
        await replicas[1].kill()
        found = await seen(
            house, lambda found: [one["state"] for one in found["processes"]] == ["gone", "gone", "here"]
        )
        assert seatview(found) == (0, 2)
        (gone,) = [one for one in found["services"] if one["service"] == "seatview"]
        assert gone["seenAt"] == max(one["seenAt"] for one in found["processes"][:2])
        for replica in replicas:
            await replica.start()
        found = await seen(house, lambda found: seatview(found) == (2, 2))
        assert {one["state"] for one in found["processes"]} == {"here"}
    finally:
        for replica in replicas:
            await replica.kill()


async def test_who_is_told_to_stop_is_not_missed(house: House) -> None:
    """A replica that was stopped signs off, so that a smaller installation is no broken one."""
    settings = {"AISLE_NATS_URL": house.system.nats.url, "AISLE_REDIS_URL": house.valkey.url}
    replica = Program("seatview", free_port(), settings)
    try:
        await replica.start()
        await seen(house, lambda found: seatview(found) == (1, 1))
        await replica.stop()
        assert seatview(await seen(house, lambda found: len(found["processes"]) == 1)) == (0, 0)
    finally:
        await replica.kill()


async def test_what_never_came_is_missed(house: House) -> None:
    """A service that the operator named is shown with the replicas it should have."""
    found = (await house.admin("GET", "/api/operator/system")).json()
    assert {"service": "nobody", "here": 0, "of": 2, "seenAt": None} in found["services"]


async def test_without_redis_it_is_not_known_who_is_missed(house: House) -> None:
    """Who answers is still shown; which services there should be is null."""
    await house.valkey.stop()
    found = await seen(house, lambda found: found["services"] is None)
    assert [one["state"] for one in found["processes"]] == ["here"]


async def test_without_nats_nobody_answers(house: House) -> None:
    """The processes still sign, and are shown as silent; what only NATS knows is null."""
    await seen(house, lambda found: bool(found.get("services")))
    await house.system.nats.stop()
    found = await seen(house, lambda found: [one["state"] for one in found["processes"]] == ["silent"])
    assert (found["behind"], found["letters"], found["stuck"], found["owed"]) == (None, None, None, None)
