"""What the checks look at. Each struct is a row as the service that owns it wrote it, as far as a check needs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import msgspec

from proto.reconcile import Difference

__all__ = [
    "Booking",
    "Charge",
    "Claim",
    "Counted",
    "DeadLetter",
    "Entry",
    "Facts",
    "GivenBack",
    "Hold",
    "Item",
    "Lag",
    "Order",
    "OrderRefund",
    "Outbox",
    "Payment",
    "PaymentRefund",
    "Reservation",
    "Saga",
    "Seat",
    "Showtime",
    "Ticket",
]

_LIVE_SAGA = frozenset({"running", "undoing"})


class Seat(msgspec.Struct, frozen=True):
    """inventory: a seat that is not free."""

    showtime_id: str
    seat_id: str
    state: str
    order_id: str | None = None
    user_id: str | None = None


class Claim(msgspec.Struct, frozen=True):
    """inventory: a hold that reached an order."""

    order_id: str
    hold_id: str
    showtime_id: str
    user_id: str
    seat_ids: list[str]
    state: str
    created_at: datetime


class Showtime(msgspec.Struct, frozen=True):
    """inventory: what of a showtime may be sold. No capacity: its layout is not known."""

    showtime_id: str
    seats_per_buyer: int
    capacity: int | None


class Counted(msgspec.Struct, frozen=True):
    """stats: how many seats of a showtime it shows as sold and blocked."""

    showtime_id: str
    sold: int
    blocked: int


class Order(msgspec.Struct, frozen=True):
    id: str
    hold_id: str
    user_id: str
    showtime_id: str
    total: int
    currency: str
    status: str
    refunded: int
    updated_at: datetime


class Item(msgspec.Struct, frozen=True):
    """orders: a seat of an order."""

    order_id: str
    seat_id: str
    price: int
    refunded: bool


class OrderRefund(msgspec.Struct, frozen=True):
    id: str
    order_id: str
    status: str


class Ticket(msgspec.Struct, frozen=True):
    id: str
    order_id: str
    showtime_id: str
    seat_id: str
    valid: bool


class Payment(msgspec.Struct, frozen=True):
    id: str
    order_id: str
    user_id: str
    provider: str
    currency: str
    status: str
    captured: int
    refunded: int
    created_at: datetime


class PaymentRefund(msgspec.Struct, frozen=True):
    id: str
    payment_id: str
    order_id: str
    amount: int
    status: str
    code: str = ""


class Entry(msgspec.Struct, frozen=True):
    """payments: a line of the double-entry ledger."""

    posting: str
    account: str
    amount: int
    payment_id: str


class Charge(msgspec.Struct, frozen=True):
    """The provider's own book: `key` is the payment's id."""

    key: str
    order_id: str
    captured: int
    refunded: int


class Saga(msgspec.Struct, frozen=True):
    """checkout: `due_at` is when it is due or its lease ends, whichever is later."""

    id: str
    name: str
    subject: str
    status: str
    stuck: bool
    due_at: datetime
    order_id: str | None

    @property
    def live(self) -> bool:
        return self.status in _LIVE_SAGA


class Reservation(msgspec.Struct, frozen=True):
    """ledger: what was sold."""

    id: str
    order_id: str
    showtime_id: str
    seat_ids: list[str]


class GivenBack(msgspec.Struct, frozen=True):
    """ledger: what of it came back."""

    order_id: str
    seat_id: str


class Booking(msgspec.Struct, frozen=True):
    """bookings: one that was accepted."""

    id: str
    status: str
    updated_at: datetime


class Outbox(msgspec.Struct, frozen=True):
    """Events that are committed and not published, and how long the oldest has waited."""

    where: str
    count: int
    oldest_seconds: float


class Lag(msgspec.Struct, frozen=True):
    """A durable that has something left to do."""

    durable: str
    left: int


class Hold(msgspec.Struct, frozen=True):
    """Redis: a live hold. `late_ms`: for how long it should be gone; `lost`: its seats that somebody else locks."""

    hold_id: str
    showtime_id: str
    late_ms: int
    lost: list[str] = []


class DeadLetter(msgspec.Struct, frozen=True):
    """`whole`: it says why it lies there, and could be replayed."""

    number: int
    durable: str
    reason: str
    whole: bool


@dataclass
class Facts:
    """Everything, or all of some orders or showtimes, as of about now. `missing`: what could not be read, and why."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    missing: Mapping[str, str] = field(default_factory=dict)
    seats: Sequence[Seat] = ()
    claims: Sequence[Claim] = ()
    showtimes: Sequence[Showtime] = ()
    orders: Sequence[Order] = ()
    items: Sequence[Item] = ()
    order_refunds: Sequence[OrderRefund] = ()
    tickets: Sequence[Ticket] = ()
    payments: Sequence[Payment] = ()
    payment_refunds: Sequence[PaymentRefund] = ()
    entries: Sequence[Entry] = ()
    charges: Sequence[Charge] = ()
    sagas: Sequence[Saga] = ()
    reservations: Sequence[Reservation] = ()
    given_back: Sequence[GivenBack] = ()
    bookings: Sequence[Booking] = ()
    counted: Sequence[Counted] = ()
    outboxes: Sequence[Outbox] = ()
    lags: Sequence[Lag] = ()
    holds: Sequence[Hold] = ()
    letters: Sequence[DeadLetter] = ()
    differences: Sequence[tuple[str, Difference]] = ()  # reconciler, and what it saw
    meddled: Sequence[tuple[int, str]] = ()  # row of the audit trail, and how it shows
    live: frozenset[str] = frozenset()  # orders (or sagas about none) under way, of this slice or of another

    @cached_property
    def under_way(self) -> frozenset[str]:
        """Orders that something is being done about: what differs about them may be right in a moment."""
        live = {saga.order_id for saga in self.sagas if saga.live and saga.order_id}
        live |= {refund.order_id for refund in self.order_refunds if refund.status == "requested"}
        live |= {refund.order_id for refund in self.payment_refunds if refund.status == "pending"}
        return self.live | live

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """Orders that their own checkout took back, their seats being gone: by a refund of their number."""
        numbered = (one for one in self.order_refunds if one.id.partition("_")[2] == one.order_id.partition("_")[2])
        return frozenset(one.order_id for one in numbered)

    @property
    def told_everything(self) -> bool:
        """Whether every event is published and handled."""
        return not any(outbox.count for outbox in self.outboxes) and not self.lags

    @cached_property
    def items_of(self) -> Mapping[str, list[Item]]:
        """By order."""
        found: defaultdict[str, list[Item]] = defaultdict(list)
        for item in self.items:
            found[item.order_id].append(item)
        return found

    @cached_property
    def payments_of(self) -> Mapping[str, list[Payment]]:
        """By order."""
        found: defaultdict[str, list[Payment]] = defaultdict(list)
        for payment in self.payments:
            found[payment.order_id].append(payment)
        return found
