"""Who may see and change an event or a showtime: those who work for the organisation that owns it."""

from __future__ import annotations

from typing import TypeVar

from internal.catalog.domain import Event, Showtime, Status
from internal.catalog.faults import EventUnknown, ShowtimeUnknown
from internal.catalog.store import events, showtimes
from internal.platform.faults import Fault
from internal.platform.ids import is_id
from internal.platform.postgres import Database, Tx
from internal.platform.roles import NotAllowedHere, Roles
from internal.platform.tokens import Principal

__all__ = ["Access", "locked_event", "locked_showtime"]

T = TypeVar("T", Event, Showtime)


class Access:
    """A draft is nothing at all to a stranger; what is public is known, but not theirs to change."""

    def __init__(self, database: Database, roles: Roles) -> None:
        self._database = database
        self._roles = roles

    async def require(self, principal: Principal, organization_id: str) -> None:
        """Nothing, or `NotAllowedHere`."""
        await self._roles.require(principal, organization_id)

    async def event(self, principal: Principal, event_id: str) -> Event:
        """The event, for its organisation's staff."""
        async with self._database.read() as tx:
            found = await events.event(tx, event_id) if is_id("event", event_id) else None
        return await self._of_staff(principal, found, EventUnknown)

    async def showtime(self, principal: Principal, showtime_id: str) -> Showtime:
        """The showtime, for its organisation's staff."""
        async with self._database.read() as tx:
            found = await showtimes.showtime(tx, showtime_id) if is_id("showtime", showtime_id) else None
        return await self._of_staff(principal, found, ShowtimeUnknown)

    async def _of_staff(self, principal: Principal, found: T | None, unknown: type[Fault]) -> T:
        if found is None:
            raise unknown
        try:
            await self._roles.require(principal, found.organization_id)
        except NotAllowedHere:
            if found.status is Status.DRAFT:
                raise unknown from None
            raise
        return found


async def locked_event(tx: Tx, event_id: str) -> Event:
    """The event, nobody else's until the transaction ends."""
    found = await events.event(tx, event_id, lock=True)
    if found is None:
        raise EventUnknown
    return found


async def locked_showtime(tx: Tx, event_id: str, showtime_id: str) -> tuple[Event, Showtime]:
    """The showtime and its event, whose lock is that of all its showtimes."""
    event = await locked_event(tx, event_id)
    found = await showtimes.showtime(tx, showtime_id)
    if found is None:
        raise ShowtimeUnknown
    return event, found
