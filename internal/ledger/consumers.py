"""What the ledger listens to: sales, what it takes to understand them, and, in batches, everything."""

from __future__ import annotations

from typing import Any

import proto
from internal.ledger.handlers import Reservations, Trail
from internal.platform.bus import BatchConsumer, Consumer
from internal.platform.bus.streams import WORK_QUEUES, stream_of
from proto.catalog import ShowtimeCreated, ShowtimePublished, ShowtimeUpdated
from proto.inventory import SeatsPurchased, SeatsReleased
from proto.orders import OrderCompleted

__all__ = ["consumers"]

_OWN = {"LEDGER"}  # the trail's anchors: written into it, each would make the next one necessary


def consumers(reservations: Reservations, trail: Trail) -> list[Consumer[Any] | BatchConsumer]:
    """All of them. A sale does not wait behind the holds of an on-sale: it has a durable of its own."""
    return [
        Consumer("ledger-sold", SeatsPurchased, reservations.sold),
        Consumer("ledger-given-back", SeatsReleased, reservations.given_back),
        Consumer("ledger-orders", OrderCompleted, reservations.learn_order),
        Consumer(
            "ledger-showtimes", (ShowtimeCreated, ShowtimeUpdated, ShowtimePublished), reservations.learn_showtime
        ),
        *(BatchConsumer(f"ledger-audit-{stream.lower()}", stream, trail.keep) for stream in _streams()),
    ]


def _streams() -> list[str]:
    """Those of every publisher that the contracts know."""
    proto.everything()
    return sorted({stream_of(subject) for subject in proto.EVENTS} - WORK_QUEUES - _OWN)
