"""Chooses the best places for a party: pure, and decided on the very states that the lock is then taken on.

The ladder, each rung only when the one above has nothing left:
1. side by side in one row, leaving no single seat behind, nearest the focal point;
2. side by side in one row;
3. in adjacent rows of one section, nobody alone;
4. across sections, nobody alone;
5. wherever there are seats, as close together as it goes;
6. standing;
7. seats kept for wheelchairs and their companions, when nothing else is left.

It answers with several groups, best first. Each is what the chooser would say if those before it were gone, so whoever
loses the first to another buyer takes the next without asking again.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Generator, Iterator
from functools import lru_cache
from heapq import heappop, heappush
from itertools import islice
from math import inf

from internal.inventory import apart, wheelchairs
from internal.inventory.plan import ACCESSIBLE, COMPANION, ORDINARY, Plan
from internal.inventory.search import FREE, Group, Search, Wanted

__all__ = ["FREE", "MOST_GROUPS", "Group", "Wanted", "choose"]

MOST_GROUPS = 32  # as many buyers may race for the best seats before one has to ask again

_STRANDS_ONE = 1e9  # added to a party's distance: more than any hall is wide, so that it only orders what is left


def choose(plan: Plan, states: bytes, wanted: Wanted, *, most: int = MOST_GROUPS, spread: int = 0) -> list[Group]:
    """Groups of free places, best first; empty only if the allowed places cannot seat the party.

    `spread`, a number the caller draws, is where in a standing area to begin: it keeps buyers out of each other's way.
    """
    if not 1 <= wanted.size <= states.count(FREE) or not 0 <= wanted.accessible <= wanted.size:
        return []
    return list(islice(_ladder(Search(plan, states, wanted, spread)), most))


def _ladder(search: Search) -> Iterator[Group]:
    if search.wanted.accessible:
        yield from wheelchairs.rungs(search)
        return
    if (yield from _seated(search)):
        return
    yield from apart.standing(search)
    if search.plan.has_special_seats and not apart.any_place(search):
        for kinds in ({ORDINARY, COMPANION}, {ORDINARY, COMPANION, ACCESSIBLE}):
            search.admit(frozenset(kinds))
            if (yield from _seated(search)):
                return
    yield from apart.whatever_is_left(search)


def _seated(search: Search) -> Generator[Group, None, bool]:
    """Rungs 1 to 5; whether it stopped with more to say, so that the rungs below are none of the caller's business."""
    tight: set[int] = set()
    order = search.plan.windows(search.wanted.size).order
    yield from _side_by_side(search, order, inf, tight)
    yield from _side_by_side(search, [entry for entry in order if entry[1] in tight], _STRANDS_ONE, set())
    given = 0
    for group in islice(apart.rungs(search), apart.MOST_APART):
        given += 1
        yield group
    return given == apart.MOST_APART


def _side_by_side(
    search: Search, order: list[tuple[float, int, int, int]], stranding: float, tight: set[int]
) -> Iterator[Group]:
    """Rungs 1 and 2, by what stranding a seat costs. Rows come nearest first: far ones are not even looked at."""
    size = search.wanted.size
    scores = search.plan.windows(size).scores
    party, live = b"." * size, search.live
    tidy = _leaves_no_single(size).search if stranding == inf else None
    least = 0.0 if tidy else stranding  # on rung 2 every party costs that much
    heap: list[tuple[float, int, int]] = []

    def offer(row: int) -> None:
        found = _nearest(search, row, scores, stranding)
        if found is None:
            return
        score, start = found
        if score < inf:
            heappush(heap, (score, start, row))
        else:
            tight.add(row)

    for bound, row, start, end in [*order, (inf, -1, 0, 0)]:
        while heap and heap[0][0] <= bound + least:
            _, place, row_taken = heappop(heap)
            yield search.take(tuple(range(place, place + size)))
            offer(row_taken)
        if live.find(party, start, end) < 0 or not search.masks[row]:
            continue
        if tidy is None or tidy(live[start:end]):
            offer(row)
        else:
            tight.add(row)


@lru_cache(maxsize=64)
def _leaves_no_single(size: int) -> re.Pattern[bytes]:
    """Finds rows worth a closer look: a party strands a seat in every run that is just one seat longer than it."""
    return re.compile(rb"(?<!\.)\.{%d}(?!\.)|\.{%d}" % (size, size + 2))


def _nearest(search: Search, row: int, scores: array[float], stranding: float) -> tuple[float, int] | None:
    """The row's best party and its distance, infinite if every one would strand a seat; None if it seats no party."""
    size = search.wanted.size
    best: tuple[float, int] | None = None
    for first, end, left, right in search.runs(row, size):
        windows = scores[first : end - size + 1]
        for strands in (left + 1 - first, right - size - 1 - first):
            if 0 <= strands < len(windows):
                windows[strands] += stranding
        score = min(windows)
        if best is None or score < best[0]:
            best = (score, first + windows.index(score))
    return best
