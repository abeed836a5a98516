"""Events: written down, shown, changed, published, cancelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from internal.catalog import domain
from internal.catalog.domain import MOST_SHOWTIMES, Event
from internal.catalog.faults import EventUnknown, GuestsCannotPublish, ReferenceUnknown
from internal.catalog.handlers.access import Access, locked_event
from internal.catalog.handlers.telling import event_facts
from internal.catalog.recent import Shelf
from internal.catalog.store import categories, showtimes
from internal.catalog.store import events as store
from internal.catalog.store.events import ActiveEvent, EventPage, Search
from internal.platform import outbox
from internal.platform.bus import Bus
from internal.platform.faults import Malformed, Unauthenticated
from internal.platform.ids import is_id, new_id
from internal.platform.once import Once
from internal.platform.postgres import Database, Tx
from internal.platform.tokens import Principal
from proto.catalog import (
    EventCanceled,
    EventCreated,
    EventDeleted,
    EventPublished,
    EventUpdated,
    ShowtimeCanceled,
    ShowtimeDeleted,
)
from proto.directory import EnsureOrganization

__all__ = ["Events", "require_category"]

_PLAYING = timedelta(hours=12)  # a showtime stays on its event's page while it may still be going on
Position = tuple[datetime, str]


class Events:
    """Each change is checked against the organisation that owns the event."""

    def __init__(
        self, database: Database, access: Access, bus: Bus, shelf: Shelf, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._access = access
        self._bus = bus
        self._shelf = shelf
        self._clock = clock

    async def organizer(self, principal: Principal, organization_id: str | None, name: str) -> str:
        """The organisation that puts the event on: the one named, or the first that the caller works for, or a new one.

        The new one is called like the event: its owner renames it as soon as there is a second one.
        """
        if principal.guest:
            raise GuestsCannotPublish
        if organization_id is None:
            asked = EnsureOrganization(user_id=principal.user_id, name=name)
            organization_id = (await self._bus.request(asked)).organization_id
        await self._access.require(principal, organization_id)
        return organization_id

    async def add(
        self, principal: Principal, organization_id: str | None, described: Mapping[str, Any], once: Once
    ) -> EventPage:
        """A new draft."""
        owner = await self.organizer(principal, organization_id, described["name"])
        now = self._clock()
        new = Event(id=new_id("event"), organization_id=owner, created_at=now, updated_at=now, **described)

        async def work(tx: Tx) -> EventPage:
            await require_category(tx, new.category_id)
            await store.add(tx, new)
            await outbox.add(tx, EventCreated(**event_facts(new)))
            return EventPage(**msgspec.structs.asdict(new))

        return await once.run(self._database, EventPage, work)

    async def page(self, event_id: str) -> EventPage:
        """The event as the public sees it."""
        if not is_id("event", event_id):
            raise EventUnknown
        return await self._page(event_id, drafts=False)

    async def draft(self, principal: Principal, event_id: str) -> EventPage:
        """The event with all its next showtimes, as its organiser sees it."""
        await self._access.event(principal, event_id)
        return await self._page(event_id, drafts=True)

    async def active(self, position: Position | None, limit: int, category_id: str | None) -> list[ActiveEvent]:
        """Published events that are still to be played, the soonest first."""
        async with self._database.read() as tx:
            return await store.active_after(tx, self._clock(), position, limit, category_id)

    async def search(self, principal: Principal | None, wanted: Search, position: str, limit: int) -> list[Event]:
        """What fits, the newest first; drafts only within one's own organisation."""
        if wanted.status in {"draft", "any"}:
            if principal is None:
                raise Unauthenticated
            if wanted.organization_id is None:
                raise Malformed("Whose drafts? Name an organizationId.", path="$.organizationId", source="query")
            await self._access.require(principal, wanted.organization_id)
        async with self._database.read() as tx:
            return await store.search(tx, wanted, position, limit)

    async def change(
        self, principal: Principal, event_id: str, changes: Mapping[str, Any], expected: int | None
    ) -> Event:
        """Another description."""
        await self._access.event(principal, event_id)
        async with self._database.transaction() as tx:
            found = await locked_event(tx, event_id)
            domain.require_version(found, expected)
            changed = domain.changed_event(found, changes, self._clock())
            await require_category(tx, changed.category_id)
            await store.keep(tx, changed)
            await outbox.add(tx, EventUpdated(**event_facts(changed)))
        self._shelf.changed(event_id)
        return changed

    async def remove(self, principal: Principal, event_id: str, expected: int | None) -> None:
        """Throw a draft away, with its showtimes, which are drafts too."""
        await self._access.event(principal, event_id)
        async with self._database.transaction() as tx:
            found = await locked_event(tx, event_id)
            domain.require_version(found, expected)
            domain.require_draft(found)
            whose = {"event_id": event_id, "organization_id": found.organization_id}
            for showtime in await showtimes.of_event(tx, event_id, None, MOST_SHOWTIMES, drafts=True):
                await outbox.add(tx, ShowtimeDeleted(showtime_id=showtime.id, **whose))
            await store.delete(tx, event_id)
            await outbox.add(tx, EventDeleted(**whose))
        self._shelf.changed(event_id)

    async def publish(self, principal: Principal, event_id: str, expected: int | None, once: Once) -> Event:
        """Let everybody see it."""
        await self._access.event(principal, event_id)

        async def work(tx: Tx) -> Event:
            found = await locked_event(tx, event_id)
            domain.require_version(found, expected)
            published = domain.published_event(found, self._clock())
            await store.keep(tx, published)
            await outbox.add(tx, EventPublished(**event_facts(published)))
            return published

        published = await once.run(self._database, Event, work)
        self._shelf.changed(event_id)
        return published

    async def cancel(self, principal: Principal, event_id: str, reason: str, expected: int | None, once: Once) -> Event:
        """It will not take place, and none of its showtimes will."""
        await self._access.event(principal, event_id)

        async def work(tx: Tx) -> Event:
            found = await locked_event(tx, event_id)
            domain.require_version(found, expected)
            canceled = domain.canceled(found, reason, self._clock())
            await store.keep(tx, canceled)
            whose = {"event_id": event_id, "organization_id": found.organization_id, "reason": reason}
            for showtime_id in await showtimes.cancel_all(tx, event_id, reason, canceled.updated_at):
                await outbox.add(tx, ShowtimeCanceled(showtime_id=showtime_id, **whose))
            await outbox.add(tx, EventCanceled(**whose))
            return canceled

        canceled = await once.run(self._database, Event, work)
        self._shelf.changed(event_id)
        return canceled

    async def _page(self, event_id: str, *, drafts: bool) -> EventPage:
        async with self._database.read() as tx:
            found = await store.page(tx, event_id, drafts=drafts, since=self._clock() - _PLAYING)
        if found is None:
            raise EventUnknown
        return found


async def require_category(tx: Tx, category_id: str | None) -> None:
    """Nothing, or `ReferenceUnknown`; a category that is named here is not removed meanwhile."""
    if category_id is not None and not await categories.vouch_for(tx, category_id):
        raise ReferenceUnknown("There is no such category.", path="$.categoryId")
