"""What orders remembers: orders with their items, refunds, and what was told of showtimes. Every line of its SQL."""

from internal.orders.store.orders import add, after, buried, bury, keep, order, turn

__all__ = ["add", "after", "buried", "bury", "keep", "order", "turn"]
