"""The steps of each use case: what the saga commands, what people ask for, what a showtime called off means."""

from internal.orders.handlers.called_off import TOPIC, CalledOff
from internal.orders.handlers.commands import Commands
from internal.orders.handlers.desk import Desk, Position
from internal.orders.handlers.refunds import Refunds

__all__ = ["TOPIC", "CalledOff", "Commands", "Desk", "Position", "Refunds"]
