"""Showtimes: planned, shown, changed, put on sale, cancelled; and what the other services ask of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from internal.catalog import domain
from internal.catalog.config import CatalogSettings
from internal.catalog.domain import MOST_SHOWTIMES, Showtime, Status, Tier
from internal.catalog.faults import ChangedMeanwhile, EventUnknown, ReferenceUnknown, ShowtimeUnknown, TooManyShowtimes
from internal.catalog.handlers.access import Access, locked_event, locked_showtime
from internal.catalog.handlers.telling import answer, showtime_facts
from internal.catalog.handlers.venues import venue_of
from internal.catalog.recent import Shelf
from internal.catalog.store import events as event_store
from internal.catalog.store import showtimes as store
from internal.platform import outbox
from internal.platform.bus import Bus
from internal.platform.ids import is_id, new_id
from internal.platform.once import Once
from internal.platform.postgres import Database, Tx
from internal.platform.tokens import Principal
from proto.catalog import (
    EventShowtimes,
    GetShowtime,
    ListEventShowtimes,
    ListShowtimes,
    ShowtimeCanceled,
    ShowtimeCreated,
    ShowtimeDeleted,
    ShowtimeFacts,
    ShowtimePublished,
    ShowtimeUpdated,
)
from proto.catalog import Showtimes as AllShowtimes

__all__ = ["Showtimes"]

Position = tuple[datetime, str]
_MOST_AT_ONCE = 200  # showtimes of one answer: 200 kB, with twenty tiers each


class Showtimes:
    """Each change is checked against the organisation that owns the event."""

    def __init__(
        self,
        database: Database,
        access: Access,
        bus: Bus,
        shelf: Shelf,
        settings: CatalogSettings,
        zones: frozenset[str],
        clock: Callable[[], datetime],
    ) -> None:
        """`zones` are the names of time zones that there are."""
        self._database = database
        self._access = access
        self._bus = bus
        self._shelf = shelf
        self._settings = settings
        self._zones = zones
        self._clock = clock

    async def add(
        self,
        principal: Principal,
        event_id: str,
        terms: Mapping[str, Any],
        tiers: Sequence[tuple[str, int]],
        once: Once,
    ) -> Showtime:
        """Plan a showtime, with as many of its prices as are known."""
        event = await self._access.event(principal, event_id)
        self._check_zone(terms)
        venue = await venue_of(self._bus, terms["venue_id"], event.organization_id)
        now = self._clock()
        planned = self.planned(event, venue.layout_hash or "", terms, now)
        new = domain.with_tiers(planned, [_tier(*tier) for tier in tiers], now)

        async def work(tx: Tx) -> Showtime:
            domain.require_living(await locked_event(tx, event_id))
            domain.require_room(await store.count(tx, event_id), MOST_SHOWTIMES, TooManyShowtimes)
            await store.add(tx, new)
            await outbox.add(tx, ShowtimeCreated(**showtime_facts(new)))
            return new

        return await once.run(self._database, Showtime, work)

    def planned(self, event: domain.Event, layout_hash: str, terms: Mapping[str, Any], now: datetime) -> Showtime:
        """A new draft on these terms; what they leave open is as the operator chose."""
        given = {name: value for name, value in terms.items() if value is not None}
        chosen: dict[str, Any] = {
            "seats_per_buyer": self._settings.seats_per_buyer,
            "hold_seconds": self._settings.hold_seconds,
            "time_zone": self._settings.time_zone,
        }
        new = Showtime(
            id=new_id("showtime"),
            organization_id=event.organization_id,
            event_id=event.id,
            layout_hash=layout_hash,
            version=0,  # its tiers are its first change
            created_at=now,
            updated_at=now,
            **{**chosen, **given},
        )
        return domain.checked_terms(new, self._settings.longest_hold_seconds, self._settings.most_seats_per_buyer)

    async def get(self, principal: Principal | None, showtime_id: str) -> Showtime:
        """One showtime; a draft for its organisation's staff only."""
        async with self._database.read() as tx:
            found = await store.showtime(tx, showtime_id) if is_id("showtime", showtime_id) else None
        if found is None or (found.status is Status.DRAFT and principal is None):
            raise ShowtimeUnknown
        if found.status is Status.DRAFT:
            assert principal is not None
            return await self._access.showtime(principal, showtime_id)
        return found

    async def of_event(
        self, principal: Principal | None, event_id: str, position: Position | None, limit: int, *, drafts: bool
    ) -> list[Showtime]:
        """An event's showtimes, the earliest first; with `drafts` for its organisation's staff only."""
        if not is_id("event", event_id):
            raise EventUnknown
        async with self._database.read() as tx:
            event = await event_store.event(tx, event_id)
            found = await store.of_event(tx, event_id, position, limit, drafts=drafts)
        if event is None or (principal is None and (drafts or event.status is Status.DRAFT)):
            raise EventUnknown
        if principal is not None and (drafts or event.status is Status.DRAFT):
            await self._access.event(principal, event_id)
        return found

    async def change(
        self, principal: Principal, showtime_id: str, changes: Mapping[str, Any], expected: int | None
    ) -> Showtime:
        """Other terms. A draft that moves to another venue is on that one's current layout."""
        seen = await self._access.showtime(principal, showtime_id)
        self._check_zone(changes)
        if changes.get("venue_id", seen.venue_id) != seen.venue_id:
            venue = await venue_of(self._bus, changes["venue_id"], seen.organization_id)
            changes = {**changes, "layout_hash": venue.layout_hash or ""}
        async with self._database.transaction() as tx:
            _, found = await locked_showtime(tx, seen.event_id, showtime_id)
            domain.require_version(found, expected)
            changed = domain.changed_showtime(
                found,
                changes,
                self._clock(),
                self._settings.longest_hold_seconds,
                self._settings.most_seats_per_buyer,
            )
            await store.keep(tx, changed)
            await outbox.add(tx, ShowtimeUpdated(**showtime_facts(changed)))
        self._shelf.changed(seen.event_id)
        return changed

    async def remove(self, principal: Principal, showtime_id: str, expected: int | None) -> None:
        """Throw a draft away."""
        seen = await self._access.showtime(principal, showtime_id)
        async with self._database.transaction() as tx:
            _, found = await locked_showtime(tx, seen.event_id, showtime_id)
            domain.require_version(found, expected)
            domain.require_draft(found)
            await store.delete(tx, showtime_id)
            await outbox.add(tx, ShowtimeDeleted(**_whose(found)))

    async def publish(self, principal: Principal, showtime_id: str, expected: int | None, once: Once) -> Showtime:
        """Put it on sale, on the layout that its venue has now."""
        seen = await self._access.showtime(principal, showtime_id)
        venue = await venue_of(self._bus, seen.venue_id, seen.organization_id)

        async def work(tx: Tx) -> Showtime:
            event, found = await locked_showtime(tx, seen.event_id, showtime_id)
            domain.require_version(found, expected)
            if found.venue_id != venue.venue_id:
                raise ChangedMeanwhile(version=found.version)
            published = domain.published_showtime(found, event, venue.layout_hash, venue.tiers, self._clock())
            await store.keep(tx, published)
            await outbox.add(tx, ShowtimePublished(**showtime_facts(published)))
            return published

        published = await once.run(self._database, Showtime, work)
        self._shelf.changed(seen.event_id)
        return published

    async def cancel(
        self, principal: Principal, showtime_id: str, reason: str, expected: int | None, once: Once
    ) -> Showtime:
        """It will not take place: holds end, and what was sold is refunded."""
        seen = await self._access.showtime(principal, showtime_id)

        async def work(tx: Tx) -> Showtime:
            _, found = await locked_showtime(tx, seen.event_id, showtime_id)
            domain.require_version(found, expected)
            canceled = domain.canceled(found, reason, self._clock())
            await store.keep(tx, canceled)
            await outbox.add(tx, ShowtimeCanceled(**_whose(found), reason=reason))
            return canceled

        canceled = await once.run(self._database, Showtime, work)
        self._shelf.changed(seen.event_id)
        return canceled

    async def facts(self, asked: GetShowtime) -> ShowtimeFacts:
        """What is known of this showtime? Asked by other services."""
        async with self._database.read() as tx:
            found = await store.showtime(tx, asked.showtime_id) if is_id("showtime", asked.showtime_id) else None
        if found is None:
            raise ShowtimeUnknown
        return answer(found)

    async def facts_of_event(self, asked: ListEventShowtimes) -> EventShowtimes:
        """Which showtimes has this event? Asked by other services, of whatever id their callers name."""
        if not is_id("event", asked.event_id):
            raise EventUnknown
        async with self._database.read() as tx:
            found = await store.of_event(tx, asked.event_id, None, MOST_SHOWTIMES, drafts=True)
            if not found and await event_store.event(tx, asked.event_id) is None:
                raise EventUnknown
        return EventShowtimes(showtimes=[answer(one) for one in found])

    async def facts_of_all(self, asked: ListShowtimes) -> AllShowtimes:
        """Which showtimes are there? Asked by other services, page by page."""
        limit = min(asked.limit, _MOST_AT_ONCE)
        async with self._database.read() as tx:
            found = await store.public_after(tx, asked.after, limit)
        return AllShowtimes(showtimes=[answer(one) for one in found], more=len(found) == limit)

    def _check_zone(self, terms: Mapping[str, Any]) -> None:
        zone = terms.get("time_zone")
        if zone is not None and self._zones and zone not in self._zones:
            raise ReferenceUnknown(f"There is no time zone {zone!r}.", path="$.timeZone")


def _tier(name: str, price: int) -> Tier:
    return Tier(id=new_id("tier"), name=name, price=price)


def _whose(showtime: Showtime) -> dict[str, str]:
    return {
        "showtime_id": showtime.id,
        "event_id": showtime.event_id,
        "organization_id": showtime.organization_id,
    }
