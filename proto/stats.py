"""The counters that the projector keeps, told when they change; and the command to count anew."""

from __future__ import annotations

from typing import Literal

from proto import Answer, Event, Request, event, rpc

__all__ = ["GetRebuild", "Rebuild", "RebuildFacts", "StatsUpdated"]


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


class RebuildFacts(Answer, frozen=True, kw_only=True):
    """How far the counting is; `trouble` is what the last try ended with, and the next one begins anew."""

    rebuild_id: str
    state: Literal["asked", "running", "done"]
    showtimes: int = 0
    facts: int = 0
    trouble: str = ""


@rpc("rpc.stats.rebuild")
class Rebuild(Request[RebuildFacts], frozen=True, kw_only=True):
    """Count everything anew, or one event, beside what is shown. The same id is the same rebuild."""

    rebuild_id: str
    event_id: str | None = None


@rpc("rpc.stats.get_rebuild")
class GetRebuild(Request[RebuildFacts], frozen=True, kw_only=True):
    """How far is this rebuild?"""

    rebuild_id: str
