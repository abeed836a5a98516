"""What was begun comes to an end, and what was asked twice was done once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from internal.cli.check.facts import Facts
from internal.cli.check.verdict import Finding

__all__ = ["bought_once", "final", "paid_once", "walked", "walked_once"]

_PATIENCE = timedelta(seconds=60)  # a saga is leased for seconds, and taken up by another replica at once after that
_GOOD = frozenset({"completed", "partially_refunded", "refunded"})
_KEPT = frozenset({"completed", "partially_refunded"})
_BOOKED = frozenset({"completed", "failed"})


def walked(facts: Facts) -> Iterator[Finding]:
    """Every saga that is not at its end is walked by somebody."""
    for saga in facts.sagas:
        if not saga.live:
            continue
        about = f"{saga.id} ({saga.name} of {saga.order_id})" if saga.order_id else f"{saga.id} ({saga.name})"
        if saga.due_at < facts.now - _PATIENCE:
            yield Finding(about, f"is {saga.status} and nobody walks it")
        else:
            yield Finding(about, f"is {saga.status}" + (", stuck: a person must look" if saga.stuck else ""), True)


def final(facts: Facts) -> Iterator[Finding]:
    """An order is final when its saga is, and as its saga says; an accepted booking ends, too."""
    ended = {saga.order_id: saga for saga in facts.sagas if saga.name == "checkout" and not saga.live}
    for order in facts.orders:
        if order.id in facts.under_way:
            continue
        saga = ended.get(order.id)
        if order.status == "pending":
            young = order.updated_at > facts.now - _PATIENCE
            yield Finding(order.id, "is pending, and no saga is about it", young)
        elif saga is not None and saga.status == "completed" and order.status not in _GOOD:
            yield Finding(order.id, f"is {order.status}, its checkout is completed")
        elif saga is not None and saga.status == "failed" and order.status in _GOOD and order.id not in facts.withdrawn:
            yield Finding(order.id, f"is {order.status}, its checkout failed")
    for booking in facts.bookings:
        if booking.status not in _BOOKED:
            late = booking.updated_at < facts.now - _PATIENCE * 10  # the queue of an on-sale may be minutes long
            yield Finding(booking.id, f"is {booking.status}", not late)


def bought_once(facts: Facts) -> Iterator[Finding]:
    """One order of a hold that keeps what it bought: where its checkout took an order back, the hold may live on."""
    holds = Counter(order.hold_id for order in facts.orders if order.status in _KEPT)
    for hold_id, count in holds.items():
        if count > 1:
            yield Finding(hold_id, f"was bought by {count} orders")


def paid_once(facts: Facts) -> Iterator[Finding]:
    """One payment of an order, one charge at the provider."""
    paid = Counter(one.order_id for one in facts.payments if one.captured > one.refunded)
    charged = Counter(one.order_id for one in facts.charges if one.captured > one.refunded)
    for order_id in sorted({one for one, count in (paid | charged).items() if count > 1}):
        most = max(paid[order_id], charged[order_id])
        yield Finding(order_id, f"was paid {most} times", order_id in facts.under_way)


def walked_once(facts: Facts) -> Iterator[Finding]:
    """One saga about one thing."""
    about = Counter((saga.name, saga.subject) for saga in facts.sagas if saga.live or saga.status == "completed")
    for (name, subject), count in about.items():
        if count > 1:
            yield Finding(f"{name} of {subject}", f"is done by {count} sagas")
