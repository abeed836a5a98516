"""What a saga is: steps with names, what undoes each, and what a step may answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import msgspec
from msgspec.structs import replace

from internal.platform.postgres import Tx
from internal.platform.saga.domain import Answer, Done, Failed, Reason, Retry, RetryLater, Saga, StepRules, Wait
from internal.platform.saga.hearing import Ear

__all__ = ["Answer", "Done", "Failed", "Plan", "Retry", "RetryLater", "Step", "Turn", "Wait"]

D = TypeVar("D", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Turn(Generic[D]):
    """What a step is given: whose turn it is, what the saga knows, and how often this was tried."""

    saga_id: str
    data: D
    tries: int
    now: datetime
    signals: frozenset[str] = frozenset()
    reason: Reason | None = None  # on the way back: why
    ear: Ear = field(default_factory=Ear)  # what is said while the step is being done


Do = Callable[[Turn[D]], Awaitable[Answer]]

_RETRY = Retry()
_LATE = Reason(code="timed_out", message="This took too long, and was given up.", kind="TIMEOUT")


@dataclass(frozen=True)
class Step(Generic[D]):
    """One command to another service. `undo` takes it back, whether or not it was ever carried out."""

    name: str
    do: Do[D]
    undo: Do[D] | None = None
    pivot: bool = False  # once done, the saga goes on until it succeeds, unless a step says that it never can
    retry: Retry = _RETRY
    # Seconds from its first try after which the saga turns back; no step after the pivot has one.
    deadline: float | None = None
    late: Reason = _LATE

    def rules(self) -> StepRules:
        """What the domain needs to know of it."""
        return StepRules(
            name=self.name,
            undoable=self.undo is not None,
            pivot=self.pivot,
            retry=self.retry,
            deadline=self.deadline,
            late=self.late,
        )


async def _nothing(_: Tx, __: Saga) -> None:
    return None


def _all_kept(data: D) -> D:
    return data


@dataclass(frozen=True)
class Plan(Generic[D]):
    """A saga declared: its name, what it remembers, its steps from top to bottom.

    `ended` belongs to the transaction in which a saga ends; `forget` drops what is not to be kept beyond that.
    """

    name: str
    data: type[D]
    steps: Sequence[Step[D]]
    ended: Callable[[Tx, Saga], Awaitable[None]] = _nothing
    forget: Callable[[D], D] = _all_kept

    def rules(self) -> tuple[StepRules, ...]:
        """The steps as the domain sees them."""
        return tuple(step.rules() for step in self.steps)

    def over(self, saga: Saga) -> Saga:
        """A saga that has ended, without what it is to forget."""
        return replace(saga, data=msgspec.to_builtins(self.forget(msgspec.convert(saga.data, self.data))))
