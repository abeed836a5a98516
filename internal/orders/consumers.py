"""What others tell: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from internal.orders.handlers import CalledOff
from internal.platform.bus import Consumer
from internal.platform.inbox import once
from internal.platform.postgres import Database
from proto.catalog import ShowtimeCanceled, ShowtimeUpdated

__all__ = ["consumers"]


def consumers(database: Database, called_off: CalledOff) -> Sequence[Consumer[Any]]:
    """In the order in which they were told, so that the last word on when a showtime begins is the last."""
    durable = "orders-showtimes"
    return [
        Consumer(durable, (ShowtimeCanceled, ShowtimeUpdated), once(database, durable, called_off.hear), ordered=True)
    ]
