"""What organisers do with venues and layouts, and what other services ask about them. Each method is one use case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from internal.platform import outbox
from internal.platform.ids import is_id, new_id
from internal.platform.postgres import Database, Tx
from internal.platform.roles import Roles
from internal.platform.tokens import Principal
from internal.seatmap import pages, store
from internal.seatmap.domain import (
    LayoutChanged,
    LayoutContended,
    NoSuchLayout,
    NoSuchVenue,
    Venue,
    VenueHasNoLayout,
)
from internal.seatmap.layout import Layout, tiers_used
from internal.seatmap.layouts import Layouts
from internal.seatmap.shelf import Packed, pack
from internal.seatmap.soundness import LONGEST_LABEL
from internal.seatmap.theatre import simple
from proto.seatmap import (
    CreateSimple,
    GetLayout,
    GetVenue,
    LayoutPage,
    LayoutPublished,
    SimpleCreated,
    VenueCreated,
    VenueDeleted,
    VenueFacts,
    VenueUpdated,
)

__all__ = ["Venues"]

_TRIES = 5  # of a change that another one overtook: five people drawing in one hall at the same second


class Venues:
    """Every call of an organiser is checked against the organisation that owns the venue."""

    def __init__(self, database: Database, layouts: Layouts, roles: Roles, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._layouts = layouts
        self._roles = roles
        self._clock = clock

    async def add(self, principal: Principal, organization_id: str, name: str, city: str, country: str) -> Venue:
        """A new venue, without a layout yet."""
        await self._roles.require(principal, organization_id)
        new = self._new(organization_id, name, city, country)
        async with self._database.transaction() as tx:
            await store.add_venue(tx, new)
            await outbox.add(tx, VenueCreated(**_facts(new)))
        return new

    async def after(self, principal: Principal, organization_id: str, position: str, limit: int) -> list[Venue]:
        """The organisation's venues."""
        await self._roles.require(principal, organization_id)
        async with self._database.read() as tx:
            return await store.venues_after(tx, organization_id, position, limit)

    async def get(self, principal: Principal, venue_id: str) -> Venue:
        """One venue, for those who work there."""
        async with self._database.read() as tx:
            found = await store.venue(tx, venue_id) if is_id("venue", venue_id) else None
        if found is None:
            raise NoSuchVenue
        await self._roles.require(principal, found.organization_id)
        return found

    async def change(self, principal: Principal, venue_id: str, changes: dict[str, str]) -> Venue:
        """Its name, or where it is."""
        await self.get(principal, venue_id)
        async with self._database.transaction() as tx:
            changed = msgspec.structs.replace(await _locked(tx, venue_id), **changes, updated_at=self._clock())
            await store.change_venue(tx, changed)
            await outbox.add(tx, VenueUpdated(**_facts(changed)))
        return changed

    async def remove(self, principal: Principal, venue_id: str) -> None:
        """The venue goes, its layouts stay: showtimes were sold on them."""
        found = await self.get(principal, venue_id)
        async with self._database.transaction() as tx:
            await _locked(tx, venue_id)
            await store.delete_venue(tx, venue_id)
            await outbox.add(tx, VenueDeleted(venue_id=venue_id, organization_id=found.organization_id))

    async def layout(self, principal: Principal, venue_id: str) -> tuple[Venue, Layout]:
        """The venue's current layout."""
        venue = await self.get(principal, venue_id)
        if venue.layout_hash is None:
            raise VenueHasNoLayout
        return venue, await self._layouts.opened(venue.layout_hash)

    async def set_layout(self, principal: Principal, venue_id: str, new: Layout, expected: str | None) -> Venue:
        """Another layout from now on. `expected` is the hash of the one that the caller has seen, if it matters."""
        await self.get(principal, venue_id)
        packed = await asyncio.to_thread(pack, new)
        async with self._database.transaction() as tx:
            found = await _locked(tx, venue_id)
            if expected not in (None, found.layout_hash):
                raise LayoutChanged
            return await self._publish(tx, found, packed)

    async def edit(
        self, principal: Principal, venue_id: str, change: Callable[[Layout], Layout], expected: str | None
    ) -> Venue:
        """Apply a change to the current layout, whichever that is when it is stored."""
        for _ in range(_TRIES):
            venue, current = await self.layout(principal, venue_id)
            if expected not in (None, venue.layout_hash):
                raise LayoutChanged
            packed = await asyncio.to_thread(lambda known: pack(change(known)), current)
            async with self._database.transaction() as tx:
                found = await _locked(tx, venue_id)
                if found.layout_hash == venue.layout_hash:
                    return await self._publish(tx, found, packed)
        raise LayoutContended

    async def create_simple(self, asked: CreateSimple) -> SimpleCreated:
        """A plain hall for the catalog's short form; the same request again finds the same hall."""
        packed = await asyncio.to_thread(lambda: pack(simple(asked.name[:LONGEST_LABEL], asked.total_seats)))
        new = self._new(asked.organization_id, asked.name, "", "")
        async with self._database.transaction() as tx:
            if not await store.add_venue(tx, new, asked.request_key):
                known = await store.venue_of_request(tx, asked.organization_id, asked.request_key or "")
                assert known is not None
                assert known.layout_hash is not None
                return SimpleCreated(venue_id=known.id, layout_hash=known.layout_hash)
            await outbox.add(tx, VenueCreated(**_facts(new)))
            await self._publish(tx, new, packed)
        return SimpleCreated(venue_id=new.id, layout_hash=packed.hash)

    async def describe(self, asked: GetVenue) -> VenueFacts:
        """A venue and the tiers of its current layout, for the catalog, which has a price for each of them."""
        async with self._database.read() as tx:
            found = await store.venue(tx, asked.venue_id)
        if found is None:
            raise NoSuchVenue
        tiers: list[str] = []
        if found.layout_hash is not None:
            tiers = tiers_used(await self._layouts.opened(found.layout_hash))
        return VenueFacts(**_facts(found), layout_hash=found.layout_hash, capacity=found.places, tiers=tiers)

    async def page(self, asked: GetLayout) -> LayoutPage:
        """A page of a layout, for the services that sell its places."""
        layout = await self._layouts.opened(asked.layout_hash)
        async with self._database.read() as tx:
            venue_id = await store.venue_of_layout(tx, asked.layout_hash)
        if venue_id is None:
            raise NoSuchLayout
        return await asyncio.to_thread(pages.page, layout, asked.layout_hash, venue_id, asked.section, asked.cursor)

    async def _publish(self, tx: Tx, venue: Venue, packed: Packed) -> Venue:
        """The venue with this layout; told to the others, unless it has it already."""
        if venue.layout_hash == packed.hash:
            return venue
        now = self._clock()
        await store.add_layout(tx, packed, now)
        changed = await store.set_layout(tx, venue.id, packed, now)
        await outbox.add(
            tx,
            LayoutPublished(
                layout_hash=packed.hash,
                venue_id=venue.id,
                organization_id=venue.organization_id,
                capacity=packed.places,
            ),
        )
        return changed

    def _new(self, organization_id: str, name: str, city: str, country: str) -> Venue:
        now = self._clock()
        return Venue(
            id=new_id("venue"),
            organization_id=organization_id,
            name=name,
            city=city,
            country=country,
            layout_hash=None,
            places=0,
            version=0,
            created_at=now,
            updated_at=now,
        )


async def _locked(tx: Tx, venue_id: str) -> Venue:
    found = await store.venue(tx, venue_id, lock=True)
    if found is None:
        raise NoSuchVenue
    return found


def _facts(venue: Venue) -> dict[str, Any]:
    """What the events about a venue say of it."""
    return {
        "venue_id": venue.id,
        "organization_id": venue.organization_id,
        "name": venue.name,
        "city": venue.city,
        "country": venue.country,
    }
