"""What may become of an order, whatever is asked of it in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from internal.orders import domain
from internal.orders.domain import Order, OrderItem, Refund
from internal.orders.faults import (
    NothingHeld,
    NothingLeftToRefund,
    OrderIdTaken,
    SeatAlreadyRefunded,
    SeatNotInOrder,
    SeatWithoutPrice,
    ShowtimeCalledOff,
)
from internal.platform.faults import Fault
from proto.catalog import Prices, Tier
from proto.inventory import HeldSeat, HoldFacts
from proto.orders import CreateOrder

NOW = datetime(2027, 1, 1, tzinfo=UTC)
PRICES = Prices(
    showtime_id="showtime_1",
    event_id="event_1",
    organization_id="org_1",
    event_name="Tosca",
    starts_at=NOW + timedelta(days=10),
    time_zone="UTC",
    status="published",
    currency="TRY",
    tiers=[Tier(tier_id="tier_1", name="Stalls", price=100), Tier(tier_id="tier_2", name="Balcony", price=0)],
)
COMMAND = CreateOrder(order_id="order_1", saga_id="saga_1", user_id="user_1", hold_id="hold_1")
SEATS = ["A1", "A2", "A3", "A4", "A5"]
FINAL = {"canceled", "refunded"}


def held(*tiers: str) -> HoldFacts:
    return HoldFacts(
        hold_id="hold_1",
        user_id="user_1",
        showtime_id="showtime_1",
        seats=[HeldSeat(seat_id=f"A{at}", tier=tier, section="Hall") for at, tier in enumerate(tiers, 1)],
        held_at=NOW,
        expires_at=NOW,
    )


def order(prices: list[int]) -> Order:
    new = domain.placed(COMMAND, held("Stalls"), PRICES, NOW)
    items = [
        OrderItem(seat_id=seat, tier="Stalls", price=price, section="Hall")
        for seat, price in zip(SEATS, prices, strict=False)
    ]
    return msgspec.structs.replace(new, items=items, total=sum(prices))


@given(st.lists(st.sampled_from(["Stalls", "Balcony"]), min_size=1, max_size=20))
def test_an_order_costs_what_its_seats_cost(tiers: list[str]) -> None:
    """The total is the sum of the tiers' prices, and nothing of it has moved yet."""
    new = domain.placed(COMMAND, held(*tiers), PRICES, NOW)
    assert new.total == 100 * tiers.count("Stalls")
    assert [item.tier for item in new.items] == tiers
    assert (new.status, new.refunded, new.payment_id) == ("pending", 0, None)


def test_what_has_no_price_is_not_sold() -> None:
    """Nor what is not held, nor a seat of a showtime called off."""
    with pytest.raises(SeatWithoutPrice):
        domain.placed(COMMAND, held("Stalls", "Gods"), PRICES, NOW)
    with pytest.raises(NothingHeld):
        domain.placed(COMMAND, held(), PRICES, NOW)
    with pytest.raises(ShowtimeCalledOff):
        domain.placed(COMMAND, held("Stalls"), msgspec.structs.replace(PRICES, status="canceled"), NOW)


@pytest.mark.parametrize("field", ["saga_id", "user_id", "hold_id"])
def test_an_order_belongs_to_one_checkout(field: str) -> None:
    """The same id for another buyer, hold or saga is a mistake."""
    assert domain.is_of(order([1]), COMMAND) == order([1])
    with pytest.raises(OrderIdTaken):
        domain.is_of(order([1]), msgspec.structs.replace(COMMAND, **{field: "other"}))


@given(st.lists(st.sampled_from([*SEATS, "Z9"]), min_size=1), st.sets(st.sampled_from(SEATS)))
def test_a_refund_takes_the_seats_that_are_named_and_are_left(asked: list[str], gone: set[str]) -> None:
    """All of them, each once, or none."""
    paid = domain.completed(order([10, 20, 30, 40, 50]), "pay_1", NOW)
    if gone:
        paid, _ = domain.refunding(paid, "refund_0", sorted(gone), "", "user_1", NOW)
    try:
        after, refund = domain.refunding(paid, "refund_1", asked, "", "user_1", NOW)
    except NothingLeftToRefund:
        assert gone == set(SEATS)
    except SeatNotInOrder:
        assert "Z9" in asked
    except SeatAlreadyRefunded:
        assert gone & set(asked)
    else:
        assert sorted(refund.seat_ids) == sorted(set(asked))
        assert {item.seat_id for item in after.items if item.refund_id == "refund_1"} == set(asked)


@given(st.timedeltas(timedelta(0), timedelta(days=20)), st.integers(0, 200))
def test_a_buyer_asks_until_some_hours_before_the_start(passed: timedelta, hours: int) -> None:
    """To the second."""
    left = PRICES.starts_at - (NOW + passed)
    assert domain.is_in_time(order([1]), hours, NOW + passed) == (left >= timedelta(hours=hours))


class Life(RuleBasedStateMachine):
    """Everything that can be asked of one order, at any time and any number of times."""

    @initialize(prices=st.lists(st.integers(0, 1000), min_size=1, max_size=5))
    def begins(self, prices: list[int]) -> None:
        self.order = order(prices)
        self.refunds: dict[str, Refund] = {}
        self.was = [self.order.status]

    def attempt(self, step: Callable[[], Order]) -> None:
        """The step, done twice: the second time it changes nothing."""
        try:
            self.order = step()
        except Fault:
            return
        if self.order.status != self.was[-1]:
            self.was.append(self.order.status)
        assert step() is self.order

    @rule(payment=st.sampled_from([None, "pay_1", "pay_2"]))
    def complete(self, payment: str | None) -> None:
        self.attempt(lambda: domain.completed(self.order, payment, NOW))

    @rule()
    def cancel(self) -> None:
        self.attempt(lambda: domain.canceled(self.order, "declined", NOW))

    @rule()
    def give_up(self) -> None:
        self.attempt(lambda: domain.stopped_by_buyer(self.order, "changed my mind", NOW))

    @rule()
    def call_off(self) -> None:
        self.attempt(lambda: domain.called_off(self.order, "ill", NOW))

    @rule(seats=st.none() | st.lists(st.sampled_from(SEATS), min_size=1))
    def ask_back(self, seats: list[str] | None) -> None:
        name = f"refund_{len(self.refunds)}"
        try:
            self.order, refund = domain.refunding(self.order, name, seats, "", "user_1", NOW)
        except Fault:
            return
        self.refunds[name] = refund

    @precondition(lambda self: any(one.status == "requested" for one in self.refunds.values()))
    @rule(data=st.data(), good=st.booleans())
    def finish(self, data: st.DataObject, good: bool) -> None:
        under_way = [one for one in self.refunds.values() if one.status == "requested"]
        refund = data.draw(st.sampled_from(under_way))
        if good:
            self.order, done = domain.refund_succeeded(self.order, refund, NOW)
        else:
            self.order, done = domain.refund_failed(self.order, refund, "closed", NOW)
        self.refunds[refund.id] = done
        if self.order.status != self.was[-1]:
            self.was.append(self.order.status)

    @invariant()
    def it_only_goes_forward(self) -> None:
        way = ["pending", "completed", "partially_refunded", "refunded"]
        if self.was[-1] == "canceled":
            assert self.was == ["pending", "canceled"]
        else:
            steps = [way.index(status) for status in self.was]
            assert steps == sorted(set(steps))
            assert "completed" in self.was or self.was == ["pending"]

    @invariant()
    def the_money_adds_up(self) -> None:
        back = [one for one in self.refunds.values() if one.status == "succeeded"]
        assert self.order.refunded == sum(one.amount for one in back)
        assert self.order.refunded == sum(item.price for item in self.order.items if item.refunded)
        under_way = [one for one in self.refunds.values() if one.status == "requested"]
        assert self.order.refunded + sum(one.amount for one in under_way) <= self.order.total

    @invariant()
    def each_seat_has_one_refund_at_most(self) -> None:
        taken = [seat for one in self.refunds.values() if one.status != "failed" for seat in one.seat_ids]
        assert len(taken) == len(set(taken))
        assert {item.seat_id for item in self.order.items if item.refund_id is not None} == set(taken)

    @invariant()
    def what_was_stopped_is_not_completed(self) -> None:
        if self.order.stopped == "buyer":
            assert self.order.status in {"pending", "canceled"}

    @invariant()
    def what_costs_something_was_paid(self) -> None:
        if self.order.status not in {"pending", "canceled"}:
            assert self.order.payment_id is not None or self.order.total == 0
        if self.order.status == "refunded":
            assert all(item.refunded for item in self.order.items)


TestLife = Life.TestCase


@pytest.mark.parametrize(
    ("state", "seats", "found"),
    [
        ("purchased", {"A1", "A2"}, None),
        ("purchased", {"A1"}, "1 of 2 seats purchased"),
        ("claimed", {"A1", "A2"}, "2 of 2 seats claimed"),
        ("unclaimed", set(), "no seats"),
    ],
)
def test_seats_that_differ_are_named(state: str, seats: set[str], found: str | None) -> None:
    """Only a claim that became sold seats, all of them, is as the order."""
    differs = domain.seats_differ(domain.completed(order([10, 20]), "pay_1", NOW), state, seats)
    assert (differs and (differs.found, differs.expected)) == (found and (found, "2 purchased"))


@pytest.mark.parametrize(("kept", "found"), [(30, None), (0, "0 TRY kept"), (60, "60 TRY kept")])
def test_money_that_differs_is_named(kept: int, found: str | None) -> None:
    """Too little, and too much."""
    differs = domain.money_differs(domain.completed(order([10, 20]), "pay_1", NOW), kept)
    assert (differs and (differs.found, differs.expected)) == (found and (found, "30 TRY"))


def test_a_completed_order_is_withdrawn_by_its_own_checkout_alone() -> None:
    """Not before it is completed, not by another, and not while a refund is under way."""
    paid = domain.completed(order([10, 20]), "pay_1", NOW)
    taken, refund = domain.refunding(paid, "refund_1", ["A1"], "", "user_1", NOW)
    back, _ = domain.refund_succeeded(taken, refund, NOW)
    assert not domain.may_withdraw(order([10]), "saga_1")
    assert domain.may_withdraw(paid, "saga_1")
    assert not domain.may_withdraw(paid, "saga_2")
    assert not domain.may_withdraw(taken, "saga_1")
    assert domain.may_withdraw(back, "saga_1")
