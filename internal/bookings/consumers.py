"""What bookings listens to."""

from __future__ import annotations

from typing import Any

from internal.bookings.workers import Workers
from internal.platform.bus import Consumer
from proto.bookings import BookingRequested
from proto.checkout import CheckoutEnded

__all__ = ["consumers"]


def consumers(workers: Workers) -> list[Consumer[Any]]:
    """Neither needs an inbox: the first says only where to look, the second ends what has not ended."""
    return [
        Consumer("bookings-worker", BookingRequested, workers.woken),
        Consumer("bookings-checkout-ended", CheckoutEnded, workers.ended),
    ]
