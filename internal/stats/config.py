"""What the operator may choose about the statistics: `AISLE_STATS_...`."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["Config"]


class Config(Settings, frozen=True, kw_only=True):
    """Times are in seconds."""

    prefix: ClassVar[str] = "AISLE_STATS_"

    # A rush of 16,000 holds a second, counted as it came, took the hold from 0.4 of its ceiling to 0.25; so batches are
    # paced by their share of the time (`platform/bus/batches.py`), and it is counted in the minutes after.
    # A batch's statements cost the same for many facts as for few: 500 at a time cost 3 us more for each.
    batch: int = 1_000
    linger: float = 0.25
    tell_every: float = 0.25  # looks for showtimes whose last word is a second old
    # Two looks must agree, so a count that nobody told of is right again in half a minute.
    reconcile_every: float = 15.0
    rebuild_every: float = 1.0  # looks for a rebuild that was asked for, or that a dead replica has left
