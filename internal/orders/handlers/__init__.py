"""The steps of each use case: what the saga commands, what people ask for, what a showtime called off means."""

from internal.orders.handlers.commands import Commands

__all__ = ["Commands"]
