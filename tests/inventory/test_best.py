"""The best seats, against what trying every choice finds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internal.inventory.best import FREE, Group, Wanted, choose
from internal.inventory.plan import ACCESSIBLE, COMPANION, ORDINARY, Plan, SeatRow, StandingArea
from internal.inventory.search import Run, Search
from tests.inventory.halls import arena, hall, halls, row

wanteds = st.builds(
    Wanted,
    size=st.integers(1, 7),
    tiers=st.sampled_from([None, frozenset("A"), frozenset("B"), frozenset("AB")]),
    sections=st.sampled_from([None, frozenset({"s0"}), frozenset({"s1", "floor"})]),
)


def allowed(plan: Plan, states: bytes, wanted: Wanted) -> list[int]:
    """The free places where the party may be put, whatever their kind."""
    spans = [(row.first, row.end, row.section) for row in plan.rows]
    spans += [(area.first, area.end, area.section) for area in plan.areas]
    tiers = [*plan.tiers, *(area.tier for area in plan.areas for _ in range(area.first, area.end))]
    return [
        place
        for first, end, section in spans
        for place in range(first, end)
        if states[place] == FREE
        and (wanted.sections is None or section in wanted.sections)
        and (wanted.tiers is None or tiers[place] in wanted.tiers)
    ]


def stranded(plan: Plan, states: bytes, group: Group) -> int:
    """How many seats beside the group are left single by taking it."""
    left = bytearray(states)
    for place in group:
        left[place] = 0
    return sum(_singles(plan, left)[place] and not _singles(plan, states)[place] for place in range(plan.seats))


def _singles(plan: Plan, states: bytes | bytearray) -> list[bool]:
    single = [False] * plan.seats
    for first, end, *_ in plan.rows:
        for place in range(first, end):
            beside = [other for other in (place - 1, place + 1) if first <= other < end and states[other] == FREE]
            single[place] = states[place] == FREE and not beside
    return single


def in_one_row(plan: Plan, states: bytes, wanted: Wanted) -> list[Group]:
    """Every choice of ordinary seats side by side."""
    may = set(allowed(plan, states, wanted))
    return [
        tuple(range(start, start + wanted.size))
        for first, end, *_ in plan.rows
        for start in range(first, end - wanted.size + 1)
        if all(place in may and plan.kinds[place] == ORDINARY for place in range(start, start + wanted.size))
    ]


def row_of(plan: Plan, place: int) -> int:
    return next(number for number, span in enumerate(plan.rows) if span.first <= place < span.end)


def alone(plan: Plan, group: Group) -> int:
    """How many of the group have nobody of it beside them."""
    return sum(
        not any(other in group and row_of(plan, other) == row_of(plan, place) for other in (place - 1, place + 1))
        for place in group
    )


@given(halls(), wanteds)
def test_every_group_is_free_distinct_allowed_and_of_the_size_asked_for(
    made: tuple[Plan, bytes], wanted: Wanted
) -> None:
    """Groups hold exactly so many places, all free and allowed, and no two groups share one."""
    plan, states = made
    groups = choose(plan, states, wanted)
    may = set(allowed(plan, states, wanted))
    given = [place for group in groups for place in group]
    assert all(len(group) == wanted.size for group in groups)
    assert len(set(given)) == len(given)
    assert may.issuperset(given)


@given(halls(), wanteds)
def test_a_party_is_refused_only_when_the_places_are_not_there(made: tuple[Plan, bytes], wanted: Wanted) -> None:
    """There is a group if and only if so many allowed places are free."""
    plan, states = made
    assert bool(choose(plan, states, wanted)) == (len(allowed(plan, states, wanted)) >= wanted.size)


@settings(max_examples=300)
@given(halls(), wanteds)
def test_the_first_group_is_the_nearest_that_strands_fewest(made: tuple[Plan, bytes], wanted: Wanted) -> None:
    """If some row can seat the party, it gets the nearest choice that strands no seat, else the nearest of all."""
    plan, states = made
    choices = in_one_row(plan, states, wanted)
    if not choices:
        return
    group = choose(plan, states, wanted)[0]

    def rank(choice: Group) -> tuple[int, float]:
        return stranded(plan, states, choice), round(sum(plan.distances[place] for place in choice), 6)

    assert group in choices
    assert rank(group) == min(map(rank, choices))


@settings(max_examples=300)
@given(halls(kinds=False, areas=False), st.integers(1, 7))
def test_each_group_is_what_the_chooser_would_say_if_those_before_were_gone(
    made: tuple[Plan, bytes], size: int
) -> None:
    """As long as rows seat the party, the list is what asking again and again would give."""
    plan, states = made
    now = bytearray(states)
    for group in choose(plan, states, Wanted(size)):
        if not in_one_row(plan, bytes(now), Wanted(size)):
            break
        assert choose(plan, bytes(now), Wanted(size), most=1) == [group]
        for place in group:
            now[place] = 0


@settings(max_examples=300)
@given(halls(kinds=False, areas=False), st.integers(2, 6))
def test_nobody_sits_alone_if_that_can_be_avoided(made: tuple[Plan, bytes], size: int) -> None:
    """Where trying all choices finds one with nobody alone, nobody is."""
    plan, states = made
    free = allowed(plan, states, Wanted(size))[:14]  # so that trying all stays quick
    states = bytes(FREE if place in free else 0 for place in range(plan.size))
    if len(free) < size:
        return
    fewest = min(alone(plan, group) for group in combinations(free, size))
    group = choose(plan, states, Wanted(size))[0]
    assert bool(alone(plan, group)) == bool(fewest)


@given(halls(), st.integers(1, 5))
def test_accessible_seats_are_not_given_while_others_remain(made: tuple[Plan, bytes], size: int) -> None:
    """Who did not ask gets a seat for wheelchairs or companions only when every other place is used."""
    plan, states = made
    others = [p for p in allowed(plan, states, Wanted(size)) if p >= plan.seats or plan.kinds[p] == ORDINARY]
    for group in choose(plan, states, Wanted(size), most=1):
        special = [place for place in group if place < plan.seats and plan.kinds[place] != ORDINARY]
        assert not special or (len(others) < size and len(special) == size - len(others))


@given(halls(), st.integers(1, 4), st.integers(1, 4))
def test_a_wheelchair_party_gets_its_places_or_is_refused(made: tuple[Plan, bytes], size: int, need: int) -> None:
    """Each group has at least as many accessible seats as were asked for; refused only if there are too few."""
    plan, states = made
    wanted = Wanted(size, accessible=min(size, need))
    groups = choose(plan, states, wanted)
    free = allowed(plan, states, wanted)
    accessible = [place for place in free if place < plan.seats and plan.kinds[place] == ACCESSIBLE]
    for group in groups:
        assert len(set(group)) == size
        assert set(group) <= set(free)
        assert sum(place in accessible for place in group) >= wanted.accessible
    assert bool(groups) == (len(accessible) >= wanted.accessible and len(free) >= size)


def test_a_wheelchair_comes_with_its_companion() -> None:
    """One accessible seat and the companion's seat beside it, though others are nearer the stage."""
    kinds = bytes([ACCESSIBLE, COMPANION, *[ORDINARY] * 6, COMPANION, ACCESSIBLE])
    plan = Plan([row(10, y=10.0), row(10, y=11.0, kinds=kinds)], (), (0.0, 0.0))
    assert choose(plan, b"." * 20, Wanted(2, accessible=1), most=2) == [(10, 11), (18, 19)]


def test_a_whole_row_is_filled_from_its_middle() -> None:
    """In an empty row the party sits in the middle."""
    assert choose(hall(9), b"." * 9, Wanted(3), most=1) == [(3, 4, 5)]


def test_a_single_seat_is_left_only_when_nothing_else_is_possible() -> None:
    """Two of three: one seat is stranded either way, so it is allowed; with a pair elsewhere, the pair is taken."""
    assert choose(hall(3), b"...", Wanted(2), most=1) == [(0, 1)]
    assert choose(hall(3, 2), b".....", Wanted(2), most=1) == [(3, 4)]


def test_a_party_that_no_row_seats_sits_in_adjacent_rows() -> None:
    """Four in two pairs, one behind the other."""
    assert choose(hall(4, 4, 4), b"x..xx..xxxxx", Wanted(4), most=1) == [(1, 2, 5, 6)]


def test_standing_comes_after_seats_and_begins_where_the_caller_says() -> None:
    """With the seats gone, the party stands, from the place drawn on."""
    plan = hall(2, areas=(StandingArea("floor", "T", 10, 0.0, 5.0),))
    assert choose(plan, b"." * 12, Wanted(2), most=1, spread=7) == [(0, 1)]
    assert choose(plan, b"xx" + b"." * 10, Wanted(2), most=2, spread=7) == [(9, 10), (11, 2)]


def test_a_hall_may_be_all_standing_or_all_wheelchairs() -> None:
    """Where there is nothing else, that is what is given."""
    standing = Plan([], [StandingArea("floor", "T", 4, 0.0, 0.0)], (0.0, 0.0))
    assert choose(standing, b"....", Wanted(2)) == [(0, 1), (2, 3)]
    wheels = Plan([row(4, y=10.0, kinds=bytes([ACCESSIBLE] * 4))], (), (0.0, 0.0))
    assert choose(wheels, b"....", Wanted(2)) == choose(wheels, b"....", Wanted(2, accessible=2)) == [(0, 1), (2, 3)]


def test_nothing_is_chosen_for_an_impossible_party() -> None:
    """No party, a negative one, one larger than the hall, more wheelchairs than people: no group."""
    for wanted in (Wanted(0), Wanted(-1), Wanted(4), Wanted(1, accessible=2)):
        assert choose(hall(3), b"...", wanted) == []


def test_an_arena_of_fifty_thousand_looks_only_at_the_rows_near_the_stage() -> None:
    """The search of an empty arena reads a handful of its 2,000 rows: that is why it takes no 3 ms."""
    plan = arena()
    plan.windows(4)
    asked: list[int] = []
    masks = plan.masks(None, None, frozenset({ORDINARY}))

    class Counting(list[int]):
        def __getitem__(self, at: int) -> int:  # type: ignore[override]  # never asked for a slice
            asked.append(at)
            return super().__getitem__(at)

    key = (None, None, frozenset({ORDINARY}))
    plan._masks[key] = Counting(masks)
    assert len(choose(plan, b"." * plan.size, Wanted(4))) == 32
    assert len(set(asked)) < 100


def test_a_wheelchair_party_does_not_read_the_hall_over_and_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """However scattered its places are, each row is read a few times at most: that is what keeps it under 4 ms."""
    plan = arena()
    kinds = bytes(ACCESSIBLE if place % 37 == 0 else ORDINARY for place in range(plan.size))
    rows = [
        SeatRow("s", ["T"] * 25, plan.xs[row.first : row.end], plan.ys[row.first : row.end], kinds[row.first : row.end])
        for row in plan.rows
    ]
    read: list[int] = []
    runs = Search.runs

    def counted(search: Search, row: int, least: int) -> Iterator[Run]:
        read.append(row)
        return runs(search, row, least)

    monkeypatch.setattr(Search, "runs", counted)
    assert choose(Plan(rows, (), (0.0, 0.0)), b"." * plan.size, Wanted(3, accessible=3))
    assert len(read) < 3 * len(rows)


def test_rows_of_two_tiers_are_told_apart() -> None:
    """In a row of two tiers only the seats of the tier asked for are given."""
    mixed = SeatRow("s", ["A", "A", "A", "B", "B", "B"], [0, 1, 2, 3, 4, 5], [10.0] * 6, bytes(6))
    plan = Plan([mixed], (), (3.0, 0.0))
    assert choose(plan, b"......", Wanted(2, tiers=frozenset("A"))) == [(0, 1)]
    assert choose(plan, b"......", Wanted(3, tiers=frozenset("B"))) == [(3, 4, 5)]
