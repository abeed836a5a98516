"""What comes next in a saga: decided from where it stands, what a step answered, and the moment. No I/O.

`begun` notes that a step is about to be called; `settled` takes its answer. Both return the saga as it is to be
written. So the same decisions run under Postgres and under the simulation of `tests/platform/saga`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import msgspec
from msgspec.structs import replace

__all__ = [
    "Answer",
    "Done",
    "Failed",
    "NotRunning",
    "Reason",
    "Retry",
    "RetryLater",
    "Saga",
    "Status",
    "StepRecord",
    "StepRules",
    "StepState",
    "Wait",
    "abandoned",
    "begun",
    "hurried",
    "new",
    "settled",
]

_DOUBLINGS = 30  # of a pause: beyond any longest one, and far from where a float ends
_SAID = 500  # characters of an error that are kept: what a person reads of it


class Status(Enum):
    """Where a saga as a whole stands."""

    RUNNING = "running"
    UNDOING = "undoing"
    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"

    @property
    def live(self) -> bool:
        """Whether there is still something to do."""
        return self in {Status.RUNNING, Status.UNDOING}


class StepState(Enum):
    """Where one step stands."""

    PENDING = "pending"
    DOING = "doing"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a saga turned back: a fault's code, sentence and kind."""

    code: str
    message: str
    kind: str = "CONFLICT"


class Done(msgspec.Struct, frozen=True):
    """The step is carried out; `data` replaces what the saga remembers."""

    data: Any = None


class Wait(msgspec.Struct, frozen=True):
    """Not yet: look again when woken, or at that moment."""

    until: datetime
    data: Any = None


class RetryLater(msgspec.Struct, frozen=True):
    """It did not work out this time."""

    why: str


class Failed(msgspec.Struct, frozen=True):
    """It will never work out: back."""

    reason: Reason
    data: Any = None


Answer = Done | Wait | RetryLater | Failed


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """How to try again: pauses in seconds, doubling, with jitter so that a thousand sagas do not come back at once."""

    first: float = 0.1  # most trouble is a restart or a lost lock
    longest: float = 30.0  # soon enough after an outage of an hour, and little load during it
    stuck_after: int = 10  # failures in a row: about 2 minutes, more than a deployment takes

    def pause(self, failures: int, chance: float) -> float:
        """After so many failures; `chance` is drawn from 0 to 1."""
        whole = min(self.longest, self.first * 2.0 ** min(failures - 1, _DOUBLINGS))
        return whole * (0.5 + chance / 2)


class StepRules(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of a step to decide what comes next."""

    name: str
    undoable: bool
    pivot: bool
    retry: Retry
    deadline: float | None
    late: Reason


Rules = tuple[StepRules, ...]


class StepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one step."""

    name: str
    state: StepState = StepState.PENDING
    tries: int = 0
    undos: int = 0
    failures: int = 0  # in a row
    error: str = ""
    started_at: datetime | None = None
    tried_at: datetime | None = None
    ended_at: datetime | None = None
    deadline_at: datetime | None = None


class Saga(msgspec.Struct, frozen=True, kw_only=True):
    """One saga as it stands. `data` is opaque here."""

    id: str
    name: str
    subject: str
    status: Status
    position: int
    data: Any
    due_at: datetime
    created_at: datetime
    steps: tuple[StepRecord, ...]
    reason: Reason | None = None
    stuck: bool = False
    ended_at: datetime | None = None
    signals: tuple[str, ...] = ()
    wakes: int = 0

    @property
    def step(self) -> StepRecord:
        """The one whose turn it is."""
        return self.steps[self.position]


class NotRunning(Exception):  # noqa: N818 - told to a person by whoever asked
    """The saga has ended: there is nothing to hurry or to give up."""


def new(rules: Rules, saga_id: str, name: str, subject: str, data: Any, now: datetime) -> Saga:
    """A saga that nobody has touched yet."""
    return Saga(
        id=saga_id,
        name=name,
        subject=subject,
        status=Status.RUNNING,
        position=0,
        data=data,
        due_at=now,
        created_at=now,
        steps=tuple(StepRecord(name=rule.name) for rule in rules),
    )


def begun(rules: Rules, saga: Saga, now: datetime) -> Saga:
    """The step whose turn it is is about to be called, or called again, or its undo."""
    step = saga.step
    if saga.status is Status.UNDOING:
        return _with(saga, replace(step, state=StepState.UNDOING, undos=step.undos + 1, tried_at=now))
    limit = rules[saga.position].deadline
    deadline = step.deadline_at or (now + timedelta(seconds=limit) if limit is not None else None)
    return _with(
        saga,
        replace(
            step,
            state=StepState.DOING,
            tries=step.tries + 1,
            started_at=step.started_at or now,
            tried_at=now,
            deadline_at=deadline,
        ),
    )


def settled(rules: Rules, saga: Saga, answer: Answer, now: datetime, chance: float) -> Saga:
    """The step, or its undo, has answered."""
    if isinstance(answer, Done | Wait | Failed) and answer.data is not None:
        saga = replace(saga, data=answer.data)
    if saga.status is Status.UNDOING:
        return _after_undo(rules, saga, answer, now, chance)
    return _after_do(rules, saga, answer, now, chance)


def _after_do(rules: Rules, saga: Saga, answer: Answer, now: datetime, chance: float) -> Saga:
    step, rule = saga.step, rules[saga.position]
    if isinstance(answer, Done):
        return _forward(_with(saga, replace(step, state=StepState.DONE, failures=0, error="", ended_at=now)), now)
    if isinstance(answer, Failed):
        return _back(rules, saga, answer.reason, now)
    if step.deadline_at is not None and now >= step.deadline_at:
        return _back(rules, saga, rule.late, now)
    if isinstance(answer, Wait):
        due = answer.until if step.deadline_at is None else min(answer.until, step.deadline_at)
        return _with(replace(saga, due_at=due, stuck=False), replace(step, state=StepState.WAITING, failures=0))
    tried = _failed_once(saga, rule, answer.why, now, chance)
    due = tried.due_at if step.deadline_at is None else min(tried.due_at, step.deadline_at)
    return replace(tried, due_at=due)


def _after_undo(rules: Rules, saga: Saga, answer: Answer, now: datetime, chance: float) -> Saga:
    step, rule = saga.step, rules[saga.position]
    if isinstance(answer, Done):
        undone = _with(saga, replace(step, state=StepState.UNDONE, failures=0, error="", ended_at=now))
        return _next_undo(rules, undone, saga.position - 1, now)
    if isinstance(answer, Wait):
        return _with(replace(saga, due_at=answer.until, stuck=False), replace(step, failures=0))
    why = answer.why if isinstance(answer, RetryLater) else f"{answer.reason.code}: {answer.reason.message}"
    return _failed_once(saga, rule, why, now, chance)


def _failed_once(saga: Saga, rule: StepRules, why: str, now: datetime, chance: float) -> Saga:
    failures = saga.step.failures + 1
    due = now + timedelta(seconds=rule.retry.pause(failures, chance))
    tried = replace(saga.step, failures=failures, error=why[:_SAID])
    return _with(replace(saga, due_at=due, stuck=failures >= rule.retry.stuck_after), tried)


def _forward(saga: Saga, now: datetime) -> Saga:
    saga = replace(saga, due_at=now, stuck=False)
    if saga.position + 1 < len(saga.steps):
        return replace(saga, position=saga.position + 1)
    return replace(saga, status=Status.COMPLETED, ended_at=now)


def _back(rules: Rules, saga: Saga, reason: Reason, now: datetime) -> Saga:
    said = f"{reason.code}: {reason.message}"[:_SAID]
    turned = _with(saga, replace(saga.step, state=StepState.FAILED, failures=0, error=said, ended_at=now))
    return _next_undo(rules, replace(turned, status=Status.UNDOING, reason=reason), saga.position, now)


def _next_undo(rules: Rules, saga: Saga, position: int, now: datetime) -> Saga:
    """The next step backwards that was ever tried and can be taken back; with none left the saga has ended."""
    saga = replace(saga, due_at=now, stuck=False)
    while position >= 0 and not (saga.steps[position].tries and rules[position].undoable):
        position -= 1
    if position < 0:
        return replace(saga, status=Status.FAILED, position=0, ended_at=now)
    return replace(saga, position=position)


def hurried(saga: Saga, now: datetime) -> Saga:
    """A person wants the next try now."""
    if not saga.status.live:
        raise NotRunning
    return _with(replace(saga, due_at=now, stuck=False), replace(saga.step, failures=0))


def abandoned(rules: Rules, saga: Saga, why: str, now: datetime) -> Saga:
    """A person gives it up: what runs turns back; what cannot even get back ends where it stands."""
    if saga.status is Status.RUNNING:
        return _back(rules, saga, Reason(code="abandoned", message=why), now)
    if saga.status is not Status.UNDOING:
        raise NotRunning
    return replace(saga, status=Status.ABANDONED, due_at=now, stuck=False, ended_at=now)


def _with(saga: Saga, step: StepRecord) -> Saga:
    steps = saga.steps
    return replace(saga, steps=(*steps[: saga.position], step, *steps[saga.position + 1 :]))
