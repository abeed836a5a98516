"""Who paid what: only for seats that were theirs, and what was kept is worth the tickets that are good."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta

from internal.cli.check.facts import Facts
from internal.cli.check.kinds import Claim, Order, Payment
from internal.cli.check.verdict import Finding

__all__ = ["books_agree", "charged_for_claims", "kept_for_tickets", "owed", "seats_for_money"]

_CLOCKS = timedelta(seconds=2)  # between two servers of Postgres
_BY_HAND = "by-hand"  # the account of what went back outside of any provider
_FOR_A_PERSON = {
    "provider_gone": "is not set up",
    "refund_returned": "had given that back, and the buyer's bank sent it back",
    "refund_unsure": "cannot say whether it gave that back",
}
_PAID = frozenset({"completed", "partially_refunded"})
_SETTLED = frozenset({"succeeded", "failed", "canceled"})


def charged_for_claims(facts: Facts) -> Iterator[Finding]:
    """What was captured was for seats that this buyer had claimed, each of them, before the payment began."""
    claims = {claim.order_id: claim for claim in facts.claims}
    for payment in facts.payments:
        if payment.captured:
            seats = {item.seat_id for item in facts.items_of.get(payment.order_id, ())}
            wrong = _unclaimed(payment, claims.get(payment.order_id), seats)
            if wrong:
                yield Finding(f"{payment.id} for {payment.order_id}", wrong)


def _unclaimed(payment: Payment, claim: Claim | None, seats: set[str]) -> str:
    if claim is None or not claim.seat_ids:
        return f"was charged {payment.captured} {payment.currency} and claimed no seat"
    if lost := seats.difference(claim.seat_ids):
        return f"was charged for {len(seats)} seats, of which {len(lost)} were never claimed"
    if claim.user_id != payment.user_id:
        return f"was charged to {payment.user_id}, the seats were {claim.user_id}'s"
    if claim.created_at > payment.created_at + _CLOCKS:
        return "was charged before its seats were claimed"
    return ""


def kept_for_tickets(facts: Facts) -> Iterator[Finding]:
    """Of each order: captured - refunded = the value of its good tickets."""
    known = {order.id for order in facts.orders}
    good: defaultdict[str, set[str]] = defaultdict(set)
    for ticket in facts.tickets:
        if ticket.valid:
            good[ticket.order_id].add(ticket.seat_id)
    for order in facts.orders:
        for wrong in _uneven(facts, order, good[order.id]):
            yield Finding(order.id, wrong, order.id in facts.under_way)
    for order_id, payments in facts.payments_of.items():
        kept = sum(one.captured - one.refunded for one in payments)
        if order_id not in known and kept:
            yield Finding(order_id, f"is no order, and {kept} were kept for it", order_id in facts.under_way)


def _uneven(facts: Facts, order: Order, good: set[str]) -> Iterator[str]:
    items = facts.items_of.get(order.id, [])
    payments = facts.payments_of.get(order.id, [])
    kept = sum(one.captured - one.refunded for one in payments)
    due = {item.seat_id: item.price for item in items if not item.refunded} if order.status in _PAID else {}
    if "payments" not in facts.missing and kept != sum(due.values()):
        yield f"is {order.status}: {kept} kept, its seats are worth {sum(due.values())} {order.currency}"
    if "tickets" not in facts.missing and good != set(due):
        yield f"is {order.status}: {len(good)} good tickets, {len(due)} seats"
    if items and sum(item.price for item in items) != order.total:
        yield f"has a total of {order.total}, its seats cost {sum(item.price for item in items)}"
    strange = {one.currency for one in payments if one.captured} - {order.currency}
    if strange:
        yield f"is in {order.currency}, paid in {', '.join(sorted(strange))}"


def seats_for_money(facts: Facts) -> Iterator[Finding]:
    """The seats that inventory has sold are those of paid orders, and none stays claimed for an order that is over."""
    if {"orders", "inventory"} & set(facts.missing):
        return
    orders = {order.id: order for order in facts.orders}
    sold: defaultdict[str, set[str]] = defaultdict(set)
    for seat in facts.seats:
        if seat.order_id is None:
            continue
        if seat.state == "sold":
            sold[seat.order_id].add(seat.seat_id)
        elif seat.order_id in orders and orders[seat.order_id].status != "pending":
            pending = seat.order_id in facts.under_way or not facts.told_everything
            over = f"is claimed, its order is {orders[seat.order_id].status}"
            yield Finding(f"{seat.showtime_id} seat {seat.seat_id} of {seat.order_id}", over, pending)
    for order_id in sorted(sold.keys() | orders.keys()):
        order = orders.get(order_id)
        due = set()
        if order is not None and order.status in _PAID:
            due = {item.seat_id for item in facts.items_of.get(order_id, []) if not item.refunded}
        if sold[order_id] != due:
            pending = order_id in facts.under_way or not facts.told_everything
            status = order.status if order else "unknown"
            yield Finding(f"{order_id} (seats)", f"is {status}: {len(sold[order_id])} sold, {len(due)} due", pending)


def books_agree(facts: Facts) -> Iterator[Finding]:
    """Our payments, our double-entry ledger, and the provider's own books say the same."""
    balance: Counter[str] = Counter()
    at_provider: Counter[str] = Counter()
    by_hand: Counter[str] = Counter()  # what went back, and the provider has still
    for entry in facts.entries:
        balance[entry.posting] += entry.amount
        if entry.account.startswith("provider:"):
            at_provider[entry.payment_id] += entry.amount
        elif entry.account == _BY_HAND:
            by_hand[entry.payment_id] -= entry.amount
    for posting, amount in balance.items():
        if amount:
            yield Finding(f"posting {posting}", f"is out of balance by {amount}")
    ours = {payment.id: payment for payment in facts.payments}
    for payment in facts.payments:
        kept = payment.captured - payment.refunded
        written = at_provider[payment.id] - by_hand[payment.id]
        if written != kept:
            pending = payment.order_id in facts.under_way
            yield Finding(f"{payment.id} (ledger)", f"kept {kept}, its ledger says {written}", pending)
    if "payments" not in facts.missing:
        yield from _with_provider(facts, ours, by_hand)


def owed(facts: Facts) -> Iterator[Finding]:
    """No refund waits for a person: nobody else will see to it."""
    for refund in facts.payment_refunds:
        if refund.status == "pending" and (why := _FOR_A_PERSON.get(refund.code)):
            yield Finding(refund.id, f"owes {refund.amount} for {refund.order_id}, and its provider {why}")


def _with_provider(facts: Facts, ours: dict[str, Payment], by_hand: Mapping[str, int]) -> Iterator[Finding]:
    theirs = {charge.key: charge for charge in facts.charges}
    for charge in facts.charges:
        payment, has = ours.get(charge.key), charge.captured - charge.refunded
        kept = payment.captured - payment.refunded + by_hand[payment.id] if payment else 0
        if has != kept:
            pending = charge.order_id in facts.under_way or (payment is not None and payment.status not in _SETTLED)
            yield Finding(f"{charge.key} (provider)", f"the provider has {has}, we have {kept}", pending)
    if "pos" in facts.missing:
        return
    for payment in ours.values():
        if payment.provider == "mock" and payment.captured and payment.id not in theirs:
            yield Finding(
                f"{payment.id} (provider)", f"we captured {payment.captured}, the provider knows nothing of it"
            )
