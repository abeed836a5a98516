"""How the tests are dealt: the long ones first, and a folder's to one worker as long as there are others to take."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, cast

from tests.dealing import Dealing

_LONG, _SHORT, _FUZZ = "tests/chaos/test_servers.py", "tests/chaos/test_rush.py", "tests/e2e/test_fuzz.py::test[a]"


class _Worker:
    """As much of xdist's as is dealt to."""

    shutting_down = False

    def __init__(self) -> None:
        self.told: list[int] = []

    def send_runtest_some(self, tests: list[int]) -> None:
        self.told += tests


def _dealing(*units: str) -> tuple[Any, _Worker, _Worker]:
    """With one test in each unit, and two workers who have nothing yet."""
    one, other = _Worker(), _Worker()
    dealing = cast("Any", object.__new__(Dealing))
    dealing.workqueue = OrderedDict((unit, {unit: False}) for unit in units)
    dealing.assigned_work = {one: {}, other: {}}
    dealing.registered_collections = {one: list(units), other: list(units)}
    return dealing, one, other


def _dealt(dealing: Any, worker: _Worker) -> str:
    dealing._assign_work_unit(worker)
    return str(next(reversed(dealing.assigned_work[worker])))


def test_the_longest_comes_first_and_a_worker_stays_in_its_folder() -> None:
    """Two begin with the two longest folders; each goes on in its own, and the short one is for who is done first."""
    dealing, one, other = _dealing("tests/pos/test_service.py", _SHORT, _FUZZ, _LONG)
    assert [_dealt(dealing, one), _dealt(dealing, other)] == [_LONG, _FUZZ]
    assert [_dealt(dealing, one), _dealt(dealing, other)] == [_SHORT, "tests/pos/test_service.py"]


def test_who_has_nothing_left_helps() -> None:
    """When no folder is untouched, another's is gone on with: nobody is idle while tests wait."""
    dealing, one, other = _dealing(_SHORT, _LONG, "tests/chaos/test_bank.py")
    assert [_dealt(dealing, one), _dealt(dealing, other), _dealt(dealing, one)] == [
        _LONG,
        "tests/chaos/test_bank.py",
        _SHORT,
    ]


def test_tests_of_half_a_minute_are_dealt_one_by_one() -> None:
    """And all others by their module, whose fixtures they share."""
    dealing, _, _ = _dealing()
    assert dealing._split_scope(_FUZZ) == _FUZZ
    assert dealing._split_scope(f"{_LONG}::test_nats_is_killed") == _LONG
