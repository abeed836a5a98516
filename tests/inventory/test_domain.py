"""What the inventory decides by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internal.inventory.domain import (
    STATES,
    SeatState,
    after_facts,
    difference,
    hold_of,
    new_hold_id,
    outcome,
    shard_of_hold,
    wanted,
)
from internal.inventory.faults import HoldEnded, NotOnSale, SeatTaken, TooManySeats, UnknownSeat
from internal.platform.faults import Fault, Kind, Limited, Malformed
from proto import Event
from proto.inventory import ClaimCreated, ClaimReleased, HoldCreated, HoldExpired, HoldRefreshed, HoldReleased

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def created(hold: str, *seats: str, expires: datetime = LATER, showtime: str = "showtime_1") -> HoldCreated:
    return HoldCreated(hold_id=hold, user_id="user_1", showtime_id=showtime, seat_ids=list(seats), expires_at=expires)


def claimed(hold: str, order: str) -> ClaimCreated:
    return ClaimCreated(showtime_id="showtime_1", seat_ids=["A1"], order_id=order, hold_id=hold, user_id="user_1")


def dropped(order: str) -> ClaimReleased:
    return ClaimReleased(showtime_id="showtime_1", seat_ids=["A1"], order_id=order)


def released(hold: str, *seats: str) -> HoldReleased:
    return HoldReleased(hold_id=hold, showtime_id="showtime_1", seat_ids=list(seats))


def refreshed(hold: str, expires: datetime) -> HoldRefreshed:
    return HoldRefreshed(hold_id=hold, showtime_id="showtime_1", expires_at=expires)


def alive(*facts: Event) -> dict[str, tuple[str, ...]]:
    found = after_facts(facts, NOW)
    return {hold.hold_id: hold.seat_ids for holds in found.values() for hold in holds}


@given(st.integers(0, 63))
def test_a_holds_id_says_its_shard(shard: int) -> None:
    """A new hold's id leads back to the shard that it was made for."""
    assert shard_of_hold(new_hold_id(shard)) == shard


@given(st.text(max_size=60))
def test_an_id_that_is_not_ours_is_a_hold_that_is_over(text: str) -> None:
    """Whatever is asked for as a hold, the answer is a shard of ours or that the hold is over."""
    try:
        assert 0 <= shard_of_hold(text) < 64
    except HoldEnded:
        return


@given(st.lists(st.text("AB12", max_size=3), max_size=6), st.integers(1, 5))
def test_wanted_seats_are_some_and_few_and_each_once(seats: list[str], most: int) -> None:
    """What is asked for is given back as it is, or refused for what is wrong with it."""
    if 0 < len(seats) <= most and len(set(seats)) == len(seats):
        assert wanted(seats, most) == seats
    else:
        with pytest.raises(Malformed):
            wanted(seats, most)


class TestAfterFacts:
    def test_a_hold_is_alive_with_all_its_seats(self) -> None:
        """A hold that was made and nothing more lives on."""
        assert alive(created("a", "A1", "A2")) == {"a": ("A1", "A2")}

    def test_holds_are_found_by_showtime(self) -> None:
        """Each showtime is told of its own holds."""
        found = after_facts([created("a", "A1"), created("b", "A1", showtime="showtime_2")], NOW)
        assert {showtime: [hold.hold_id for hold in holds] for showtime, holds in found.items()} == {
            "showtime_1": ["a"],
            "showtime_2": ["b"],
        }

    def test_time_decides_even_where_no_expiry_was_told(self) -> None:
        """A hold whose moment has passed is not brought back."""
        assert alive(created("a", "A1", expires=NOW)) == {}

    def test_a_refreshed_hold_lives_longer_and_has_spent_a_refresh(self) -> None:
        """A refresh counts, so that nobody gains refreshes by a Redis that was emptied."""
        found = after_facts([created("a", "A1", expires=NOW), refreshed("a", LATER)], NOW)
        (hold,) = found["showtime_1"]
        assert (hold.expires_ms, hold.refreshed) == (int(LATER.timestamp() * 1000), 1)

    def test_part_of_a_hold_given_back_stays_given_back(self) -> None:
        """What was released does not come back; a hold without seats is none."""
        assert alive(created("a", "A1", "A2"), released("a", "A1")) == {"a": ("A2",)}
        assert alive(created("a", "A1"), released("a", "A1")) == {}

    def test_an_expired_hold_stays_expired(self) -> None:
        """An expiry that was told is believed."""
        assert alive(created("a", "A1"), HoldExpired(hold_id="a", showtime_id="showtime_1", seat_ids=["A1"])) == {}

    def test_a_claimed_hold_is_postgres_matter(self) -> None:
        """A claimed hold is not brought back, even if its claim is told before it."""
        assert alive(created("a", "A1"), claimed("a", "order_1")) == {}
        assert alive(claimed("a", "order_1"), created("a", "A1")) == {}

    def test_a_hold_whose_claim_was_dropped_lives_on(self) -> None:
        """A declined card does not cost the hold; a second order on it does again."""
        facts = [created("a", "A1"), claimed("a", "order_1"), dropped("order_1")]
        assert alive(*facts) == {"a": ("A1",)}
        assert alive(*facts, claimed("a", "order_2")) == {}

    def test_facts_about_unknown_holds_do_nothing(self) -> None:
        """What began before the facts that are read is left alone."""
        assert alive(refreshed("a", LATER), released("a", "A1"), dropped("order_1")) == {}


SEATS = [f"A{n}" for n in range(8)]
INDEX = {seat: at for at, seat in enumerate(SEATS)}
POSTGRES = {"claimed": "c", "sold": "s", "blocked": "b"}


@given(
    states=st.text(".hcsb", min_size=8, max_size=8),
    truth=st.dictionaries(st.sampled_from([*SEATS, "elsewhere"]), st.sampled_from(sorted(POSTGRES))),
)
def test_differences_repaired_leave_none(states: str, truth: dict[str, str]) -> None:
    """Repairing what differs makes the map what Postgres says, and touches no hold that it has nothing against."""
    wrong = difference(INDEX, states.encode(), truth)
    repaired = dict(zip(SEATS, states, strict=True)) | {seat: state.value for seat, state in wrong.items()}
    for seat, at in INDEX.items():
        if seat in truth:
            assert repaired[seat] == POSTGRES[truth[seat]]
        else:
            assert repaired[seat] == (states[at] if states[at] in ".h" else ".")
            assert (seat in wrong) == (states[at] in "csb")
    assert all(state in {*STATES.values(), SeatState.FREE} for state in wrong.values())


@pytest.mark.parametrize(
    ("reply", "fault", "extra"),
    [
        (b"taken|A1,A2", SeatTaken, {"seatIds": ["A1", "A2"]}),
        (b"unknown|Z9", UnknownSeat, {"seatId": "Z9"}),
        (b"limit|4", TooManySeats, {"limit": 4}),
        (b"rate|1", Limited, {"retryAfter": 1}),
        (b"rate|1001", Limited, {"retryAfter": 2}),
        (b"over", NotOnSale, {}),
        (b"gone", HoldEnded, {}),
    ],
)
def test_bad_news_is_a_fault(reply: bytes, fault: type[Fault], extra: dict[str, Any]) -> None:
    """Each refusal of a script is the fault that says the same, with what a program wants to know of it."""
    with pytest.raises(fault) as raised:
        outcome(reply)
    assert raised.value.extra == extra
    assert raised.value.kind is not Kind.INTERNAL


def test_good_news_is_a_hold() -> None:
    """A script's yes is read as the hold it made."""
    hold = hold_of(outcome(b"ok|1777593600000|7|A1,A2"), "hold_1", "showtime_1")
    assert (hold.seat_ids, hold.version, hold.expires_at) == (["A1", "A2"], 7, NOW)
