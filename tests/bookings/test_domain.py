"""What becomes of a booking with each answer, in every order of answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from internal.bookings.domain import (
    Status,
    Work,
    checkout_id_of,
    failed,
    given_up,
    held,
    is_final,
    may_be_of_booking,
    set_aside,
    standing,
)
from internal.platform.ids import is_id, new_id
from proto.checkout import CheckoutFacts, CheckoutStatus

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_STATUSES: list[CheckoutStatus] = ["running", "requires_action", "completed", "failed"]


def accepted() -> Work:
    return Work(
        id=new_id("booking"),
        user_id="user",
        event_id="event",
        showtime_id="showtime",
        seat_id="A-1",
        status=Status.ACCEPTED,
        checkout_id="checkout",
        created_at=NOW,
        updated_at=NOW,
        provider="",
        method={"card": "4242"},
        buyer_name="",
        buyer_email="",
        return_url="",
        headers={},
        due_at=NOW,
    )


def facts(status: CheckoutStatus) -> CheckoutFacts:
    return CheckoutFacts(
        checkout_id="checkout",
        order_id="order",
        user_id="user",
        hold_id="hold",
        status=status,
        action_url="https://bank" if status == "requires_action" else None,
        code="declined" if status == "failed" else "",
    )


@given(st.lists(st.sampled_from(_STATUSES), min_size=1, max_size=6))
def test_a_booking_is_as_its_checkout_stands(answers: list[CheckoutStatus]) -> None:
    """The last answer counts; the address of the bank is shown only while the buyer is to go there."""
    work = held(accepted(), "hold", NOW)
    for status in answers:
        work = standing(work, facts(status), NOW, 1.0)
        assert (work.action_url is not None) == (work.status is Status.REQUIRES_ACTION)
        assert (work.status is Status.FAILED) == (status == "failed")
        if is_final(work.status):
            assert work.method == {}
            return
        assert work.order_id == "order"


@given(st.floats(0, 20), st.floats(0, 20))
def test_a_stuck_booking_keeps_its_place_only_so_long(first: float, later: float) -> None:
    """From its first try on, not from its arrival."""
    once = set_aside(accepted(), NOW + timedelta(seconds=first), again_after=0.5, stuck_after=5.0)
    assert not once.aside
    again = set_aside(once, NOW + timedelta(seconds=first + later), again_after=0.5, stuck_after=5.0)
    waited = timedelta(seconds=first + later) - timedelta(seconds=first)
    assert again.aside == (waited >= timedelta(seconds=5))
    assert again.status is Status.ACCEPTED


def test_an_outage_never_costs_the_place() -> None:
    """Nobody behind it would be served either."""
    assert not set_aside(accepted(), NOW + timedelta(hours=1), again_after=0.5, stuck_after=None).aside


def test_what_waited_too_long_fails_with_its_reason() -> None:
    """An accepted booking ends."""
    work = accepted()
    assert given_up(work, NOW + timedelta(seconds=899), 900) is None
    over = given_up(work, NOW + timedelta(seconds=900), 900)
    assert over is not None
    assert (over.status, over.code, over.method) == (Status.FAILED, "booking_timed_out", {})


def test_how_it_was_to_be_paid_is_forgotten_at_its_end() -> None:
    """Nothing of a card outlives the booking's need of it."""
    assert failed(accepted(), "seat_taken", "", NOW).method == {}


def test_a_checkouts_id_is_made_of_the_bookings() -> None:
    """The same each time, another for another, and of the form of an id."""
    one, other = new_id("booking"), new_id("booking")
    assert checkout_id_of(one) == checkout_id_of(one) != checkout_id_of(other)
    assert is_id("checkout", checkout_id_of(one))


def test_another_ones_checkout_is_told_apart_without_a_look() -> None:
    """The end of a booking's checkout is taken up; that of a checkout which a buyer began is not."""
    assert may_be_of_booking(checkout_id_of(new_id("booking")))
    assert not may_be_of_booking(new_id("checkout"))


def test_who_was_set_aside_does_not_come_back_before_others() -> None:
    """They have moved up: an outage, in which nobody is set aside, does not put it back into the line."""
    aside = set_aside(accepted(), NOW, again_after=1, stuck_after=0)
    assert aside.aside
    assert set_aside(aside, NOW, again_after=1, stuck_after=None).aside
