"""The picture of a showtime: however it is brought from one version to the next, it is the same picture."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from internal.broadcaster.domain import Mirror, updates
from proto.live import LiveSeats
from proto.sockets import SeatsChanged

PLACES = [f"A{at}" for at in range(12)]
LISTS = ("held", "released", "sold", "blocked")
maps = st.lists(st.sampled_from(".hcsb"), min_size=len(PLACES), max_size=len(PLACES)).map("".join)


def mirror(states: str, version: int) -> Mirror:
    return Mirror.of_map("showtime_1", version, "hall", PLACES, states.encode())


def applied(taken: dict[str, str], changed: SeatsChanged) -> dict[str, str]:
    """As a reader applies it."""
    after = {seat: word for seat, word in taken.items() if seat not in changed.released}
    return after | {seat: word for word in ("held", "sold", "blocked") for seat in getattr(changed, word)}


def picture(before: str, after: str, first: int, last: int, more: str) -> LiveSeats:
    """What inventory tells: the seats that changed, and perhaps some that only seem to have."""
    lists: dict[str, list[str]] = {name: [] for name in LISTS}
    named = {".": "released", "h": "held", "c": "held", "s": "sold", "b": "blocked"}
    for place, old, new, also in zip(PLACES, before, after, more, strict=True):
        if old != new or also == "h":
            lists[named[new]].append(place)
    return LiveSeats(showtime_id="showtime_1", version=last, from_version=first, **lists)


@given(st.lists(maps, min_size=2, max_size=6), maps)
def test_following_pictures_leads_to_the_map(states: list[str], more: str) -> None:
    """Every version's picture is the map's own, and readers who apply the changes have it too."""
    ours = mirror(states[0], 1)
    theirs = dict(ours.taken)
    for version, (before, after) in enumerate(pairwise(states), 2):
        changed = ours.follow(picture(before, after, version - 1, version, more))
        theirs = applied(theirs, changed)
        assert ours.taken == theirs == mirror(after, version).taken
        assert (changed.from_version, changed.version, ours.version) == (version - 1, version, version)


@given(maps, maps)
def test_what_was_missed_is_told_as_the_difference(before: str, after: str) -> None:
    """A map that was read again makes one change, which names only the seats that differ."""
    ours = mirror(before, 1)
    theirs = dict(ours.taken)
    changed = ours.become(mirror(after, 9))
    assert applied(theirs, changed) == ours.taken == mirror(after, 9).taken
    named = [seat for name in LISTS for seat in getattr(changed, name)]
    assert len(named) == len(set(named))
    assert all(theirs.get(seat) != ours.taken.get(seat) for seat in named)


@given(maps)
def test_a_snapshot_is_the_whole_picture(states: str) -> None:
    """Each seat that is not free is in one of its lists; one that is being paid for is held."""
    shown = mirror(states, 3).snapshot()
    by_seat = {seat: word for word in ("held", "sold", "blocked") for seat in getattr(shown, word)}
    words = {"h": "held", "c": "held", "s": "sold", "b": "blocked"}
    assert by_seat == {place: words[state] for place, state in zip(PLACES, states, strict=True) if state != "."}


@given(maps, maps)
def test_readers_of_an_event_get_each_seat_by_itself(before: str, after: str) -> None:
    """As many updates as seats changed, each with its state now."""
    ours = mirror(before, 1)
    old = deepcopy(ours.taken)
    told = {one.seat_number: one.status for one in updates("event_1", ours.become(mirror(after, 2)), datetime.now(UTC))}
    assert told == {
        place: ours.taken.get(place, "available") for place in PLACES if old.get(place) != ours.taken.get(place)
    }
