"""What people do with sagas: see which go on and which are stuck, have one tried at once, give one up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from internal.checkout.returned import Returned
from internal.platform.faults import Fault, Kind
from internal.platform.postgres import Database, Tx
from internal.platform.saga import NotRunning, Plan, Saga, Status, abandoned, change, find, hurried, page
from proto.checkout import AbandonSaga, GetSaga, ListSagas, RetrySaga, SagaFacts, Sagas, SagaStep

__all__ = ["Desk", "SagaEnded", "SagaMoved", "SagaUnknown"]

_GIVEN_UP = "abandoned"  # the saga's reason where a person gave it up
_PAGE = 200  # sagas of one answer: 200 kB at most, where NATS takes 1 MB


class SagaUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such saga."""


class SagaEnded(Fault, kind=Kind.CONFLICT):
    """This saga has ended; there is nothing to try again or to give up."""


class SagaMoved(Fault, kind=Kind.CONFLICT):
    """This saga has moved on since you looked at it; look again before you give it up."""


class Desk:
    """Answers `aisle sagas`."""

    def __init__(
        self, database: Database, plans: Sequence[Plan[Any]], returned: Returned, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._plans = {plan.name: plan for plan in plans}
        self._returned = returned
        self._clock = clock

    async def sagas(self, asked: ListSagas) -> Sagas:
        """The newest first."""
        async with self._database.read() as tx:
            found = await page(tx, which=asked.which, after=asked.after, limit=max(1, min(asked.limit, _PAGE)))
        return Sagas(sagas=[self._facts(saga) for saga in found])

    async def saga(self, asked: GetSaga) -> SagaFacts:
        """One of them whole."""
        async with self._database.read() as tx:
            return self._facts(await _found(tx, asked.saga_id))

    async def retry(self, asked: RetrySaga) -> SagaFacts:
        """Now, and not when its pause is over."""
        return await self._changed(asked.saga_id, lambda saga: hurried(saga, self._clock()))

    async def abandon(self, asked: AbandonSaga) -> SagaFacts:
        """Back; or, where it cannot get back, not any further. Never with the buyer's money kept for nothing."""
        async with self._database.read() as tx:
            saga = await _found(tx, asked.saga_id)
        if _was_told(saga, asked):
            return self._facts(saga)
        _require_so(saga, asked)
        if saga.status is Status.UNDOING:
            await self._returned.require(saga)

        def given_up(saga: Saga) -> Saga:
            _require_so(saga, asked)
            return abandoned(self._plans[saga.name].rules(), saga, asked.reason, self._clock())

        return await self._changed(asked.saga_id, given_up)

    async def _changed(self, saga_id: str, decide: Callable[[Saga], Saga]) -> SagaFacts:
        async def work(tx: Tx) -> Saga:
            before = await _found(tx, saga_id, lock=True)
            try:
                saga = decide(before)
            except NotRunning:
                raise SagaEnded from None
            if not saga.status.live:
                saga = self._plans[saga.name].over(saga)
                await self._plans[saga.name].ended(tx, saga)
            await change(tx, before, saga)
            return saga

        return self._facts(await self._database.run(work))

    def _facts(self, saga: Saga) -> SagaFacts:
        plan = self._plans[saga.name]
        steps = [
            SagaStep(
                **{name: getattr(step, name) for name in SagaStep.__struct_fields__ if name != "state"},
                state=step.state.value,
            )
            for step in saga.steps
        ]
        about = msgspec.to_builtins(plan.forget(msgspec.convert(saga.data, plan.data)))
        return SagaFacts(
            saga_id=saga.id,
            name=saga.name,
            status=saga.status.value,
            stuck=saga.stuck,
            step=saga.step.name,
            due_at=saga.due_at,
            created_at=saga.created_at,
            ended_at=saga.ended_at,
            code=saga.reason.code if saga.reason else "",
            message=saga.reason.message if saga.reason else "",
            about=about,
            steps=steps,
        )


def _require_so(saga: Saga, asked: AbandonSaga) -> None:
    if asked.status not in (None, saga.status.value):
        raise SagaMoved


def _was_told(saga: Saga, asked: AbandonSaga) -> bool:
    """Whether this is the second time that it is told to turn back, and does so already."""
    turned = asked.status == Status.RUNNING.value and saga.status is not Status.RUNNING
    return turned and saga.reason is not None and (saga.reason.code, saga.reason.message) == (_GIVEN_UP, asked.reason)


async def _found(tx: Tx, saga_id: str, *, lock: bool = False) -> Saga:
    saga = await find(tx, saga_id, lock=lock) if saga_id.isascii() and saga_id.isprintable() else None
    if saga is None:
        raise SagaUnknown
    return saga
