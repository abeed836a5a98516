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
        # Fewer than the pool has connections: workers of other showtimes must not keep acceptance waiting.
        Consumer("bookings-worker", BookingRequested, workers.woken, concurrency=4),
        Consumer("bookings-checkout-ended", CheckoutEnded, workers.ended),
    ]
