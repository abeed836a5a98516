"""What comes next in a saga, whatever its steps answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from internal.platform.saga.domain import (
    Done,
    Failed,
    Reason,
    Retry,
    RetryLater,
    Saga,
    Status,
    StepRules,
    StepState,
    Wait,
    abandoned,
    begun,
    hurried,
    new,
    settled,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NO = Reason(code="no", message="No.")
LATE = Reason(code="late", message="Late.")


def rules(*undoable: bool, deadline: float | None = None) -> tuple[StepRules, ...]:
    return tuple(
        StepRules(name=f"step {number}", undoable=can, pivot=False, retry=Retry(), deadline=deadline, late=LATE)
        for number, can in enumerate(undoable)
    )


def fresh(plan: tuple[StepRules, ...]) -> Saga:
    return new(plan, "checkout_1", "checkout", "hold_1", {}, NOW)


def step(plan: tuple[StepRules, ...], saga: Saga, answer: Any, at: datetime = NOW) -> Saga:
    return settled(plan, begun(plan, saga, at), answer, at, 0.5)


answers = some.one_of(
    some.just(Done()),
    some.just(Failed(NO)),
    some.just(RetryLater("away")),
    some.integers(1, 100).map(lambda seconds: Wait(NOW + timedelta(seconds=seconds))),
)


@given(some.lists(some.booleans(), min_size=1, max_size=6), some.lists(answers, max_size=60))
def test_what_was_done_is_undone_backwards_or_all_is_done(undoable: list[bool], said: list[Any]) -> None:
    """Each step is begun after the one before is done; a way back undoes exactly what was tried and can be undone."""
    plan = rules(*undoable)
    saga = fresh(plan)
    undone = []
    for answer in [*said, *[Done()] * 20]:
        if not saga.status.live:
            break
        back, position = saga.status is Status.UNDOING, saga.position
        saga = step(plan, saga, answer)
        if back and isinstance(answer, Done):
            undone.append(position)
        assert all(one.tries == 0 for one in saga.steps[saga.position + 1 :] if saga.status is Status.RUNNING)
    assert not saga.status.live
    if saga.status is Status.COMPLETED:
        assert {one.state for one in saga.steps} == {StepState.DONE}
        assert undone == []
    else:
        tried = [number for number, one in enumerate(saga.steps) if one.tries and undoable[number]]
        assert undone == tried[::-1]
        assert saga.reason == NO


@given(some.integers(1, 10_000), some.floats(0, 1))
def test_pauses_grow_and_are_bounded(failures: int, chance: float) -> None:
    """Never longer than the longest, never less than half of what is meant."""
    pause = Retry().pause(failures, chance)
    assert 0.05 <= pause <= 30.0
    if failures > 10:
        assert pause >= 15.0


def test_a_step_that_fails_often_is_stuck_and_goes_on() -> None:
    """After ten failures in a row it is shown; a success, or a person's retry, clears it."""
    plan = rules(True, True)
    saga = fresh(plan)
    for _ in range(9):
        saga = step(plan, saga, RetryLater("away"))
    assert not saga.stuck
    saga = step(plan, saga, RetryLater("away"))
    assert saga.stuck
    assert saga.status is Status.RUNNING
    assert not hurried(saga, NOW).stuck
    saga = step(plan, saga, Done())
    assert not saga.stuck
    assert saga.position == 1


def test_at_its_deadline_a_step_is_asked_once_more() -> None:
    """A wait or a pause ends at the deadline; what is said then counts, and only "not yet" turns back."""
    plan = rules(True, deadline=60.0)
    waiting = step(plan, fresh(plan), Wait(NOW + timedelta(hours=1)))
    assert waiting.due_at == NOW + timedelta(seconds=60)
    assert step(plan, waiting, Done(), waiting.due_at).status is Status.COMPLETED
    late = step(plan, waiting, RetryLater("away"), waiting.due_at)
    assert (late.status, late.reason) == (Status.UNDOING, LATE)


def test_a_person_gives_up() -> None:
    """What runs turns back; what is on its way back ends where it stands."""
    plan = rules(True)
    back = abandoned(plan, begun(plan, fresh(plan), NOW), "enough", NOW)
    assert (back.status, back.position) == (Status.UNDOING, 0)
    assert abandoned(plan, back, "enough", NOW).status is Status.ABANDONED
