"""How the tests are dealt to the workers: the long ones first, and each folder to one worker as long as that is fair.

A folder's tests share a running system. A worker that has begun a folder goes on with it; only when no folder is left
untouched does it help another, and starts a system of its own for that. Within a folder the unit is the module, as its
tests share fixtures too; of the modules in `_ONE_BY_ONE`, whose tests take half a minute each, it is the test.
"""

from __future__ import annotations

from collections import defaultdict

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]
from xdist.workermanage import WorkerController  # type: ignore[import-untyped]

__all__ = ["Dealing"]

_USUAL = 0.1  # seconds: the mean of a test that is in no row below

# Seconds on a machine of two cores, to the nearest ten; it matters only which are long. From `--durations=0`.
_LONG: dict[str, float] = {
    "tests/bookings/test_bookings.py": 20,
    "tests/bookings/test_restart.py": 20,
    "tests/chaos/test_bank.py": 50,
    "tests/chaos/test_crash.py": 40,
    "tests/chaos/test_refunds.py": 40,
    "tests/chaos/test_servers.py": 60,
    "tests/checkout/test_http.py": 30,
    "tests/checkout/test_trouble.py": 30,
    "tests/cli/test_supervisor.py": 50,
    "tests/e2e/test_fuzz.py": 60,
    "tests/payments/test_killed.py": 50,
    "tests/payments/test_service.py": 30,
    "tests/platform/bus/test_consume.py": 20,
    "tests/platform/bus/test_publish.py": 10,
    "tests/web/test_buyer.py": 60,
    "tests/web/test_door.py": 40,
    "tests/web/test_drawing.py": 30,
    "tests/web/test_live.py": 30,
    "tests/web/test_operator.py": 50,
    "tests/web/test_organiser.py": 80,
    "tests/web/test_pages.py": 50,
    "tests/web/test_returning.py": 20,
    "tests/web/test_shell.py": 40,
    "tests/web/test_spoken.py": 20,
    "tests/web/test_touch.py": 20,
}
_ONE_BY_ONE = {"tests/chaos/test_crash.py", "tests/e2e/test_fuzz.py"}


class Dealing(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Xdist's dealing by scopes, with scopes and an order of our own."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return nodeid if module in _ONE_BY_ONE else module

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(self._next(node), last=False)
        super()._assign_work_unit(node)

    def _next(self, node: WorkerController) -> str:
        """The longest of the folder that this worker is in; else of the longest, if possible one that nobody is in."""
        folders: dict[str, list[str]] = defaultdict(list)
        for unit in self.workqueue:
            folders[_folder(unit)].append(unit)
        begun = {one: _folder(next(reversed(units))) for one, units in self.assigned_work.items() if units}
        here = [one for one in folders if one == begun.get(node)]
        free = [one for one in folders if one not in begun.values()]
        folder = max(here or free or folders, key=lambda one: sum(map(self._weight, folders[one])))
        return max(folders[folder], key=self._weight)

    def _weight(self, unit: str) -> float:
        module = unit.partition("::")[0]
        return _LONG.get(module) or _USUAL * len(self.workqueue[unit])


def _folder(unit: str) -> str:
    return unit.partition("::")[0].rpartition("/")[0]
