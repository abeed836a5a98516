"""Who may pass a door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from internal.orders.admission import (
    Doors,
    Hours,
    Pass,
    Reason,
    Ticket,
    Way,
    barred,
    counted,
    earlier_of,
    is_inside,
)

START = datetime(2026, 11, 21, 20, tzinfo=UTC)
HOURS = Hours(timedelta(hours=2), timedelta(hours=6))
DOORS = Doors(
    showtime_id="showtime_1",
    event_id="event_1",
    organization_id="org_1",
    event_name="Tosca",
    starts_at=START,
    time_zone="UTC",
    canceled=False,
)
TICKET = Ticket(
    id="ticket_1",
    order_id="order_1",
    user_id="user_1",
    organization_id="org_1",
    showtime_id="showtime_1",
    seat_id="A1",
    tier="Stalls",
    section="Hall",
    row_label="A",
    number="1",
    holder="",
    serial=2,
    kid="0a1b2c3d",
    code="",
    revoked_by=None,
    inside=False,
    entered_at=None,
    order_status="completed",
)
WAYS: st.SearchStrategy[Way] = st.sampled_from(["entry", "exit"])
PASSES = st.lists(st.tuples(WAYS, st.integers(0, 50)), max_size=25).map(
    lambda given: [
        Pass(id=f"checkin_{at:04}", type=way, at=START + timedelta(minutes=minute), gate="North")
        for at, (way, minute) in enumerate(given)
    ]
)


@given(PASSES)
def test_entries_and_exits_that_count_take_turns(passes: list[Pass]) -> None:
    """Nobody comes in twice without going out, or goes out without having come in."""
    right = [one.type for one in counted(passes) if one.standing == "counted"]
    assert right[:1] in ([], ["entry"])
    assert all(one != other for one, other in pairwise(right))
    assert is_inside(counted(passes)) == (right[-1:] == ["entry"])


@given(PASSES, st.randoms(use_true_random=False))
def test_it_does_not_matter_when_we_hear_of_a_pass(passes: list[Pass], random: Any) -> None:
    """Scanners may upload in any order, and in any number of batches: what counts is the same in the end."""
    heard: list[Pass] = []
    for one in random.sample(passes, len(passes)):
        heard = counted([*heard, one])
    assert heard == counted(passes)


@given(PASSES)
def test_of_two_entries_the_earlier_one_counts(passes: list[Pass]) -> None:
    """The first entry of all counts whatever came later; each conflict names what counts instead of it."""
    ruled = counted(passes)
    entries = [one for one in ruled if one.type == "entry"]
    if entries:
        assert entries[0].standing == "counted"
    for one in ruled:
        other = earlier_of(ruled, one)
        if one.standing == "conflict" and one.type == "entry":
            assert other is not None
            assert (other.type, other.standing) == ("entry", "counted")
        elif one.standing == "conflict":
            assert other is None or other.type == "exit"


@pytest.mark.parametrize(
    ("changes", "serial", "way", "minutes", "reason"),
    [
        ({}, 2, "entry", 0, None),
        ({}, 2, "entry", -120, None),
        ({}, 2, "entry", -121, "invalid_time"),
        ({}, 2, "entry", 360, None),
        ({}, 2, "entry", 361, "invalid_time"),
        ({}, 1, "entry", 0, "revoked"),
        ({}, 3, "entry", 0, "revoked"),
        ({"revoked_by": "refund_1"}, 2, "entry", 0, "revoked"),
        ({"order_status": "pending"}, 2, "entry", 0, "unpaid"),
        ({"order_status": "canceled"}, 2, "entry", 0, "canceled"),
        ({"order_status": "partially_refunded"}, 2, "entry", 0, None),
        ({"revoked_by": "refund_1"}, 2, "exit", 999, None),
        ({}, 1, "exit", 0, "revoked"),
    ],
)
def test_what_bars_a_code(changes: dict[str, Any], serial: int, way: Way, minutes: int, reason: Reason | None) -> None:
    """Each for its reason; who is inside may always leave, but not with a code that was replaced."""
    ticket = msgspec.structs.replace(TICKET, **changes)
    assert barred(ticket, DOORS, serial, way, START + timedelta(minutes=minutes), HOURS) == reason


def test_a_canceled_showtime_lets_nobody_in() -> None:
    doors = msgspec.structs.replace(DOORS, canceled=True)
    assert barred(TICKET, doors, 2, "entry", START, HOURS) == "canceled"
    assert barred(TICKET, doors, 2, "exit", START, HOURS) is None


class Bearer(RuleBasedStateMachine):
    """One ticket at an online door, in any order of entry, exit, refund, its failure, and a code issued anew."""

    def __init__(self) -> None:
        super().__init__()
        self.ticket, self.serial = TICKET, TICKET.serial
        self.passes: list[Pass] = []
        self.inside = False
        self.at = START

    def show(self, way: Way) -> bool:
        self.at += timedelta(seconds=1)
        if barred(self.ticket, DOORS, self.serial, way, self.at, HOURS) is not None:
            return False
        new = Pass(id=f"checkin_{len(self.passes):04}", type=way, at=self.at, gate="North")
        ruled = counted([*self.passes, new])
        if ruled[-1].standing == "conflict":
            return False
        self.passes = ruled
        return True

    @property
    def good(self) -> bool:
        return self.ticket.revoked_by is None and self.serial == self.ticket.serial

    @rule()
    def enter(self) -> None:
        assert self.show("entry") == (self.good and not self.inside)
        self.inside = self.inside or self.good

    @rule()
    def leave(self) -> None:
        may = self.inside and self.serial == self.ticket.serial
        assert self.show("exit") == may
        self.inside = self.inside and not may

    @rule(by=st.sampled_from([None, "refund_1"]))
    def refund(self, by: str | None) -> None:
        self.ticket = msgspec.structs.replace(self.ticket, revoked_by=by)

    @rule()
    def reissue(self) -> None:
        self.ticket = msgspec.structs.replace(self.ticket, serial=self.ticket.serial + 1)

    @rule()
    def print_again(self) -> None:
        self.serial = self.ticket.serial

    @invariant()
    def whoever_came_in_is_inside(self) -> None:
        assert is_inside(self.passes) == self.inside


TestBearer = Bearer.TestCase
