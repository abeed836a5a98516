"""Servers and processes killed in the middle: afterwards the invariants hold, and each fact is told once."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import msgspec
import pytest
import structlog
from nats.js import api

from internal.embedded import Servers, Valkey, embedded
from internal.inventory import store
from internal.inventory.loops import Relay
from internal.inventory.outbox import Outbox
from internal.platform.bus import Bus
from internal.platform.faults import Fault, Unavailable
from internal.platform.ids import new_id
from internal.platform.redis import Shares
from proto.inventory import Claim, Claimed, HoldCreated, Purchase, Release
from proto.seatkeys import shard_of
from tests.conftest import Addresses
from tests.inventory.house import Buyer, House, house
from tests.inventory.stage import EASY, Desk, Stage, desk, layout
from tests.waiting import until


@dataclass
class Wreck:
    """A house on servers that may be killed, and a desk beside it."""

    servers: Servers
    house: House
    desk: Desk


@pytest.fixture(scope="module")
async def wreck(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wreck]:
    folder: Path = tmp_path_factory.mktemp("wreck")
    easy = {"AISLE_INVENTORY_HOLDS_BURST": "100000", "AISLE_INVENTORY_HOLDS_INTERVAL_MS": "1"}
    async with embedded(folder, structlog.get_logger()) as servers:
        addresses = Addresses(servers.nats_url, servers.redis_url, servers.database_url)
        async with (
            house(addresses, processes=2, environment=easy) as made,
            desk(addresses.redis_url, made.database, made.bus, EASY, marked=False) as beside,
        ):
            yield Wreck(servers, made, beside)


async def facts(bus: Bus, stage: Stage) -> list[tuple[str, str, dict[str, Any]]]:
    """Id, subject and body of everything that the stream has about a showtime."""
    js = bus.client().jetstream()
    config = api.ConsumerConfig(ack_policy=api.AckPolicy.NONE, deliver_policy=api.DeliverPolicy.ALL, mem_storage=True)
    reader = await js.add_consumer("INVENTORY", config)
    subscription = await js.pull_subscribe_bind(reader.name, "INVENTORY")
    found, left = [], reader.num_pending or 0
    while left > 0:
        for message in await subscription.fetch(min(left, 500), timeout=2):
            left -= 1
            body = msgspec.json.decode(message.data)
            if body.get("showtimeId") == stage.id:
                found.append(((message.headers or {})["Nats-Msg-Id"], message.subject, body))
    await subscription.unsubscribe()
    return found


async def told_once(bus: Bus, stage: Stage, holds: set[str]) -> None:
    """Each of these holds is told as made, once; and nothing at all is told twice."""

    async def all_there() -> bool:
        try:
            told = await facts(bus, stage)
        except Exception:  # NATS is on its way back
            return False
        ids = Counter(one[0] for one in told)
        assert set(ids.values()) <= {1}
        return holds <= {body["holdId"] for _, subject, body in told if subject == HoldCreated.subject}

    await until(all_there, seconds=20)


@dataclass
class Load:
    """Buyers who hold one seat after another, and what they were answered."""

    house: House
    stage: Stage
    held: dict[str, Buyer] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    told: set[str] = field(default_factory=set)  # holds that are on the stream when the fault comes
    _stop: bool = False

    async def buy(self, process: int) -> None:
        buyer = self.house.buyer(process)
        mine = self.stage.seats[process::2]
        for seat in mine:
            if self._stop:
                return
            try:
                answer = await buyer.hold(self.stage, seat)
            except httpx.HTTPError:
                self.answers[0] += 1
                continue
            self.answers[answer.status_code] += 1
            if answer.status_code == 201:
                self.held[answer.json()["holdId"]] = buyer
            await asyncio.sleep(0.005 if answer.status_code == 201 else 0.02)  # so that seats are left after the fault

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.buy(process)) for process in (0, 1)]
        try:
            await until(lambda: len(self.held) > 40)
            self.told = set(self.held)
            await told_once(self.house.bus, self.stage, self.told)
            yield
            before = len(self.held)
            await until(lambda: len(self.held) > before + 20, seconds=20)
        finally:
            self._stop = True
            await asyncio.gather(*tasks)

    async def alive(self) -> dict[str, list[str]]:
        """The holds that their buyers still find, with their seats."""
        found = {}
        for hold_id, buyer in self.held.items():
            answer = await buyer("GET", f"/api/holds/{hold_id}")
            assert answer.status_code in {200, 410}, answer.text
            if answer.status_code == 200:
                found[hold_id] = answer.json()["seatIds"]
        return found


async def _load(wreck: Wreck, rows: int = 60) -> Load:
    stage = await wreck.house.stage(layout(rows=rows, seats=20), seats_per_buyer=2_000)
    assert (await wreck.house.buyer().hold(stage, stage.seats[-1])).status_code == 201
    return Load(wreck.house, stage)


async def _sold(wreck: Wreck, stage: Stage, *seats: str) -> None:
    """Sold through the rooms, as the saga does it."""
    user, order = new_id("user"), new_id("order")
    hold = await wreck.desk.holds.hold(stage.id, user, seats)
    claims = wreck.desk.claims
    await claims.claim(Claim(hold_id=hold.hold_id, order_id=order, user_id=user, saga_id="s", showtime_id=stage.id))
    await claims.purchase(Purchase(order_id=order, saga_id="s"))


async def test_a_relay_killed_between_publish_and_deletion(calm: Desk, own_valkey: Valkey, wreck: Wreck) -> None:
    """Kill -9 after JetStream has stored and before Redis forgot: told again, and stored once."""
    stage = await calm.stage(layout(rows=2, seats=20), seats_per_buyer=40)
    holds = {(await calm.holds.hold(stage.id, new_id("user"), [seat])).hold_id for seat in stage.seats}
    shard = shard_of(stage.id)
    arguments = ["-m", "tests.inventory.relay_process", own_valkey.url, wreck.servers.nats_url, str(shard)]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    async with asyncio.timeout(20):
        while b"stored" not in await process.stdout.readline():
            assert process.returncode is None
    process.kill()
    await process.wait()
    outbox = Outbox(calm.lane)
    assert len(await outbox.read([shard], 500)) >= 40
    relay = Relay(outbox, wreck.house.bus, cast("Shares", SimpleNamespace(mine=(shard,))), EASY)
    while await outbox.read([shard], 1):
        await relay.run_once()
    await told_once(wreck.house.bus, stage, holds)


async def test_nats_killed_under_load(wreck: Wreck) -> None:
    """Holds go on while NATS is away; when it is back each of them is told, once."""
    load = await _load(wreck)
    async with load.running():
        await wreck.servers.nats.kill()
        before = len(load.held)
        await until(lambda: len(load.held) > before + 50)
        await wreck.servers.nats.start()
    assert set(load.answers) <= {201}
    await until(lambda: wreck.house.bus.ready)
    await told_once(wreck.house.bus, load.stage, set(load.held))


async def _nobody_twice(load: Load, sold: list[str]) -> dict[str, list[str]]:
    alive = await load.alive()
    owners = Counter(seat for seats in alive.values() for seat in seats)
    assert set(owners.values()) <= {1}
    assert not owners.keys() & set(sold)
    return alive


async def test_redis_emptied_under_load(wreck: Wreck) -> None:
    """Holds come back out of the facts, what is sold stays sold, and until then Redis refuses."""
    load = await _load(wreck)
    sold = load.stage.seats[-5:-1]
    await _sold(wreck, load.stage, *sold)
    async with load.running():
        await wreck.desk.lane.command("FLUSHALL")
    assert load.answers.keys() <= {201, 409, 503}, load.answers
    alive = await _nobody_twice(load, sold)
    assert load.told <= set(alive)
    for seat in sold:
        answer = await wreck.house.buyer().hold(load.stage, seat)
        assert (answer.status_code, answer.json()["code"]) == (409, "seat_taken")
    seen = (await wreck.house.buyer()("GET", f"/api/showtimes/{load.stage.id}/seats")).json()
    assert seen["sold"] == sold
    await told_once(wreck.house.bus, load.stage, load.told)


async def test_redis_killed_under_load(wreck: Wreck) -> None:
    """Kill -9 and a new start: what its file lost comes back out of the facts; nobody has another's seat."""
    load = await _load(wreck)
    sold = load.stage.seats[-5:-1]
    await _sold(wreck, load.stage, *sold)
    async with load.running():
        await wreck.servers.valkey.kill()
        await wreck.servers.valkey.start()
    assert load.answers.keys() <= {201, 409, 503}, load.answers
    await until(wreck.desk.recovery.is_over)
    alive = await _nobody_twice(load, sold)
    assert load.told <= set(alive)


async def test_postgres_restarted_amid_claims(wreck: Wreck) -> None:
    """Orders that hear nothing ask again; afterwards each seat is its one order's, in Postgres and in Redis."""
    stage = await wreck.house.stage(layout(rows=4, seats=20), seats_per_buyer=80)
    await wreck.desk.openings.open(stage.id)
    claims, progress = wreck.desk.claims, Counter[str]()

    async def patiently(command: Callable[[], Awaitable[Any]]) -> Any:
        for _ in range(1_000):
            try:
                return await command()
            except Unavailable:
                progress["again"] += 1
                await asyncio.sleep(0.02)
        raise AssertionError("never answered")

    async def order(number: int, seat: str) -> None:
        user, order_id = new_id("user"), new_id("order")
        hold = await wreck.desk.holds.hold(stage.id, user, [seat])
        command = Claim(hold_id=hold.hold_id, order_id=order_id, user_id=user, saga_id="s", showtime_id=stage.id)
        assert isinstance(await patiently(lambda: claims.claim(command)), Claimed)
        progress["claimed"] += 1
        if number % 2:
            await patiently(lambda: claims.purchase(Purchase(order_id=order_id, saga_id="s")))
        else:
            await patiently(lambda: claims.release(Release(order_id=order_id, saga_id="s")))

    async def shopper(number: int) -> None:
        for at in range(number, 80, 4):
            await order(at, stage.seats[at])

    shoppers = [asyncio.create_task(shopper(number)) for number in range(4)]
    await until(lambda: progress["claimed"] > 5)
    await wreck.servers.postgres.kill()
    await wreck.servers.postgres.start()
    async with asyncio.timeout(30):
        await asyncio.gather(*shoppers)
    expected = {seat: "sold" for at, seat in enumerate(stage.seats) if at % 2}
    assert await wreck.desk.rows(stage.id) == expected
    async with wreck.desk.database.read() as tx:
        known = await store.showtime(tx, stage.id)
    assert known is not None
    for _ in range(2):
        await wreck.desk.reconciler.compare(known)
    states = await wreck.desk.states(stage)
    assert states == {seat: "s" if seat in expected else "h" for seat in stage.seats}
    told: Counter[str] = Counter()

    async def all_told() -> bool:
        nonlocal told
        told = Counter(subject for _, subject, _ in await facts(wreck.house.bus, stage))
        return told["inventory.seats.purchased"] >= 40 and told["inventory.claim.released"] >= 40

    await until(all_told)
    assert (told["inventory.claim.created"], told["inventory.seats.purchased"]) == (80, 40)
    assert told["inventory.claim.released"] == 40


async def test_a_process_killed_after_postgres_committed(calm: Desk) -> None:
    """The claim stands, the sweep asks Postgres, and Redis follows; a drop that Redis missed is repaired."""

    class DeadError(Exception):
        pass

    async def dead(*_: Any, **__: Any) -> None:
        raise DeadError

    stage, user, order_id = await calm.stage(), new_id("user"), new_id("order")
    hold = await calm.holds.hold(stage.id, user, ["A1"])
    command = Claim(hold_id=hold.hold_id, order_id=order_id, user_id=user, saga_id="s", showtime_id=stage.id)
    settle = calm.locks.settle
    for act in (
        lambda: calm.claims.claim(command),
        lambda: calm.claims.release(Release(order_id=order_id, saga_id="s")),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(calm.locks, "settle", dead)
            with pytest.raises(DeadError):
                await act()
        if (await calm.rows(stage.id)) == {"A1": "claimed"}:
            await calm.claims.settle(hold.hold_id)
            assert (await calm.states(stage))["A1"] == "c"
    assert calm.locks.settle == settle
    async with calm.database.read() as tx:
        known = await store.showtime(tx, stage.id)
    assert known is not None
    assert [len(await calm.reconciler.compare(known)) for _ in range(2)] == [0, 1]
    assert (await calm.holds.look(hold.hold_id, user)).seat_ids == ["A1"]
    with pytest.raises(Fault):
        await calm.claims.claim(command)
