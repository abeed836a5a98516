"""What the checks look at, together: the rows of everything as of about now, and what follows from them at sight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

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
from proto.reconcile import Difference

__all__ = ["Facts"]


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
