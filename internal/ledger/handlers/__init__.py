"""What is written down and read: sales, and the trail."""

from internal.ledger.handlers.reservations import Reservations
from internal.ledger.handlers.trail import Trail, verify

__all__ = ["Reservations", "Trail", "verify"]
