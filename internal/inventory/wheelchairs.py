"""The rungs for a party that asked for accessible seats: as many as it needs, with its companions beside them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import hypot

from internal.inventory import apart
from internal.inventory.plan import ACCESSIBLE, COMPANION, EVERY_KIND, ORDINARY
from internal.inventory.search import Group, Search

__all__ = ["rungs"]

_ENOUGH = 64  # windows that need no excuse: twice what is answered, as they overlap


def rungs(search: Search) -> Iterator[Group]:
    """Side by side in one row, as few wheelchair places wasted and seats stranded as may be; then near one another."""
    search.admit(EVERY_KIND)
    while True:
        choices = sorted(_windows(search))
        given = 0
        for _, _, _, start in choices:
            group = tuple(range(start, start + search.wanted.size))
            if all(search.live[place] for place in group):  # else it overlaps one that was given
                yield search.take(group)
                given += 1
        if not given:
            break
    yield from _near_one_another(search)


def _windows(search: Search) -> Iterator[tuple[int, int, float, int]]:
    """Parties side by side: wheelchair places beyond the need, seats stranded, distance, first place."""
    size, need = search.wanted.size, search.wanted.accessible
    scores, kinds = search.plan.windows(size).scores, search.plan.kinds
    flawless = 0
    for row in search.rows_with(size):
        if ACCESSIBLE not in search.plan.rows[row].kinds:
            continue
        for first, end, left, right in search.runs(row, size):
            for start in range(first, end - size + 1):
                excess = kinds.count(ACCESSIBLE, start, start + size) - need
                if excess < 0:
                    continue
                stranded = (start - left == 1) + (right - start - size == 1)
                flawless += not excess and not stranded
                yield excess, stranded, scores[start], start
        if flawless >= _ENOUGH:
            return


def _near_one_another(search: Search) -> Iterator[Group]:
    """The wheelchair place nearest the focal point, and the rest of the party around it."""
    size, need = search.wanted.size, search.wanted.accessible
    while accessible := apart.ranked(search, (ACCESSIBLE,)):
        around = partial(_distance, search, accessible[0])
        accessible.sort(key=around)
        others = sorted(apart.ranked(search, (COMPANION, ORDINARY)), key=around)
        rest = [*others, *apart.ranked(search, (None,)), *accessible[need:]]
        group = (*accessible[:need], *rest[: size - need])
        if len(accessible) < need or len(group) < size:
            return
        yield search.take(tuple(sorted(group)))


def _distance(search: Search, one: int, other: int) -> float:
    xs, ys = search.plan.xs, search.plan.ys
    return hypot(xs[one] - xs[other], ys[one] - ys[other])
