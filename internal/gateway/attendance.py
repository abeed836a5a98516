"""Who should be there and who is: what the roll call answered, beside what the roster remembers.

A process that signed in, has not left, and neither answers nor signs any more is gone, until another that runs the same
has begun after it was last seen: that one has taken its place, for good, even if it has left since. So who was
restarted by a supervisor, or moved to another machine, is not missed, and who was not is, with the services that nobody
answers for. `expected` names services that should be there even if they never came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from internal.platform.roster import EVERY, Signed
from proto.health import Present

__all__ = ["Attending", "Manned", "attending", "manned"]

State = Literal["here", "silent", "gone"]

_MISSED = timedelta(seconds=3 * EVERY)  # without a signature: one that comes late on a busy machine is still there


class Attending(NamedTuple):
    """A process. `silent`: it signs, but did not answer just now. `parts` is empty where it did not answer."""

    replica: str
    services: list[str]
    state: State
    parts: dict[str, str]
    started_at: datetime
    seen_at: datetime


class Manned(NamedTuple):
    """A service: how many of its replicas answer, of how many; when one was last seen, if one ever was."""

    service: str
    here: int
    of: int
    seen_at: datetime | None


def attending(answered: Sequence[Present], signed: Sequence[Signed], now: datetime) -> list[Attending]:
    """All who are here, and all who are missed; these first."""
    here = {one.replica: one for one in answered}
    found = [Attending(one.replica, one.services, "here", one.parts, one.started_at, now) for one in answered]
    for one in _missed(signed, set(here), now):
        state: State = "silent" if now - one.seen_at <= _MISSED else "gone"
        found.append(Attending(one.replica, one.services, state, {}, one.began_at, one.seen_at))
    return sorted(found, key=lambda one: (one.state == "here", one.services, one.replica))


def manned(found: Sequence[Attending], expected: Mapping[str, int]) -> list[Manned]:
    """Each service by its name."""
    names = sorted({*expected, *(service for one in found for service in one.services)})
    return [_of_service(name, [one for one in found if name in one.services], expected.get(name, 0)) for name in names]


def _of_service(name: str, replicas: Sequence[Attending], expected: int) -> Manned:
    here = sum(one.state == "here" for one in replicas)
    seen = max((one.seen_at for one in replicas), default=None)
    return Manned(name, here, max(len(replicas), expected), seen)


def _missed(signed: Sequence[Signed], here: set[str], now: datetime) -> list[Signed]:
    """Who does not answer, and nobody has taken the place of. Each successor takes one place."""
    successors = sorted(signed, key=lambda one: one.began_at)
    missed = []
    for one in sorted(signed, key=lambda one: one.seen_at):
        if one.replica in here or one.left:
            continue
        successor = None if now - one.seen_at <= _MISSED else _successor(one, successors)
        if successor is None:
            missed.append(one)
        else:
            successors.remove(successor)
    return missed


def _successor(gone: Signed, successors: Sequence[Signed]) -> Signed | None:
    same = (one for one in successors if one.services == gone.services and one.began_at > gone.seen_at)
    return next(same, None)
