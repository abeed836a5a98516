"""Two truths compared on request: what a service's reconcilers find, and what they put right."""

from __future__ import annotations

from proto import Answer, Part, Request, rpc

__all__ = ["Difference", "Look", "Reconcile", "Reconciled"]


class Difference(Part, frozen=True, kw_only=True):
    """One thing about which two places disagree: `found` is what the one has that follows, `expected` the truth."""

    thing: str
    found: str
    expected: str
    repaired: bool = False


class Look(Part, frozen=True, kw_only=True):
    """What a reconciler saw: `total` differ, the first are told. `trouble` says why it saw nothing."""

    reconciler: str
    total: int = 0
    differences: list[Difference] = []
    trouble: str = ""


class Reconciled(Answer, frozen=True, kw_only=True):
    """What all reconcilers of a service saw."""

    looks: list[Look]


@rpc("rpc.reconcile.run", address=("service",))
class Reconcile(Request[Reconciled], frozen=True, kw_only=True):
    """Compare everything once, now, and put right what differs only where `repair` says so."""

    service: str
    repair: bool = False
