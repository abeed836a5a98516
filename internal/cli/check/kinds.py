"""The kinds of rows that the checks look at: each as the service that owns it wrote it, as far as a check needs it."""

from __future__ import annotations

from datetime import datetime

import msgspec

__all__ = [
    "Booking",
    "Charge",
    "Claim",
    "Counted",
    "DeadLetter",
    "Entry",
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
