"""What is written down and read: sales, the trail, and its anchors."""

from internal.ledger.handlers.anchors import Anchors, anchored_in
from internal.ledger.handlers.reservations import Reservations
from internal.ledger.handlers.together import Together
from internal.ledger.handlers.trail import Trail, verify

__all__ = ["Anchors", "Reservations", "Together", "Trail", "anchored_in", "verify"]
