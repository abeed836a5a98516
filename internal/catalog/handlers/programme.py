"""What other services ask of events: one, or all that is still to be played."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from internal.catalog.faults import EventUnknown
from internal.catalog.store import events as store
from internal.platform.http import cursor_of, position_of
from internal.platform.ids import is_id
from internal.platform.postgres import Database
from proto.catalog import EventDetails, GetEvent, ListProgramme, PlayedEvent, Programme

__all__ = ["Programmes"]

_PAGE = 50  # events: with 50 times of 300 bytes and a description of 10 kB each, less than what the bus takes


class Programmes:
    """Each method answers one question."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def event(self, asked: GetEvent) -> EventDetails:
        """One event, whether it is public or not."""
        found = None
        if is_id("event", asked.event_id):
            async with self._database.read() as tx:
                found = await store.event(tx, asked.event_id)
        if found is None:
            raise EventUnknown
        return EventDetails(
            event_id=found.id,
            organization_id=found.organization_id,
            name=found.name,
            status=found.status.value,
            description=found.description,
            category_id=found.category_id,
            image_url=found.image_url,
        )

    async def page(self, asked: ListProgramme) -> Programme:
        """The next page of what is still to be played."""
        position = position_of(asked.cursor, tuple[datetime, str])
        async with self._database.read() as tx:
            found = await store.programme_after(tx, self._clock(), position, _PAGE)
        last = found[-1] if len(found) == _PAGE else None
        return Programme(
            events=[_played(one) for one in found],
            next_cursor=cursor_of(last.next_starts_at.isoformat(), last.id) if last else None,
        )


def _played(one: store.Listed) -> PlayedEvent:
    return PlayedEvent(
        event_id=one.id,
        organization_id=one.organization_id,
        name=one.name,
        description=one.description,
        category_id=one.category_id,
        image_url=one.image_url,
        showtimes=one.showtimes,
    )
