"""A reconciler compares two truths and repairs or reports: a value that a service declares, run here as a loop.

`Parts(reconcilers=[Reconciler("orders-seats", self.look)])`, where `async def look(repair: bool) -> list[Difference]`
looks at everything once. A step that is half done differs for a moment, so a look tells only what it saw twice, or what
has been so for longer than any step takes. Each has its metrics, `aisle_differences{reconciler}` and
`aisle_differences_repaired{reconciler}`, and `aisle reconcile [--repair]` asks every service to look at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from internal.platform.bus import Endpoint
from internal.platform.faults import Fault
from internal.platform.loops import Loop
from internal.platform.telemetry.figures import Figure
from proto.reconcile import Difference, Look, Reconcile, Reconciled

__all__ = ["Reconciler", "answering", "figures", "looping"]

_TOLD = 500  # differences in one answer, about 100 kB: more than a person reads, and far below what NATS takes

Run = Callable[[bool], Awaitable[Sequence[Difference]]]


@dataclass
class Reconciler:
    """A name, one look at everything (`run_once(repair)`), how often, and whether the loop repairs or only reports.

    `step` is what the loop does instead, each time a part, where everything would be too much at once.
    """

    name: str
    run_once: Run
    every: float = 60.0  # seconds: what a reconciler finds was missed by two other mechanisms before it
    repairs: bool = True
    step: Run | None = None
    differences: int = 0  # of the last look, repaired or not
    repaired: int = 0  # since the process began

    def noted(self, found: Sequence[Difference]) -> Sequence[Difference]:
        """The same, counted."""
        self.differences = len(found)
        self.repaired += sum(one.repaired for one in found)
        return found


def looping(reconciler: Reconciler, log: FilteringBoundLogger) -> Loop:
    """The loop: never "more to do", so that it keeps its pace however much differs."""
    look = reconciler.step or reconciler.run_once

    async def run_once() -> int:
        found = reconciler.noted(await look(reconciler.repairs))
        if found:
            repaired = sum(one.repaired for one in found)
            log.warning(
                "truths differ", reconciler=reconciler.name, found=len(found), repaired=repaired, one=found[0].thing
            )
        return 0

    return Loop(f"{reconciler.name}-reconciler", run_once, reconciler.every)


def answering(service: str, reconcilers: Sequence[Reconciler], log: FilteringBoundLogger) -> Endpoint[Reconcile]:
    """Where the operator asks for one look now."""

    async def look(reconciler: Reconciler, repair: bool) -> Look:
        try:
            found = reconciler.noted(await reconciler.run_once(repair))
        except Exception as error:  # the others are looked at all the same
            log.warning("a reconciler failed", reconciler=reconciler.name, exc_info=error)
            said = error.detail if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
            return Look(reconciler=reconciler.name, trouble=said)
        return Look(reconciler=reconciler.name, total=len(found), differences=list(found[:_TOLD]))

    async def reconcile(command: Reconcile) -> Reconciled:
        return Reconciled(looks=[await look(one, command.repair) for one in reconcilers])

    return Endpoint(Reconcile, reconcile, concurrency=1, at=(service,))


def figures(reconcilers: Sequence[Reconciler]) -> list[Figure]:
    """What the metrics say of them."""
    told = []
    for one in reconcilers:
        told.append(_figure("differences", "Differences at the last look.", one, "differences", "gauge"))
        told.append(_figure("differences_repaired", "Differences repaired.", one, "repaired", "counter"))
    return told


def _figure(name: str, about: str, reconciler: Reconciler, field: str, kind: str) -> Figure:
    return Figure(
        name,
        about,
        lambda: getattr(reconciler, field),
        kind="gauge" if kind == "gauge" else "counter",
        labels={"reconciler": reconciler.name},
    )
