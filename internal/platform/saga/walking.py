"""One saga's way, as far as it goes now: note what begins, call it, note what came of it and what begins next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace
from structlog.typing import FilteringBoundLogger

from internal.platform.faults import Fault
from internal.platform.saga.declared import Plan, Turn
from internal.platform.saga.domain import Answer, RetryLater, Saga, Status, begun, settled
from internal.platform.saga.hearing import Ear, Hearing

__all__ = ["Ledger", "Noted", "Walk"]


class Noted(msgspec.Struct, frozen=True):
    """What was found when a saga was written: what it was told meanwhile, and whether it is due again already."""

    wakes: int
    signals: tuple[str, ...]
    due: bool


class Ledger(Protocol):
    """Where sagas are remembered. A `lease` names one taking of one saga; who has lost it notes nothing."""

    async def take(self, plans: Sequence[str], lease: str, seconds: float) -> Saga | None: ...

    async def note(self, before: Saga, saga: Saga, lease: str, /, *, rests: bool) -> Noted | None: ...

    async def end(self, plan: Plan[Any], before: Saga, saga: Saga, lease: str, /) -> bool: ...

    async def renew(self, leases: Sequence[str], seconds: float) -> None: ...

    async def give_back(self, lease: str) -> None: ...


@dataclass(frozen=True)
class Walk:
    """What walking needs. `chance` is drawn from 0 to 1; `patience` bounds one call of one step, in seconds."""

    ledger: Ledger
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    log: FilteringBoundLogger
    patience: float
    hearing: Hearing

    async def take_up(self, plan: Plan[Any], saga: Saga, lease: str) -> bool:
        """From where it was noted last; whether it is due again at once."""
        before, saga = saga, begun(plan.rules(), saga, self.clock())
        noted = await self.ledger.note(before, saga, lease, rests=False)
        if noted is None:
            return self._lost(saga)
        return await self.go(plan, _with(saga, noted), lease)

    async def go(self, plan: Plan[Any], saga: Saga, lease: str) -> bool:
        """From a step that is noted as begun, until the saga ends, has to wait, or is somebody else's."""
        with self.hearing.listening(saga.id) as ear:
            return await self._go(plan, saga, lease, ear)

    async def _go(self, plan: Plan[Any], saga: Saga, lease: str, ear: Ear) -> bool:
        rules = plan.rules()
        while True:
            before, answer = saga, await self._called(plan, saga, ear)
            now = self.clock()
            saga = settled(rules, saga, _kept(answer), now, self.chance())
            self._tell(before, saga)
            if not saga.status.live:
                over = plan.over(saga)
                if await self.ledger.end(plan, before, over, lease):
                    await self.hearing.stands(over)
                return False
            if saga.due_at > now:
                return await self._rest(before, saga, lease)
            saga = begun(rules, saga, now)
            noted = await self.ledger.note(before, saga, lease, rests=False)
            if noted is None:
                return self._lost(saga)
            saga = _with(saga, noted)

    async def _rest(self, before: Saga, saga: Saga, lease: str) -> bool:
        rested = await self.ledger.note(before, saga, lease, rests=True)
        if rested is not None:
            await self.hearing.stands(saga)
        return rested is not None and rested.due

    def _lost(self, saga: Saga) -> bool:
        self.log.info("a saga is somebody else's now", saga=saga.id, step=saga.step.name)
        return False

    async def _called(self, plan: Plan[Any], saga: Saga, ear: Ear) -> Answer:
        declared, record, back = plan.steps[saga.position], saga.step, saga.status is Status.UNDOING
        act = declared.undo if back else declared.do
        assert act is not None, "the domain goes back to no step that cannot be undone"
        turn = Turn(
            saga_id=saga.id,
            data=msgspec.convert(saga.data, plan.data),
            tries=record.undos if back else record.tries,
            now=self.clock(),
            signals=frozenset(saga.signals),
            reason=saga.reason,
            ear=ear,
        )
        try:
            async with asyncio.timeout(self.patience):
                return await act(turn)
        except Fault as fault:
            return RetryLater(f"{fault.code}: {fault.detail}")
        except Exception as error:  # a bug, or a peer that hangs: tried again, seen by people, and mended under way
            self.log.error("a step of a saga failed", saga=saga.id, step=record.name, exc_info=error)
            return RetryLater(f"{type(error).__name__}: {error}")

    def _tell(self, before: Saga, saga: Saga) -> None:
        if before.status is not saga.status and saga.reason is not None:
            self.log.info("a saga turned", saga=saga.id, status=saga.status.value, reason=saga.reason.code)
        if saga.stuck and not before.stuck:
            self.log.error("a saga is stuck", saga=saga.id, step=saga.step.name, error=saga.step.error)


def _with(saga: Saga, noted: Noted) -> Saga:
    return replace(saga, wakes=noted.wakes, signals=noted.signals)


def _kept(answer: Answer) -> Answer:
    """What the saga is to remember, as it is stored."""
    if isinstance(answer, RetryLater) or answer.data is None:
        return answer
    return replace(answer, data=msgspec.to_builtins(answer.data))
