"""Tells what has changed: an event and a picture for each showtime, once a second at most, however much happens."""

from __future__ import annotations

from internal.platform import outbox
from internal.platform.bus import Bus
from internal.platform.faults import Unavailable
from internal.platform.postgres import Database, Tx
from internal.stats.domain.figures import Showtime, shown
from internal.stats.store import reading
from proto.live import LiveSection, LiveStats
from proto.stats import StatsUpdated

__all__ = ["Telling"]

_AT_ONCE = 100  # showtimes of one transaction
_SECTIONS = 500  # of one picture, 60 kB; a hall with more is asked for by who wants to see them


class Telling:
    """Replicas share the work: who has told of a showtime has written so."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def run_once(self) -> int:
        """Those whose last word is a second old; how many."""

        async def work(tx: Tx) -> list[Showtime]:
            found = await reading.to_tell(tx, _AT_ONCE)
            for one in found:
                await outbox.add(tx, _updated(one), key=f"{one.showtime_id} {one.version}")
            return found

        told = await self._database.run(work)
        for one in told:
            try:
                await self._bus.show(_picture(one))
            except Unavailable:  # who watches sees the next one
                break
        return len(told) if len(told) == _AT_ONCE else 0


def _updated(one: Showtime) -> StatsUpdated:
    whole = shown(one.counts[0], canceled=one.canceled)
    return StatsUpdated(
        event_id=one.event_id,
        showtime_id=one.showtime_id,
        capacity=whole.capacity,
        available=whole.available,
        held=whole.held,
        sold=whole.sold,
        blocked=whole.blocked,
        version=one.version,
    )


def _picture(one: Showtime) -> LiveStats:
    whole = shown(one.counts[0], canceled=one.canceled)
    sections = []
    if len(one.counts) <= _SECTIONS:
        for counts in one.counts[1:]:
            part = shown(counts, canceled=one.canceled)
            sections.append(
                LiveSection(
                    section_id=counts.section_id,
                    capacity=part.capacity,
                    available=part.available,
                    held=part.held,
                    sold=part.sold,
                    blocked=part.blocked,
                )
            )
    return LiveStats(
        event_id=one.event_id,
        showtime_id=one.showtime_id,
        version=one.version,
        capacity=whole.capacity,
        available=whole.available,
        held=whole.held,
        sold=whole.sold,
        blocked=whole.blocked,
        canceled=one.canceled,
        sections=sections,
    )
