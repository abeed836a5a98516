"""What a finding is, and what the findings of all checks together say of the sentences."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from internal.cli.check.facts import Facts
from internal.cli.check.tables import By

__all__ = ["Finding", "Invariant", "State", "Verdict", "confirmed", "judged", "judged_by"]


class Finding(NamedTuple):
    """What is not as it should be: which thing, by its id, and how. `pending`: something is under way about it."""

    thing: str
    wrong: str
    pending: bool = False


class Invariant(NamedTuple):
    """A sentence of the design, what must be read to judge it, and its checks, by what they put side by side."""

    number: int
    sentence: str
    needs: Sequence[str]
    checks: Mapping[By, Sequence[Callable[[Facts], Iterable[Finding]]]]


class State(Enum):
    HOLDS = "holds"
    PENDING = "pending"
    UNREAD = "unread"
    BROKEN = "BROKEN"


class Verdict(NamedTuple):
    """Of one sentence. What is not read is no reason to be calm: it comes before `pending`."""

    invariant: Invariant
    broken: Sequence[Finding]
    pending: Sequence[Finding]
    unread: Sequence[str]

    @property
    def state(self) -> State:
        if self.broken:
            return State.BROKEN
        if self.unread:
            return State.UNREAD
        return State.PENDING if self.pending else State.HOLDS


async def judged_by(
    slices: Callable[[By], AsyncIterator[Facts]], missing: Mapping[str, str], invariants: Sequence[Invariant]
) -> list[Verdict]:
    """Each sentence with what was found, slice by slice."""
    found: dict[int, list[Finding]] = {invariant.number: [] for invariant in invariants}
    for by in By:
        async for facts in slices(by):
            for invariant in invariants:
                for check in invariant.checks.get(by, ()):
                    found[invariant.number] += check(facts)
    return [_verdict(invariant, found[invariant.number], missing) for invariant in invariants]


def judged(facts: Facts, invariants: Sequence[Invariant]) -> list[Verdict]:
    """The same of facts that are all there; of what could be read, that is."""
    verdicts = []
    for invariant in invariants:
        checks = [check for some in invariant.checks.values() for check in some]
        found = [finding for check in checks for finding in check(facts)]
        verdicts.append(_verdict(invariant, found, facts.missing))
    return verdicts


def _verdict(invariant: Invariant, found: Sequence[Finding], missing: Mapping[str, str]) -> Verdict:
    unread = [f"{need}: {missing[need]}" for need in invariant.needs if need in missing]
    broken, pending = ([one for one in found if one.pending is state] for state in (False, True))
    return Verdict(invariant, broken, pending, unread)


def confirmed(first: Sequence[Verdict], second: Sequence[Verdict]) -> list[Verdict]:
    """The second look, in which broken is only what was so in the first: the rest has only just begun to differ."""
    verdicts = []
    for before, now in zip(first, second, strict=True):
        seen = {finding.thing for finding in before.broken}
        broken = [finding for finding in now.broken if finding.thing in seen]
        fresh = [finding._replace(pending=True) for finding in now.broken if finding.thing not in seen]
        verdicts.append(now._replace(broken=broken, pending=[*now.pending, *fresh]))
    return verdicts
