"""Each sentence can be broken: one violation is planted in facts that are sound, and found, and nothing else is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from internal.cli.check.command import INVARIANTS
from internal.cli.check.facts import Facts
from internal.cli.check.kinds import (
    Booking,
    Charge,
    Claim,
    Counted,
    DeadLetter,
    Entry,
    GivenBack,
    Hold,
    Item,
    Lag,
    Order,
    OrderRefund,
    Outbox,
    Payment,
    PaymentRefund,
    Reservation,
    Saga,
    Seat,
    Showtime,
    Ticket,
)
from internal.cli.check.tables import TABLES, By
from internal.cli.check.verdict import State, confirmed, judged, judged_by
from proto.reconcile import Difference

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OLD = NOW - timedelta(hours=1)
SHOW = "showtime_1"
DIFFERENT = Difference(thing="showtime_1 seat A-1", found="held in Redis", expected="sold in Postgres")


def sound() -> Facts:
    """Ada bought A-1 and A-2 and gave A-2 back; Bob's card was declined; Cem holds a seat."""
    return Facts(
        now=NOW,
        seats=[Seat(SHOW, "A-1", "sold", "order_a", "user_ada"), Seat(SHOW, "A-9", "blocked")],
        claims=[
            Claim("order_a", "hold_a", SHOW, "user_ada", ["A-1", "A-2"], "purchased", OLD),
            Claim("order_b", "hold_b", SHOW, "user_bob", ["A-3"], "released", OLD),
        ],
        showtimes=[Showtime(SHOW, 4, 10)],
        orders=[
            Order("order_a", "hold_a", "user_ada", SHOW, 300, "TRY", "partially_refunded", 100, OLD),
            Order("order_b", "hold_b", "user_bob", SHOW, 200, "TRY", "canceled", 0, OLD),
        ],
        items=[
            Item("order_a", "A-1", 200, False),
            Item("order_a", "A-2", 100, True),
            Item("order_b", "A-3", 200, False),
        ],
        order_refunds=[OrderRefund("refund_r", "order_a", "succeeded")],
        tickets=[Ticket("t1", "order_a", SHOW, "A-1", True), Ticket("t2", "order_a", SHOW, "A-2", False)],
        payments=[
            Payment("pay_a", "order_a", "user_ada", "mock", "TRY", "succeeded", 300, 100, OLD),
            Payment("pay_b", "order_b", "user_bob", "mock", "TRY", "failed", 0, 0, OLD),
        ],
        payment_refunds=[PaymentRefund("refund_r", "pay_a", "order_a", 100, "succeeded")],
        entries=[
            Entry("capture", "provider:mock", 300, "pay_a"),
            Entry("capture", "order:order_a/sales", -300, "pay_a"),
            Entry("refund", "provider:mock", -100, "pay_a"),
            Entry("refund", "order:order_a/sales", 100, "pay_a"),
        ],
        charges=[Charge("pay_a", "order_a", 300, 100), Charge("pay_b", "order_b", 0, 0)],
        sagas=[
            Saga("checkout_a", "checkout", "user_ada hold_a", "completed", False, OLD, "order_a"),
            Saga("checkout_b", "checkout", "user_bob hold_b", "failed", False, OLD, "order_b"),
        ],
        reservations=[Reservation("r1", "order_a", SHOW, ["A-1", "A-2"])],
        given_back=[GivenBack("order_a", "A-2")],
        bookings=[Booking("booking_1", "completed", OLD)],
        counted=[Counted(SHOW, 1, 1)],
        outboxes=[Outbox("orders", 0, 0.0), Outbox("Redis", 0, 0.0)],
        holds=[Hold("hold_c", SHOW, -60_000)],
    )


def with_more(field: str, *more: Any) -> Callable[[Facts], Facts]:
    return lambda facts: replace(facts, **{field: [*getattr(facts, field), *more]})  # type: ignore[arg-type]


def with_other(field: str, at: int, **changed: Any) -> Callable[[Facts], Facts]:
    def change(facts: Facts) -> Facts:
        rows = list(getattr(facts, field))
        rows[at] = msgspec.structs.replace(rows[at], **changed)
        return replace(facts, **{field: rows})  # type: ignore[arg-type]

    return change


def bought_by(order_id: str) -> Callable[[Facts], Facts]:
    """Ada's seat, by a second order that is completed."""
    order = Order(order_id, "hold_c", "user_cem", SHOW, 200, "TRY", "completed", 0, OLD)
    return lambda facts: with_more("items", Item(order_id, "A-1", 200, False))(with_more("orders", order)(facts))


def without(field: str, at: int) -> Callable[[Facts], Facts]:
    return lambda facts: replace(facts, **{field: [*getattr(facts, field)[:at], *getattr(facts, field)[at + 1 :]]})  # type: ignore[arg-type]


BY_HAND = [Entry("hand", "by-hand", -200, "pay_a"), Entry("hand", "order:order_a/sales", 200, "pay_a")]
SOLD_TWICE = Seat(SHOW, "A-1", "sold", "order_z", "user_zoe")
SAGA = Saga("checkout_z", "checkout", "user_zoe hold_z", "running", False, NOW, "order_z")
LEFT_LYING = msgspec.structs.replace(SAGA, due_at=OLD)
PENDING = Order("order_z", "hold_z", "user_zoe", SHOW, 0, "TRY", "pending", 0, OLD)


def key_of(field: str, row: Any, by: By) -> Any:
    """As `tables` says it in SQL."""
    if by is By.SHOWTIME:
        return row.showtime_id if hasattr(row, "showtime_id") else None
    if by is not By.ORDER:
        return row.hold_id if by is By.HOLD else f"{row.name} {row.subject}"
    if isinstance(row, Entry):
        return row.payment_id.replace("pay_", "order_")
    return getattr(row, "order_id", None) or row.id if field in {"orders", "sagas", "bookings"} else row.order_id


async def sliced(facts: Facts, by: By) -> AsyncIterator[Facts]:
    """One slice for each key, as little at a time as there can be."""
    if by is By.WHOLE:
        yield facts
        return
    fields = [table.field for table in TABLES if by in table.keys]
    showtime_of = {row.id: row.showtime_id for row in facts.orders}
    showtime_of |= {row.order_id: row.showtime_id for row in facts.reservations}
    parts: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for field in fields:
        for row in getattr(facts, field):
            key = key_of(field, row, by)
            if key is None and by is By.SHOWTIME:
                key = showtime_of.get(row.order_id)
            if key is not None:
                parts[key][field].append(row)
    nothing: dict[str, Any] = {table.field: () for table in TABLES}
    for part in parts.values():
        yield replace(facts, live=facts.under_way, **{**nothing, **part})


def found(facts: Facts, *, pending: bool = False) -> dict[int, list[str]]:
    """Sentence -> the things that break it."""
    return {
        one.invariant.number: [finding.thing for finding in (one.pending if pending else one.broken)]
        for one in judged(facts, INVARIANTS)
        if (one.pending if pending else one.broken)
    }


def test_sound_facts_break_nothing() -> None:
    """A refund, a declined card and a live hold are as they should be."""
    assert [one.state for one in judged(sound(), INVARIANTS)] == [State.HOLDS] * 11
    assert found(Facts()) == {}


PLANTED: list[tuple[Callable[[Facts], Facts], int, str]] = [
    (with_more("seats", SOLD_TWICE), 1, "showtime_1 seat A-1"),
    (with_more("tickets", Ticket("t9", "order_b", SHOW, "A-1", True)), 1, "showtime_1 seat A-1"),
    (bought_by("order_c"), 1, "showtime_1 seat A-1"),
    (with_more("reservations", Reservation("r2", "order_b", SHOW, ["A-1"])), 1, "showtime_1 seat A-1"),
    (with_other("claims", 1, state="claimed"), 1, "order_b in showtime_1"),
    (with_other("claims", 0, user_id="user_eve"), 2, "pay_a for order_a"),
    (with_other("claims", 0, created_at=NOW), 2, "pay_a for order_a"),
    (without("claims", 0), 2, "pay_a for order_a"),
    (with_other("claims", 0, seat_ids=["A-1"]), 2, "pay_a for order_a"),
    (with_other("payments", 0, refunded=0), 3, "order_a"),
    (with_other("tickets", 1, valid=True), 3, "order_a"),
    (with_other("orders", 0, total=301), 3, "order_a"),
    (with_other("payments", 0, currency="EUR"), 3, "order_a"),
    (with_more("payments", Payment("pay_x", "order_x", "u", "mock", "TRY", "succeeded", 5, 0, OLD)), 3, "order_x"),
    (without("seats", 0), 3, "order_a (seats)"),
    (with_more("seats", Seat(SHOW, "A-3", "sold", "order_b", "user_bob")), 3, "order_b (seats)"),
    (with_more("seats", Seat(SHOW, "A-3", "claimed", "order_b", "u")), 3, "showtime_1 seat A-3 of order_b"),
    (with_more("entries", Entry("capture", "x", 1, "pay_a")), 3, "posting capture"),
    (without("entries", 2), 3, "pay_a (ledger)"),
    (with_other("charges", 0, refunded=0), 3, "pay_a (provider)"),
    (with_other("charges", 1, captured=200), 3, "pay_b (provider)"),
    (with_more("charges", Charge("pay_q", "order_q", 7, 0)), 3, "pay_q (provider)"),
    (without("charges", 0), 3, "pay_a (provider)"),
    (with_other("payment_refunds", 0, status="pending", code="provider_gone"), 3, "refund_r"),
    (with_other("payment_refunds", 0, status="pending", code="refund_unsure"), 3, "refund_r"),
    (with_other("payment_refunds", 0, status="pending", code="refund_returned"), 3, "refund_r"),
    (with_more("entries", *BY_HAND), 3, "pay_a (ledger)"),
    (with_more("orders", PENDING), 4, "order_z"),
    (with_more("sagas", LEFT_LYING), 4, "checkout_z (checkout of order_z)"),
    (with_other("sagas", 1, status="completed"), 4, "order_b"),
    (with_other("sagas", 0, status="failed"), 4, "order_a"),
    (with_other("bookings", 0, status="accepted"), 4, "booking_1"),
    (with_more("orders", Order("order_y", "hold_a", "u", SHOW, 0, "TRY", "completed", 0, OLD)), 5, "hold_a"),
    (with_more("charges", Charge("pay_2", "order_a", 300, 0)), 5, "order_a"),
    (with_more("sagas", SAGA, msgspec.structs.replace(SAGA, id="checkout_y")), 5, "checkout of user_zoe hold_z"),
    (with_other("outboxes", 0, count=3, oldest_seconds=60.0), 6, "outbox of orders"),
    (without("reservations", 0), 6, "order_a (ledger)"),
    (without("given_back", 0), 6, "order_a (given back)"),
    (with_more("reservations", Reservation("r2", "order_a", SHOW, ["A-1"])), 6, "order_a (twice)"),
    (with_more("meddled", (7, "the row is missing")), 6, "audit row 7"),
    (with_other("holds", 0, late_ms=1_500), 7, "hold_c"),
    (with_other("holds", 0, lost=["A-7"]), 7, "hold_c"),
    (with_other("showtimes", 0, seats_per_buyer=0), 8, "user_ada in showtime_1"),
    (with_other("showtimes", 0, capacity=0), 8, "showtime_1"),
    (
        with_more("differences", ("inventory-seats", DIFFERENT)),
        9,
        "inventory-seats: showtime_1 seat A-1",
    ),
    (with_more("letters", DeadLetter(3, "stats-reads", "gone", False)), 10, "dead letter 3 of stats-reads"),
    (with_other("counted", 0, sold=2), 11, "showtime_1 (shown)"),
    (with_other("counted", 0, blocked=0), 11, "showtime_1 (shown)"),
    (without("counted", 0), 11, "showtime_1 (shown)"),
]


@pytest.mark.parametrize(("plant", "number", "thing"), PLANTED)
def test_a_planted_violation_is_found(plant: Callable[[Facts], Facts], number: int, thing: str) -> None:
    """By its id, under its sentence."""
    broken = found(plant(sound()))
    assert thing in broken.get(number, []), broken


@pytest.mark.parametrize("plant", PLANTED)
async def test_slice_by_slice_the_same_is_found(plant: tuple[Callable[[Facts], Facts], int, str]) -> None:
    """A check sees all that it compares, however little it is given at a time."""
    facts = plant[0](sound())
    whole, parts = judged(facts, INVARIANTS), await judged_by(partial(sliced, facts), facts.missing, INVARIANTS)
    for one, other in zip(whole, parts, strict=True):
        assert (set(other.broken), set(other.pending)) == (set(one.broken), set(one.pending))


def withdrawn(facts: Facts) -> Facts:
    """Cem's seat could not be sold after all: his checkout gave the money back, and his hold is bought once more."""
    claim = Claim("order_c", "hold_c", SHOW, "user_cem", ["A-4"], "released", OLD)
    first = Order("order_c", "hold_c", "user_cem", SHOW, 200, "TRY", "refunded", 200, OLD)
    plants = [
        with_more("claims", claim, msgspec.structs.replace(claim, order_id="order_d", state="purchased")),
        with_more("seats", Seat(SHOW, "A-4", "sold", "order_d", "user_cem")),
        with_more("orders", first, msgspec.structs.replace(first, id="order_d", status="completed", refunded=0)),
        with_more("items", Item("order_c", "A-4", 200, True), Item("order_d", "A-4", 200, False)),
        with_more("order_refunds", OrderRefund("refund_c", "order_c", "succeeded")),
        with_more("tickets", Ticket("t3", "order_c", SHOW, "A-4", False), Ticket("t4", "order_d", SHOW, "A-4", True)),
        with_more("payments", Payment("pay_c", "order_c", "user_cem", "mock", "TRY", "succeeded", 200, 200, OLD)),
        with_more("payments", Payment("pay_d", "order_d", "user_cem", "mock", "TRY", "succeeded", 200, 0, OLD)),
        with_more("entries", Entry("capture c", "provider:mock", 200, "pay_c")),
        with_more("entries", Entry("capture c", "order:order_c/sales", -200, "pay_c")),
        with_more("entries", Entry("refund c", "provider:mock", -200, "pay_c")),
        with_more("entries", Entry("refund c", "order:order_c/sales", 200, "pay_c")),
        with_more("entries", Entry("capture d", "provider:mock", 200, "pay_d")),
        with_more("entries", Entry("capture d", "order:order_d/sales", -200, "pay_d")),
        with_more("charges", Charge("pay_c", "order_c", 200, 200), Charge("pay_d", "order_d", 200, 0)),
        with_more("sagas", Saga("checkout_c", "checkout", "user_cem hold_c", "failed", False, OLD, "order_c")),
        with_more("sagas", Saga("checkout_d", "checkout", "user_cem hold_c", "completed", False, OLD, "order_d")),
        with_more("reservations", Reservation("r2", "order_d", SHOW, ["A-4"])),
        with_other("counted", 0, sold=2),
    ]
    for plant in plants:
        facts = plant(facts)
    return facts


def test_what_its_checkout_took_back_is_no_violation() -> None:
    """Completed, and then refunded by the same saga, which failed; nothing of it was ever sold."""
    assert found(withdrawn(sound())) == {}


UNDER_WAY = msgspec.structs.replace(SAGA, order_id="order_a")


@pytest.mark.parametrize(
    "plants",
    [
        [with_more("sagas", SAGA), with_more("orders", PENDING)],
        [with_more("sagas", UNDER_WAY), with_other("payments", 0, refunded=0)],
        [with_other("order_refunds", 0, status="requested"), with_other("tickets", 0, valid=False)],
        [with_other("payment_refunds", 0, status="pending"), with_other("charges", 0, refunded=0)],
        [with_other("outboxes", 0, count=1, oldest_seconds=0.2), without("reservations", 0)],
        [with_more("lags", Lag("ledger-sales", 2)), without("given_back", 0)],
        [with_more("letters", DeadLetter(3, "stats-reads", "no such showtime", True))],
        [with_more("orders", msgspec.structs.replace(PENDING, updated_at=NOW))],
        [with_other("bookings", 0, status="queued", updated_at=NOW)],
    ],
)
def test_what_is_under_way_is_pending_and_not_broken(plants: Sequence[Callable[[Facts], Facts]]) -> None:
    """A saga that is live, a refund that is asked for, an event on its way, a letter that waits for a person."""
    facts = sound()
    for plant in plants:
        facts = plant(facts)
    assert found(facts) == {}
    assert found(facts, pending=True)


def test_money_given_back_by_hand_is_not_missed_at_the_provider() -> None:
    """The bank has it still; our books say that it went back, and all of them agree."""
    facts = sound()
    for plant in (
        with_more("entries", *BY_HAND),
        with_other("payments", 0, refunded=300),
        with_other("orders", 0, status="refunded", refunded=300),
        with_other("items", 0, refunded=True),
        with_other("tickets", 0, valid=False),
        without("seats", 0),
        with_more("given_back", GivenBack("order_a", "A-1")),
        with_other("counted", 0, sold=0),
    ):
        facts = plant(facts)
    assert found(facts) == {}


def test_broken_is_what_two_looks_saw() -> None:
    """What only the second look saw has only just begun to differ."""
    bad = with_other("payments", 0, refunded=0)(sound())
    calm, wild = judged(sound(), INVARIANTS), judged(bad, INVARIANTS)
    assert confirmed(calm, wild)[2].state is State.PENDING
    assert confirmed(wild, wild)[2].state is State.BROKEN
    assert confirmed(wild, calm)[2].state is State.HOLDS


def test_what_was_not_read_is_told() -> None:
    """A sentence whose books are missing does not hold; what could be read of it is judged all the same."""
    facts = replace(sound(), missing={"tickets": "no such table", "ledger": "away"}, tickets=[])
    states = {one.invariant.number: one.state for one in judged(facts, INVARIANTS)}
    assert states == {number: State.UNREAD if number in {1, 3, 6} else State.HOLDS for number in range(1, 12)}
    broken = with_other("payments", 0, refunded=0)(facts)
    assert judged(broken, INVARIANTS)[2].state is State.BROKEN
