"""Who has which seat: never two, and never more than may be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from internal.cli.check.facts import Facts
from internal.cli.check.verdict import Finding

__all__ = ["limits", "one_claim", "one_sale", "one_ticket", "shown"]

_NAMED = 5  # seats of a list that are named
_HAS_SEATS = frozenset({"completed", "partially_refunded"})


def one_claim(facts: Facts) -> Iterator[Finding]:
    """A seat stands once in `seat_states`, and a live claim has all of its seats there."""
    owners: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for seat in facts.seats:
        owners[seat.showtime_id, seat.seat_id].append(seat.order_id or "staff")
    for (showtime_id, seat_id), some in owners.items():
        if len(some) > 1:
            yield Finding(f"{showtime_id} seat {seat_id}", f"is {' and '.join(some)}'s")
    for claim in facts.claims:
        if claim.state != "claimed":
            continue
        lost = [seat for seat in claim.seat_ids if claim.order_id not in owners.get((claim.showtime_id, seat), ())]
        if lost:
            pending = claim.order_id in facts.under_way
            yield Finding(f"{claim.order_id} in {claim.showtime_id}", f"claims {_some(lost)} and has not", pending)


def one_sale(facts: Facts) -> Iterator[Finding]:
    """At most one order has bought a seat and not given it back: by the orders, and by the ledger."""
    showtime_of = {order.id: order.showtime_id for order in facts.orders if order.status in _HAS_SEATS}
    bought = [
        (showtime_of[item.order_id], item.seat_id, item.order_id)
        for item in facts.items
        if item.order_id in showtime_of and not item.refunded
    ]
    yield from _twice(facts, bought, "was bought by")
    back = {(one.order_id, one.seat_id) for one in facts.given_back}
    reserved = [
        (one.showtime_id, seat, one.order_id)
        for one in facts.reservations
        for seat in set(one.seat_ids)
        if (one.order_id, seat) not in back
    ]
    yield from _twice(facts, reserved, "stands in the ledger for")


def one_ticket(facts: Facts) -> Iterator[Finding]:
    """At most one good ticket for a seat, and it is its owner's."""
    good = [(one.showtime_id, one.seat_id, one.order_id) for one in facts.tickets if one.valid]
    yield from _twice(facts, good, "has good tickets of")
    sold = {(one.showtime_id, one.seat_id): one.order_id for one in facts.seats if one.state == "sold"}
    for showtime_id, seat_id, order_id in good:
        owner = sold.get((showtime_id, seat_id), order_id)
        if owner != order_id:
            pending = bool({owner, order_id} & facts.under_way)
            yield Finding(f"{showtime_id} seat {seat_id}", f"is sold to {owner}, the ticket is {order_id}'s", pending)


def limits(facts: Facts) -> Iterator[Finding]:
    """No buyer has more seats of a showtime than allowed, and no showtime has sold more than its hall holds."""
    showtimes = {one.showtime_id: one for one in facts.showtimes}
    taken = [seat for seat in facts.seats if seat.state in {"claimed", "sold"}]
    for (showtime_id, user_id), count in Counter((one.showtime_id, one.user_id) for one in taken).items():
        known = showtimes.get(showtime_id)
        if known and count > known.seats_per_buyer:
            yield Finding(f"{user_id} in {showtime_id}", f"has {count} seats, allowed are {known.seats_per_buyer}")
    for showtime_id, count in Counter(one.showtime_id for one in taken).items():
        known = showtimes.get(showtime_id)
        if known and known.capacity is not None and count > known.capacity:
            yield Finding(showtime_id, f"has {count} seats taken, its hall has {known.capacity}")


def shown(facts: Facts) -> Iterator[Finding]:
    """The statistics agree with inventory, once they have heard everything."""
    if "stats" in facts.missing:
        return
    real = Counter((seat.showtime_id, seat.state) for seat in facts.seats)
    counted = {one.showtime_id: one for one in facts.counted}
    for showtime_id in {seat.showtime_id for seat in facts.seats} | set(counted):
        one = counted.get(showtime_id)
        said = (one.sold, one.blocked) if one else (0, 0)
        are = real[showtime_id, "sold"], real[showtime_id, "blocked"]
        if said != are:
            wrong = f"is shown with {said[0]} sold and {said[1]} blocked seats, and has {are[0]} and {are[1]}"
            yield Finding(f"{showtime_id} (shown)", wrong, not facts.told_everything)


def _twice(facts: Facts, owned: list[tuple[str, str, str]], how: str) -> Iterator[Finding]:
    owners: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for showtime_id, seat_id, order_id in owned:
        owners[showtime_id, seat_id].add(order_id)
    for (showtime_id, seat_id), orders in owners.items():
        if len(orders) > 1:  # while a refund or a sale is told, one book may be ahead of the other
            pending = bool(orders & facts.under_way) or (how.startswith("stands") and not facts.told_everything)
            yield Finding(f"{showtime_id} seat {seat_id}", f"{how} {' and '.join(sorted(orders))}", pending)


def _some(seats: list[str]) -> str:
    more = len(seats) - _NAMED
    return ", ".join(seats[:_NAMED]) + (f" and {more} more" if more > 0 else "")
