"""An order beside what inventory and payments have of it."""

from __future__ import annotations

from internal.orders.domain.order import Order
from internal.orders.domain.refunds import items_left
from proto.reconcile import Difference

__all__ = [
    "money_differs",
    "not_given_back",
    "seats_differ",
]


def seats_differ(order: Order, state: str, seats: set[str]) -> Difference | None:
    """How the seats that inventory has for a completed order differ from it; `state` is its claim's."""
    wanted = {item.seat_id for item in order.items}
    if state == "purchased" and seats == wanted:
        return None
    found = f"{len(seats & wanted)} of {len(wanted)} seats {state}" if seats else "no seats"
    return Difference(thing=order.id, found=found, expected=f"{len(wanted)} purchased")


def money_differs(order: Order, kept: int) -> Difference | None:
    """How the money that is kept for an order differs from what its seats are worth."""
    worth = order.total - order.refunded
    if kept == worth:
        return None
    return Difference(thing=order.id, found=f"{kept} {order.currency} kept", expected=f"{worth} {order.currency}")


def not_given_back(order: Order) -> Difference | None:
    """What an order still has of a showtime that was called off, where no refund is under way: a bank refused it."""
    if order.stopped != "showtime" or not (left := items_left(order)):
        return None
    found = f"{len(left)} seats not refunded"
    return Difference(thing=order.id, found=found, expected="none: the showtime is called off")
