"""What orders remembers: orders with their items, refunds, and what was told of showtimes. Every line of its SQL."""

from internal.orders.store.orders import (
    Search,
    add,
    after,
    buried,
    bury,
    keep,
    order,
    to_complete,
    to_settle,
    turn,
    turns,
)

__all__ = [
    "Search",
    "add",
    "after",
    "buried",
    "bury",
    "keep",
    "order",
    "to_complete",
    "to_settle",
    "turn",
    "turns",
]
