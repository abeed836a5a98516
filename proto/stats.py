"""The counters that the projector keeps, told when they change."""

from __future__ import annotations

from proto import Event, event

__all__ = ["StatsUpdated"]


@event("stats.updated")
class StatsUpdated(Event, frozen=True, kw_only=True):
    """The counts of a showtime, or of one of its sections; a later version replaces an earlier one."""

    event_id: str
    showtime_id: str
    section_id: str | None = None
    capacity: int = 0
    available: int = 0
    held: int = 0
    sold: int = 0
    blocked: int = 0
    version: int = 0
