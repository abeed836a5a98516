"""The state machine alone: whatever comes in whatever order, the end is the same."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from internal.payments.domain import (
    FINAL,
    GIVEN_UP,
    REFUND_RETURNED,
    Payment,
    by_hand,
    cancel,
    hear,
    hear_refund,
    lost,
    not_reached,
    refundable,
    rest_refund_id,
    settled,
    to_give_back,
)
from internal.payments.domain import Refund as Back
from internal.payments.providers.interface import Card, Outcome, State

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_ROAD: list[State] = ["missing", "requires_action", "processing", "authorized"]
_ENDS: list[State] = ["succeeded", "declined", "canceled"]
_RANK = {"created": 0, "unknown": 0, "requires_action": 1, "processing": 2, "authorized": 3}


def payment() -> Payment:
    return Payment(
        id="pay_1",
        order_id="order_1",
        saga_id="saga_1",
        user_id="user_1",
        provider="mock",
        amount=5_000,
        currency="EUR",
        status="created",
        created_at=_NOW,
        updated_at=_NOW,
    )


@st.composite
def told(draw: st.DrawFn) -> tuple[State, list[State]]:
    """A provider's story with one end, and its pieces as they arrive: in any order, any number of times."""
    end = draw(st.sampled_from(_ENDS))
    story = [*draw(st.lists(st.sampled_from(_ROAD), max_size=8)), *[end] * draw(st.integers(1, 3))]
    return end, draw(st.permutations(story))


@given(told())
def test_any_order_ends_alike(story: tuple[State, list[State]]) -> None:
    """Webhooks, answers and looks in any order, with duplicates, end in what the provider did."""
    end, pieces = story
    paid = payment()
    for state in pieces:
        paid = hear(paid, Outcome(state=state, reference="ch_1"))
    expected = {"succeeded": "succeeded", "declined": "failed", "canceled": "canceled"}[end]
    assert (paid.status, paid.captured) == (expected, 5_000 if end == "succeeded" else 0)


@given(told(), st.data())
def test_given_up_at_any_moment_keeps_no_money(story: tuple[State, list[State]], data: st.DataObject) -> None:
    """A payment that is given up before its money came: whatever comes after, all of it is to go back."""
    end, pieces = story
    at = data.draw(st.integers(0, len(pieces)))
    paid = payment()
    for number, state in enumerate([*pieces, None]):
        if number == at:
            paid = cancel(paid)
        if state is not None:
            paid = hear(paid, Outcome(state=state))
    first = pieces.index(end)
    assert paid.captured == (5_000 if end == "succeeded" else 0)
    assert to_give_back(paid) == (5_000 if end == "succeeded" and at <= first else 0)


@given(st.lists(st.sampled_from([*_ROAD, *_ENDS, "lost", "cancel", "not_reached"]), max_size=12))
def test_only_forward(steps: list[str]) -> None:
    """No step goes back: not in the road, not from an end, not in the money."""
    paid = payment()
    for step in steps:
        changes = {"lost": lost, "cancel": cancel, "not_reached": not_reached}
        before = paid
        paid = changes[step](paid) if step in changes else hear(paid, Outcome(state=step))  # type: ignore[arg-type]
        assert paid.captured >= before.captured
        if before.status in FINAL:
            assert paid.status == before.status
        elif paid.status not in FINAL:
            assert _RANK[paid.status] >= _RANK[before.status]
        assert paid.captured in (0, paid.amount)
        assert (paid.status == "succeeded") <= (paid.captured == paid.amount)


@given(st.permutations([("succeeded", 1), ("succeeded", 2), ("pending", 3), ("missing", 4)]))
def test_a_refund_ends_once(pieces: list[tuple[State, int]]) -> None:
    """What the provider gave back stays given back, until it says that it came back; from then on a person decides."""
    refund = Back(
        id="refund_1", payment_id="pay_1", order_id="order_1", amount=1, currency="EUR", reason="", status="pending"
    )
    for state, _ in pieces:
        refund = hear_refund(refund, Outcome(state=state))
    assert refund.status == "succeeded"
    back = hear_refund(refund, Outcome(state="declined"))
    for state, _ in [("declined", 0), *pieces]:
        back = hear_refund(back, Outcome(state=state))
        assert (back.status, back.code) == ("pending", REFUND_RETURNED)
    done = by_hand(payment(), msgspec.structs.replace(back, attempts=1), "in cash", "Ada")
    assert done.status == "succeeded"
    assert hear_refund(done, Outcome(state="declined")) is done


def test_what_is_reserved_cannot_be_refunded() -> None:
    """Refunds that are not through count as gone."""
    paid = msgspec.structs.replace(hear(payment(), Outcome(state="succeeded")), refunding=3_000)
    assert refundable(paid) == 2_000
    assert rest_refund_id(paid) == "refund_1"


def test_nothing_of_a_card_but_its_end() -> None:
    """A provider that says more than four digits is not believed to have said them."""
    paid = hear(payment(), Outcome(state="authorized", card=Card("visa", "4242424242424242")))
    assert (paid.brand, paid.last4) == ("visa", "4242")


def test_who_gives_up_asks_until_the_provider_has_too() -> None:
    """A cancelled payment is settled by a void, or by nobody knowing of it for long."""
    given_up = cancel(payment())
    assert given_up.status in GIVEN_UP
    assert not settled(given_up, None)
    assert not settled(given_up, Outcome(state="processing"))
    assert not settled(given_up, Outcome(state="missing"))
    assert settled(given_up, Outcome(state="canceled"))
    assert settled(msgspec.structs.replace(given_up, attempts=9), Outcome(state="missing"))
