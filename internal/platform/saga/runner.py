"""Who walks the sagas: takes what is due, as much at a time as it may, and keeps its leases while it walks.

Who begins a saga walks it. A commit that wakes one wakes the runner of that process at once; the other replicas find
what is left by polling, and what a dead one had when its lease is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from random import random
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec
from msgspec import Meta
from structlog.typing import FilteringBoundLogger

from internal.platform.bus import Bus
from internal.platform.config import Settings
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from internal.platform.loops import Loop
from internal.platform.postgres import Database, Tx
from internal.platform.saga import domain, store
from internal.platform.saga.declared import Plan
from internal.platform.saga.domain import Saga
from internal.platform.saga.hearing import Hearing
from internal.platform.saga.walking import Ledger, Walk
from internal.platform.stopping import still_wanted
from internal.platform.telemetry.figures import Figure

__all__ = ["Runner", "SagaSettings"]

D = TypeVar("D", bound=msgspec.Struct)

_COUNT_EVERY = 5.0  # seconds; a gauge is scraped every 15
_PRUNE_EVERY = 600.0  # seconds; nobody waits for it


class SagaSettings(Settings, frozen=True, kw_only=True):
    """How sagas are walked, of whatever service. Times are in seconds."""

    prefix: ClassVar[str] = "AISLE_SAGA_"
    # A dead replica's sagas go on after this: below what a buyer waits for, above every pause of a healthy process.
    lease: float = 8.0
    # One call of one step: it asks two peers at most, and the slower one, a provider of payments, for 5 seconds.
    patience: float = 10.0
    # How soon a replica finds what no commit of its own woke it for: a look into an index that is nearly empty.
    poll: float = 0.25
    # As many at a time as may wait for the pool's connections without hindering the routes of the same process.
    at_once: int = 64
    # Days until one that ended is forgotten: who asks what was done for an order mostly asks within weeks. What comes
    # later than that, a dead letter perhaps, finds order, seats and money as they are, and changes nothing.
    kept_days: Annotated[int, Meta(ge=1)] = 90


class Runner(Loop):
    """The sagas of one service, in one replica."""

    def __init__(
        self,
        name: str,
        plans: Sequence[Plan[Any]],
        ledger: Ledger,
        log: FilteringBoundLogger,
        settings: SagaSettings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random,
        hearing: Hearing | None = None,
    ) -> None:
        super().__init__(name=f"{name}-sagas", run_once=self._take, interval=settings.poll)
        self._plans = {plan.name: plan for plan in plans}
        self._ledger = ledger
        self._settings = settings
        self._log = log
        self._clock = clock
        self.hearing = hearing or Hearing(name, None, log)
        self._walk = Walk(ledger, clock, chance, log, settings.patience, self.hearing)
        self._walking: dict[str, asyncio.Task[None]] = {}
        self._runs = False
        self._counted: list[store.Count] = []
        self.ended = 0

    @classmethod
    def of(
        cls,
        database: Database,
        bus: Bus | None,
        plans: Sequence[Plan[Any]],
        log: FilteringBoundLogger,
        settings: SagaSettings,
    ) -> Runner:
        """The runner of a service that keeps its sagas in this database; its replicas hear each other by the bus."""
        ledger = store.PostgresLedger(database, settings.lease)
        runner = cls(database.name, plans, ledger, log, settings, hearing=Hearing(database.name, bus, log))
        database.listen(store.TOPIC, runner.wake)
        return runner

    async def begin(self, tx: Tx, plan: Plan[D], saga_id: str, subject: str, data: D) -> Saga:
        """The saga begun now; or the one that has this id already; or the one that has this subject.

        This process walks it from the commit on, if it has room; it need not be found by polling first.
        """
        now = self._clock()
        saga = domain.new(plan.rules(), saga_id, plan.name, subject, msgspec.to_builtins(data), now)
        if not self._runs or self._full:
            tx.announce(store.TOPIC)
            return await store.begin(tx, saga, "", 0.0)
        lease, saga = new_id("lease"), domain.begun(plan.rules(), saga, now)
        found = await store.begin(tx, saga, lease, self._settings.lease)
        if found is saga:
            tx.then(lambda: self._set_off(self._walk.go, saga, lease))
        return found

    async def run(self, log: FilteringBoundLogger) -> None:
        """Go round until cancelled; then give back what is being walked, for others to go on with at once."""
        beside = [asyncio.create_task(self._renew()), asyncio.create_task(self.hearing.listen())]
        self._runs = True
        try:
            await super().run(log)
        finally:
            self._runs = False
            tasks = [*beside, *self._walking.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def _full(self) -> bool:
        return len(self._walking) >= self._settings.at_once

    async def _take(self) -> int:
        if self._full:
            return 0  # who ends wakes us
        lease = new_id("lease")
        saga = await self._ledger.take(list(self._plans), lease, self._settings.lease)
        if saga is None:
            return 0
        self._set_off(self._walk.take_up, saga, lease)
        return 1

    def _set_off(self, way: Callable[[Plan[Any], Saga, str], Awaitable[bool]], saga: Saga, lease: str) -> None:
        self._walking[lease] = asyncio.create_task(self._go(way, saga, lease), name=saga.id)

    async def _go(self, way: Callable[[Plan[Any], Saga, str], Awaitable[bool]], saga: Saga, lease: str) -> None:
        due = False
        try:
            due = await way(self._plans[saga.name], saga, lease)
        except Unavailable as fault:  # the lease ends, and somebody takes it up where it was noted last
            self._log.warning("a saga waits for its database", saga=saga.id, error=fault.detail)
        except asyncio.CancelledError:
            with suppress(Unavailable):
                await self._ledger.give_back(lease)
            raise
        except Exception as error:  # its neighbours are not to blame, and it is taken up again when the lease is over
            self._log.error("a saga could not be walked", saga=saga.id, exc_info=error)
        finally:
            full = self._full
            self._walking.pop(lease, None)
        if due or full:
            self.wake()

    async def _renew(self) -> None:
        while True:
            still_wanted()  # a cancellation that a library swallowed would leave this here for ever
            await asyncio.sleep(self._settings.lease / 3)
            if self._walking:
                with suppress(Unavailable):
                    await self._ledger.renew(list(self._walking), self._settings.lease)

    def counting(self, database: Database) -> Loop:
        """The loop behind the figures."""

        async def run_once() -> int:
            async with database.read() as tx:
                self._counted = await store.counts(tx)
            return 0

        return Loop(name=f"{database.name}-sagas-counting", run_once=run_once, interval=_COUNT_EVERY)

    def pruning(self, database: Database) -> Loop:
        """Forget those that ended long ago."""

        async def run_once() -> int:
            async with database.transaction() as tx:
                return await store.forget(tx, self._settings.kept_days)

        return Loop(name=f"{database.name}-sagas-pruning", run_once=run_once, interval=_PRUNE_EVERY)

    def figures(self) -> list[Figure]:
        """How many go on, and how many are stuck."""

        def of(name: str, what: str) -> Callable[[], float]:
            return lambda: sum(getattr(count, what) for count in self._counted if count.name == name)

        return [
            Figure(f"sagas_{what}", about, of(name, what), kind="gauge", labels={"saga": name})
            for what, about in (("running", "Sagas that go on."), ("stuck", "Sagas that fail again and again."))
            for name in self._plans
        ]
