"""Two truths compared: by the loop, when the operator asks, and the outbox with its stream for every database."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from internal.embedded import Nats
from internal.embedded import running as started
from internal.platform import outbox
from internal.platform.bus import Bus, serve
from internal.platform.faults import Unavailable
from internal.platform.loops import Loop
from internal.platform.outbox_reconciler import reconciler as outbox_reconciler
from internal.platform.postgres import Database, execute
from internal.platform.reconcile import Reconciler, answering, figures, looping
from internal.platform.service import Parts, Platform, Service
from proto.reconcile import Difference, Look, Reconcile
from proto.stats import StatsUpdated
from tests.conftest import Addresses
from tests.databases import fresh_database
from tests.platform.bus.conftest import opened, running
from tests.running import running as services_running
from tests.waiting import until

LOG = structlog.get_logger()
EVENT = StatsUpdated(event_id="event_1", showtime_id="showtime_1")


class Shelves:
    """Two truths that differ in what a test puts here."""

    def __init__(self) -> None:
        self.wrong = ["a", "b"]
        self.asked: list[bool] = []

    async def look(self, repair: bool) -> Sequence[Difference]:
        self.asked.append(repair)
        found = [Difference(thing=one, found="there", expected="gone", repaired=repair) for one in self.wrong]
        self.wrong = [] if repair else self.wrong
        return found


async def test_the_loop_repairs_where_it_may_and_counts_what_it_sees() -> None:
    """The metrics say how much differed at the last look, and how much was ever repaired."""
    shelves = Shelves()
    careful, bold = (Reconciler("shelves", shelves.look, repairs=repairs) for repairs in (False, True))
    assert await looping(careful, LOG).run_once() == 0
    assert [figure.read() for figure in figures([careful])] == [2, 0]
    await looping(bold, LOG).run_once()
    assert [figure.read() for figure in figures([bold])] == [2, 2]
    await looping(bold, LOG).run_once()
    assert [figure.read() for figure in figures([bold])] == [0, 2]
    assert shelves.asked == [False, True, True]


async def test_the_loop_takes_steps_and_the_operator_gets_everything() -> None:
    """What would be too much at once is looked at in parts by the loop alone."""
    whole, part = Shelves(), Shelves()
    await looping(Reconciler("shelves", whole.look, step=part.look), LOG).run_once()
    assert (whole.asked, part.asked) == ([], [True])


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    nats = Nats(tmp_path, LOG)
    async with started(nats), opened(nats.url) as bus:
        yield bus


async def test_a_service_tells_what_all_its_reconcilers_see(bus: Bus) -> None:
    """One that fails says why, and the others are looked at all the same; nothing is repaired unless asked for."""

    async def broken(_: bool) -> Sequence[Difference]:
        raise Unavailable("The provider is away.")

    shelves = Shelves()
    endpoint = answering("shop", [Reconciler("broken", broken), Reconciler("shelves", shelves.look)], LOG)
    async with running(serve(bus, [endpoint])):
        looks: list[Look] = []

        async def answered() -> bool:
            try:
                looks[:] = (await bus.request(Reconcile(service="shop"))).looks
            except Unavailable:
                return False
            return True

        await until(answered)
        assert (looks[0].reconciler, looks[0].trouble) == ("broken", "The provider is away.")
        assert (looks[1].total, shelves.asked) == (2, [False])
        assert (await bus.request(Reconcile(service="shop", repair=True))).looks[1].differences[0].repaired
        with pytest.raises(Unavailable):
            await bus.request(Reconcile(service="other"))


@asynccontextmanager
async def relayed(bus: Bus, servers: Addresses) -> AsyncIterator[tuple[Database, Loop, outbox.Sent, Reconciler]]:
    async with fresh_database(servers.database_url) as database:
        sent: outbox.Sent = deque(maxlen=20)
        relay = outbox.relay(database, bus.publish_batch, sent)
        yield database, relay, sent, outbox_reconciler(database, bus, relay, sent)


async def test_a_row_that_lies_in_the_outbox_for_long_is_told(bus: Bus, servers: Addresses) -> None:
    """A young one is on its way."""
    async with relayed(bus, servers) as (database, relay, _, reconciler):
        async with database.transaction() as tx:
            event_id = await outbox.add(tx, EVENT)
        assert await reconciler.run_once(False) == []
        async with database.transaction() as tx:
            await execute(tx, "update outbox set created_at = now() - interval '40 s'")
        (late,) = await reconciler.run_once(True)
        assert (late.thing, late.found, late.repaired) == (f"stats.updated {event_id}", "in the outbox for 40 s", False)
        await relay.run_once()
        assert await reconciler.run_once(False) == []


async def test_what_was_sent_and_is_not_there_is_published_again(bus: Bus, servers: Addresses) -> None:
    """NATS was emptied behind our back: its streams say so, and have it back under the same id."""
    async with relayed(bus, servers) as (database, relay, sent, reconciler):
        for _ in range(2):
            async with database.transaction() as tx:
                await outbox.add(tx, EVENT)
            await relay.run_once()
        sent.extend([(moment.replace(year=2020), message) for moment, message in list(sent)][-2:])
        assert await reconciler.run_once(False) == []
        await bus.client().jetstream().delete_stream("STATS")
        found = await reconciler.run_once(False)
        assert {(one.found, one.repaired) for one in found} == {("not on its stream", False)}
        assert {one.thing for one in found} == {f"stats.updated {message.id}" for _, message in sent}
        assert all(one.repaired for one in await reconciler.run_once(True))
        assert await reconciler.run_once(False) == []


async def test_a_service_that_declares_one_has_it_run_counted_and_asked(tmp_path: Path, servers: Addresses) -> None:
    """`Parts(reconcilers=[...])` is all there is to do."""
    shelves = Shelves()

    def build(_: Platform) -> Parts:
        return Parts(reconcilers=[Reconciler("shelves", shelves.look)])

    async with services_running([Service("shop", build)], servers, tmp_path) as system:
        await until(lambda: shelves.asked == [True])
        text = (await system.client.get("/metrics")).text
        assert 'aisle_differences{reconciler="shelves",worker="0"} 2.0' in text
        assert 'aisle_differences_repaired_total{reconciler="shelves",worker="0"} 2.0' in text
        assert (
            'aisle_endpoint_requests_total{outcome="answered",subject="rpc.reconcile.run.shop",worker="0"} 0.0' in text
        )
        assert (await system.bus.request(Reconcile(service="shop"))).looks == [Look(reconciler="shelves")]
