"""What is shown of an event: to everybody its seats, to the staff of its organisation also its sales."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import UNSET, UnsetType

from internal.platform.faults import Unavailable
from internal.platform.ids import is_id
from internal.platform.postgres import Database
from internal.platform.roles import NotAllowedHere, Roles
from internal.platform.tokens import Principal
from internal.stats.domain import figures
from internal.stats.domain.figures import EventFigures, NothingOfEvent, OneSection, Sales, SectionUnknown, Showtime
from internal.stats.recent import Recent
from internal.stats.store import reading

__all__ = ["Views"]

_MOST_MINUTES = 10_080  # of one answer: those of a week in which every minute something was sold


class Views:
    """Each method takes who asks, or None; what they may not see is left out, and nobody is refused."""

    def __init__(self, database: Database, recent: Recent, roles: Roles) -> None:
        self._database = database
        self._recent = recent
        self._roles = roles

    async def event(self, who: Principal | None, event_id: str, showtime_id: str | None, minutes: int) -> EventFigures:
        """All of an event, or one showtime of it."""
        showtimes = await self._showtimes(event_id, showtime_id)
        return figures.event_figures(event_id, showtimes, await self._sales(who, showtimes, "", minutes))

    async def section(
        self, who: Principal | None, event_id: str, section_id: str, showtime_id: str | None, minutes: int
    ) -> OneSection:
        """One section of its halls."""
        showtimes = await self._showtimes(event_id, showtime_id)
        if not any(count.section_id == section_id for one in showtimes for count in one.counts[1:]):
            raise SectionUnknown  # before Postgres is asked of it, which takes no NUL in a text
        sales = await self._sales(who, showtimes, section_id, minutes)
        return figures.section_figures(event_id, section_id, showtimes, sales)

    async def _showtimes(self, event_id: str, showtime_id: str | None) -> list[Showtime]:
        if not is_id("event", event_id):  # Postgres takes no NUL in a text
            raise NothingOfEvent
        found = await self._recent.of(event_id, lambda: self._read(event_id))
        if showtime_id is not None:
            found = [one for one in found if one.showtime_id == showtime_id]
        if not found:
            raise NothingOfEvent
        return found

    async def _read(self, event_id: str) -> list[Showtime]:
        async with self._database.read() as tx:
            return await reading.of_event(tx, event_id)

    async def _sales(
        self, who: Principal | None, showtimes: list[Showtime], section_id: str, minutes: int
    ) -> Sales | UnsetType:
        if not await self._may_see(who, showtimes[0].organization_id):
            return UNSET
        since = datetime.now(UTC) - timedelta(minutes=minutes)
        async with self._database.read() as tx:
            ids = [one.showtime_id for one in showtimes]
            found = await reading.minutes(tx, ids, section_id, since, _MOST_MINUTES)
        return figures.sales_of(showtimes, section_id, found)

    async def _may_see(self, who: Principal | None, organization_id: str) -> bool:
        if who is None or who.guest:
            return False
        try:
            await self._roles.require(who, organization_id)
        except (NotAllowedHere, Unavailable):  # who buys shall see the seats, whether or not directory is there
            return False
        return True
