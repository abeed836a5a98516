"""The rungs for a party that no row can seat: nobody alone, else close together, else standing, else what is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from math import hypot

from internal.inventory.plan import ACCESSIBLE, COMPANION, EVERY_KIND, ORDINARY, AreaSpan
from internal.inventory.search import FREE, Group, Run, Search

__all__ = ["MOST_APART", "any_place", "ranked", "rungs", "standing", "whatever_is_left"]

MOST_APART = 8  # groups of those that sit apart: each costs 0.1 ms, as what is left of a full hall is in many pieces

_GATHERED = 256  # runs gathered around the focal point before the whole hall is: enough for all the groups of an answer
_NEARBY = 48  # of those, how many are weighed for one party: sorting so many by distance takes 0.05 ms

Piece = tuple[int, int]  # the first place, and how many


def rungs(search: Search) -> Iterator[Group]:
    """Rungs 3 to 5: adjacent rows, across sections, and wherever there are seats."""
    if search.wanted.size >= 4:  # noqa: PLR2004 - fewer cannot be parted so that nobody is alone
        yield from _adjacent_rows(search)
        yield from _across(search)
    yield from _scattered(search)


def _adjacent_rows(search: Search) -> Iterator[Group]:
    known: dict[int, list[Run]] = {}
    spans = search.plan.rows

    def pairs(row: int) -> list[Run]:
        if row not in known:
            known[row] = list(search.runs(row, 2))
        return known[row]

    for row in search.rows_with(2):
        near = [row, *_neighbours(search, row)]
        if search.live.count(FREE, spans[min(near)].first, spans[max(near)].end) < search.wanted.size:
            continue
        while own := pairs(row):
            group = _from_any_anchor(search, own, [run for other in near for run in pairs(other)])
            if group is None:
                break
            yield search.take(group)
            for other in near:
                known.pop(other, None)


def _neighbours(search: Search, row: int) -> list[int]:
    """The rows in front of and behind this one in its section."""
    rows = search.plan.rows
    near = (row - 1, row + 1)
    return [other for other in near if 0 <= other < len(rows) and rows[other].section == rows[row].section]


def _from_any_anchor(search: Search, own: list[Run], pool: list[Run]) -> Group | None:
    if sum(map(_length, pool)) < search.wanted.size:
        return None
    for anchor in sorted(own, key=lambda run: search.plan.distances[_middle(run)]):
        pieces = _nobody_alone(_by_distance(search, anchor, pool), search.wanted.size)
        if pieces is not None:
            return _places(pieces)
    return None


def _across(search: Search) -> Iterator[Group]:
    """Nobody alone, in runs of two and more from anywhere, near the one that is nearest the focal point."""
    pool = _gather(search, 2, _GATHERED)
    cut_short = len(pool) >= _GATHERED
    while pool:
        near = _by_distance(search, pool[0], pool[:_NEARBY])
        pieces = _nobody_alone(near, search.wanted.size) or _nobody_alone(pool, search.wanted.size)
        if pieces is not None:
            yield search.take(_places(pieces))
            pool = _without(pool, pieces, 2)
        elif cut_short:
            pool, cut_short = _gather(search, 2, search.plan.seats), False
        else:
            return


def _scattered(search: Search) -> Iterator[Group]:
    """Some will sit alone: as few as possible, and near each other."""
    size = search.wanted.size
    while sum(map(_length, pool := _gather(search, 1, max(_GATHERED, size)))) >= size:
        pool.sort(key=_is_single)
        while sum(map(_length, pool)) >= size:
            near = _by_distance(search, pool[0], pool[: max(_NEARBY, size)])
            pieces = _first_come(sorted(near, key=_is_single), size)
            yield search.take(_places(pieces))
            pool = _without(pool, pieces, 1)


def _without(pool: list[Run], pieces: list[Piece], least: int) -> list[Run]:
    """What is left of the runs, of those that are still so long."""
    taken = dict(pieces)
    rest = []
    for run in pool:
        count = taken.get(run.first, 0)
        if run.end - run.first - count >= least:
            rest.append(Run(run.first + count, *run[1:]) if count else run)
    return rest


def _gather(search: Search, least: int, most: int) -> list[Run]:
    """Runs of at least so many seats, from the rows nearest the focal point; the nearest run first."""
    found: list[Run] = []
    for row in search.rows_with(least):
        found.extend(search.runs(row, least))
        if len(found) >= most:
            break
    found.sort(key=lambda run: search.plan.distances[_middle(run)])
    return found


def _by_distance(search: Search, anchor: Run, pool: Iterable[Run]) -> list[Run]:
    xs, ys = search.plan.xs, search.plan.ys
    at = _middle(anchor)
    x, y = xs[at], ys[at]
    return sorted(pool, key=lambda run: (run is not anchor, hypot(xs[_middle(run)] - x, ys[_middle(run)] - y)))


def _length(run: Run) -> int:
    return run.end - run.first


def _is_single(run: Run) -> bool:
    return run.end - run.first == 1


def _middle(run: Run) -> int:
    return (run.first + run.end - 1) // 2


def _nobody_alone(pool: list[Run], size: int) -> list[Piece] | None:
    """Pieces of two and more that make up the party, nearest first; without stranding a seat if that works out."""
    return _pieces(pool, size, tidy=True) or _pieces(pool, size, tidy=False)


def _pieces(pool: list[Run], size: int, *, tidy: bool) -> list[Piece] | None:
    pieces: list[Piece] = []
    need = size
    for run in pool:
        length = _length(run)
        if need == 3 and length == 2:  # noqa: PLR2004 - three cannot be finished with pairs
            need += _give_one_back(pieces, tidy=tidy)
        count = min(length, need)
        if need - count == 1:
            count -= 1
        if tidy and length - count == 1:
            count -= 1
            if need - count == 1:
                continue
        if count < 2:  # noqa: PLR2004 - nobody alone
            continue
        pieces.append((run.first, count))
        need -= count
        if not need:
            return pieces
    return None


def _give_one_back(pieces: list[Piece], *, tidy: bool) -> int:
    """Take one seat from a piece that has three or more: it strands that seat, so a tidy party does without."""
    if tidy:
        return 0
    for at, (first, count) in enumerate(pieces):
        if count > 2:  # noqa: PLR2004 - nobody alone
            pieces[at] = (first, count - 1)
            return 1
    return 0


def _first_come(pool: list[Run], size: int) -> list[Piece]:
    pieces: list[Piece] = []
    for run in pool:
        count = min(_length(run), size)
        pieces.append((run.first, count))
        size -= count
        if not size:
            break
    return pieces


def _places(pieces: list[Piece]) -> Group:
    return tuple(place for first, count in sorted(pieces) for place in range(first, first + count))


def standing(search: Search) -> Iterator[Group]:
    """Rung 6: the whole party in one area, the nearest; then wherever there is room to stand."""
    areas = _areas(search)
    for area in areas:
        yield from _parties(search, _standing_places(search, area))
    yield from _parties(search, (place for area in areas for place in _standing_places(search, area)))


def _parties(search: Search, free: Iterable[int]) -> Iterator[Group]:
    places = iter(free)
    while len(group := tuple(islice(places, search.wanted.size))) == search.wanted.size:
        yield search.take(group)


def _areas(search: Search) -> list[AreaSpan]:
    areas = [area for area in search.plan.areas if search.allows(area.section, area.tier)]
    return sorted(areas, key=lambda area: area.distance)


def _standing_places(search: Search, area: AreaSpan) -> Iterator[int]:
    """Free places of the area, those from the caller's own starting point first."""
    begin = area.first + search.spread % (area.end - area.first)
    for start, end in ((begin, area.end), (area.first, begin)):
        place = search.live.find(FREE, start, end)
        while place >= 0:
            yield place
            place = search.live.find(FREE, place + 1, end)


def any_place(search: Search) -> bool:
    """Whether a seat that may be given, or a standing place, is left."""
    standing_places = (place for area in _areas(search) for place in _standing_places(search, area))
    return bool(_gather(search, 1, 1)) or next(standing_places, None) is not None


def whatever_is_left(search: Search) -> Iterator[Group]:
    """Rung 7: ordinary seats and standing places as far as they go, then companions' seats, then wheelchairs'."""
    search.admit(EVERY_KIND)
    yield from _parties(search, ranked(search, (ORDINARY, None, COMPANION, ACCESSIBLE)))


def ranked(search: Search, kinds: tuple[int | None, ...]) -> list[int]:
    """All that is free, kind after kind (None stands for standing places), the nearest first."""
    plan = search.plan
    seats = [place for row in search.rows_with(1) for run in search.runs(row, 1) for place in range(run.first, run.end)]
    seats.sort(key=plan.distances.__getitem__)
    found: list[int] = []
    for kind in kinds:
        if kind is None:
            found.extend(place for area in _areas(search) for place in _standing_places(search, area))
        else:
            found.extend(place for place in seats if plan.kinds[place] == kind)
    return found
