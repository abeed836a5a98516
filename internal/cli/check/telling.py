"""What was committed is told, what was told has its effect once, and what has none lies where it is seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from internal.cli.check.facts import Facts
from internal.cli.check.verdict import Finding

__all__ = ["effects", "kept_letters", "published", "unmeddled"]

_LATE = 15.0  # seconds in an outbox: its relay is woken by each commit
_GOOD = frozenset({"completed", "partially_refunded", "refunded"})


def published(facts: Facts) -> Iterator[Finding]:
    """No event lies in an outbox for long; what a durable has not handled yet is on its way."""
    for outbox in facts.outboxes:
        if outbox.count:
            late = outbox.oldest_seconds > _LATE
            yield Finding(f"outbox of {outbox.where}", f"{outbox.count} events are not published", not late)
    for lag in facts.lags:
        yield Finding(f"durable {lag.durable}", f"has {lag.left} messages to handle", True)


def effects(facts: Facts) -> Iterator[Finding]:
    """Each order that was paid stands in the ledger, once, and what of it went back does so too.

    One that its checkout took back was mostly never sold: of it only what is written must have come back.
    """
    if {"orders", "ledger"} & set(facts.missing):
        return
    reserved: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in facts.reservations:
        reserved[one.order_id].update(one.seat_ids)
    back: defaultdict[str, set[str]] = defaultdict(set)
    for returned in facts.given_back:
        back[returned.order_id].add(returned.seat_id)
    for order in facts.orders:
        pending = order.id in facts.under_way or not facts.told_everything
        written, items = reserved[order.id], facts.items_of.get(order.id, [])
        if order.id in facts.withdrawn:
            items = [item for item in items if item.seat_id in written]
        if order.status in _GOOD:
            lost = [item.seat_id for item in items if item.seat_id not in written]
            if lost:
                yield Finding(f"{order.id} (ledger)", f"is {order.status}: {len(lost)} seats are not written", pending)
            kept = [item.seat_id for item in items if item.refunded and item.seat_id not in back[order.id]]
            if kept:
                yield Finding(f"{order.id} (given back)", f"{len(kept)} refunded seats are not written", pending)
        twice = [seat for seat, count in written.items() if count > 1]
        if twice:
            yield Finding(f"{order.id} (twice)", f"{len(twice)} seats are written twice")


def unmeddled(facts: Facts) -> Iterator[Finding]:
    """The audit trail is what was written, by its own hashes and by its anchors in the stream."""
    for position, wrong in facts.meddled:
        yield Finding(f"audit row {position}", wrong)


def kept_letters(facts: Facts) -> Iterator[Finding]:
    """A dead letter says why it lies there, and can be replayed; that it does lie there is a person's matter."""
    for letter in facts.letters:
        if not letter.whole:
            yield Finding(f"dead letter {letter.number} of {letter.durable}", f"cannot be replayed: {letter.reason}")
        else:
            yield Finding(f"dead letter {letter.number} of {letter.durable}", letter.reason, True)
