"""What others tell: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from internal.platform.bus import BatchConsumer, Consumer
from internal.platform.bus.streams import stream_of
from internal.stats.config import Config
from internal.stats.domain import FACTS
from internal.stats.handlers import Counting, Showtimes
from proto.catalog import ShowtimeCanceled, ShowtimePublished, ShowtimeUpdated

__all__ = ["COUNTED", "consumers"]

COUNTED = {"stats-inventory": "INVENTORY", "stats-orders": "ORDERS"}


def consumers(showtimes: Showtimes, counting: Counting, config: Config) -> Sequence[Consumer[Any] | BatchConsumer]:
    """The durables of the statistics."""
    return [
        Consumer("stats-showtimes", (ShowtimePublished, ShowtimeUpdated, ShowtimeCanceled), showtimes.hear),
        *(
            BatchConsumer(durable, stream, counting.handle, _of(stream), size=config.batch, linger=config.linger)
            for durable, stream in COUNTED.items()
        ),
    ]


def _of(stream: str) -> tuple[str, ...]:
    return tuple(fact.subject for fact in FACTS if stream_of(fact.subject) == stream)
