"""The rungs for a party that asked for accessible seats: as many as it needs, with its companions beside them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from itertools import islice
from math import hypot

from internal.inventory import apart
from internal.inventory.plan import ACCESSIBLE, COMPANION, EVERY_KIND, ORDINARY
from internal.inventory.search import Group, Run, Search

__all__ = ["rungs"]

_FLAWLESS = 64  # windows that need no excuse: twice what is answered, as they overlap
_WINDOWS = 1024  # looked at from the stage on; more exist only where nearly every seat is for wheelchairs
_NEARBY = 128  # wheelchair places, and other seats, that are weighed for a party that sits apart
_ROWS_AROUND = 2  # in front and behind: who sits further away cannot help


def rungs(search: Search) -> Iterator[Group]:
    """Side by side in one row, as few wheelchair places wasted and seats stranded as may be; then near one another."""
    search.admit(EVERY_KIND)
    while True:
        given = 0
        for _, _, _, start in sorted(islice(_windows(search), _WINDOWS)):
            group = tuple(range(start, start + search.wanted.size))
            if all(search.live[place] for place in group):  # else it overlaps one that was given
                yield search.take(group)
                given += 1
        if not given:
            break
    yield from islice(_near_one_another(search), apart.MOST_APART)


def _windows(search: Search) -> Iterator[tuple[int, int, float, int]]:
    """Parties side by side: wheelchair places beyond the need, seats stranded, distance, first place."""
    size, need = search.wanted.size, search.wanted.accessible
    scores, kinds = search.plan.windows(size).scores, search.plan.kinds
    flawless = 0
    for row in search.rows_with(size):
        span = search.plan.rows[row]
        if kinds.count(ACCESSIBLE, span.first, span.end) < need:
            continue
        for run in search.runs(row, size):
            for start in _starts(search, run):
                excess = kinds.count(ACCESSIBLE, start, start + size) - need
                stranded = (start - run.left == 1) + (run.right - start - size == 1)
                flawless += not excess and not stranded
                yield excess, stranded, scores[start], start
        if flawless >= _FLAWLESS:
            return


def _starts(search: Search, run: Run) -> list[int]:
    """Where in the run a party may begin so that it has enough wheelchair places."""
    size, need = search.wanted.size, search.wanted.accessible
    places = [place for place in range(run.first, run.end) if search.plan.kinds[place] == ACCESSIBLE]
    starts = {
        start
        for first, last in zip(places, places[need - 1 :], strict=False)
        for start in range(max(run.first, last - size + 1), min(first, run.end - size) + 1)
    }
    return sorted(starts)


def _near_one_another(search: Search) -> Iterator[Group]:
    """The wheelchair place nearest the focal point, and the rest of the party around it."""
    size, need = search.wanted.size, search.wanted.accessible
    accessible: list[int] = []
    while True:
        accessible = [place for place in accessible if search.live[place]]
        if len(accessible) < need:
            accessible = list(islice(_free(search, {ACCESSIBLE}), max(_NEARBY, size)))
        if len(accessible) < need:
            return
        around = partial(_distance, search, min(accessible, key=search.plan.distances.__getitem__))
        accessible.sort(key=around)
        rest = sorted(_company(search, accessible[0], size - need), key=around)
        if len(rest) < size - need:
            rest = [*apart.ranked(search, (COMPANION, ORDINARY, None)), *accessible[need:]]
        group = (*accessible[:need], *rest[: size - need])
        if len(group) < size:
            return
        yield search.take(tuple(sorted(group)))


def _company(search: Search, beside: int, least: int) -> list[int]:
    """Seats for those without a wheelchair: of the rows around if there are enough, else the nearest to the stage."""
    rows = search.plan.rows
    own = bisect_right(rows, beside, key=lambda row: row.first) - 1
    around = range(max(0, own - _ROWS_AROUND), min(len(rows), own + _ROWS_AROUND + 1))
    others = {COMPANION, ORDINARY}
    near = [
        place for row in around if rows[row].section == rows[own].section for place in _free_in(search, row, others)
    ]
    return near if len(near) >= least else list(islice(_free(search, others), max(_NEARBY, least)))


def _free(search: Search, kinds: set[int]) -> Iterator[int]:
    """Free places of these kinds, the nearest rows first."""
    for row in search.rows_with(1):
        if not search.plan.rows[row].kinds.isdisjoint(kinds):
            yield from _free_in(search, row, kinds)


def _free_in(search: Search, row: int, kinds: set[int]) -> Iterator[int]:
    for run in search.runs(row, 1):
        yield from (place for place in range(run.first, run.end) if search.plan.kinds[place] in kinds)


def _distance(search: Search, one: int, other: int) -> float:
    xs, ys = search.plan.xs, search.plan.ys
    return hypot(xs[one] - xs[other], ys[one] - ys[other])
