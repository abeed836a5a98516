"""What the operator may choose about the statistics: `AISLE_STATS_...`."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["Config"]


class Config(Settings, frozen=True, kw_only=True):
    """Times are in seconds."""

    prefix: ClassVar[str] = "AISLE_STATS_"

    # A busy on-sale tells 16,000 facts a second: eight batches of 2,000, each of 30 ms, and those who buy go first.
    batch: int = 2_000
    linger: float = 0.1
    tell_every: float = 0.25  # looks for showtimes whose last word is a second old
    reconcile_every: float = (
        15.0  # two looks must agree, so a count that nobody told of is right again in half a minute
    )
    rebuild_every: float = 1.0  # looks for a rebuild that was asked for, or that a dead replica has left
