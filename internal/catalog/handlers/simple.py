"""The short form: a name and a number of seats, and a moment later it is on sale.

The hall is made by seatmap under a key that is made of the caller's Idempotency-Key, and the organisation found by
directory; both give the same answer to the same question. Only then the transaction begins in which everything else is
made at once. If it fails, a hall without an event is left behind, which the next try with the same key finds again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from internal.catalog import domain
from internal.catalog.config import CatalogSettings
from internal.catalog.domain import Event, Showtime, Tier
from internal.catalog.handlers.events import Events, require_category
from internal.catalog.handlers.showtimes import Showtimes
from internal.catalog.handlers.telling import event_facts, showtime_facts
from internal.catalog.handlers.venues import venue_of
from internal.catalog.store import events as event_store
from internal.catalog.store import showtimes as showtime_store
from internal.catalog.store.events import EventPage
from internal.platform import outbox
from internal.platform.bus import Bus
from internal.platform.ids import new_id
from internal.platform.once import Once
from internal.platform.postgres import Database, Tx
from internal.platform.tokens import Principal
from proto.catalog import EventCreated, EventPublished, ShowtimeCreated, ShowtimePublished
from proto.seatmap import CreateSimple, VenueFacts

__all__ = ["Simple"]

_DRAWN_WITHIN = 10.0  # seconds: a hall of 1,000 takes 20 ms, and a seatmap that is busy drawing others takes its turn


class Simple:
    """Event, venue, layout, tier and published showtime at once."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        events: Events,
        showtimes: Showtimes,
        settings: CatalogSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._bus = bus
        self._events = events
        self._showtimes = showtimes
        self._settings = settings
        self._clock = clock

    async def add(
        self,
        principal: Principal,
        organization_id: str | None,
        described: Mapping[str, Any],
        sold: Mapping[str, Any],
        total_seats: int,
        once: Once,
    ) -> EventPage:
        """`sold` may name price, currency, the start and its time zone; the operator's choice fills in the rest."""
        owner = await self._events.organizer(principal, organization_id, described["name"])
        hall = await self._hall(owner, described["name"], total_seats, once)
        event, showtime = self._published(owner, described, sold, hall)

        async def work(tx: Tx) -> EventPage:
            await require_category(tx, event.category_id)
            await event_store.add(tx, event)
            await showtime_store.add(tx, showtime)
            for fact in (
                EventCreated(**event_facts(event)),
                EventPublished(**event_facts(event)),
                ShowtimeCreated(**showtime_facts(showtime)),
                ShowtimePublished(**showtime_facts(showtime)),
            ):
                await outbox.add(tx, fact)
            return EventPage(**msgspec.structs.asdict(event), showtimes=(showtime,))

        return await once.run(self._database, EventPage, work)

    async def _hall(self, owner: str, name: str, total_seats: int, once: Once) -> VenueFacts:
        key = new_id("once") if once.key is None else hashlib.sha256(f"{once.scope} {once.key}".encode()).hexdigest()
        asked = CreateSimple(organization_id=owner, name=name, total_seats=total_seats, request_key=key)
        made = await self._bus.request(asked, timeout=_DRAWN_WITHIN)
        return await venue_of(self._bus, made.venue_id, owner)

    def _published(
        self, owner: str, described: Mapping[str, Any], sold: Mapping[str, Any], hall: VenueFacts
    ) -> tuple[Event, Showtime]:
        now = self._clock()
        event = Event(id=new_id("event"), organization_id=owner, created_at=now, updated_at=now, **described)
        event = domain.published_event(event, now)
        price = self._settings.simple_price if sold["price"] is None else sold["price"]
        terms = {
            "venue_id": hall.venue_id,
            "currency": sold["currency"] or self._settings.simple_currency,
            "starts_at": sold["starts_at"] or now + timedelta(days=self._settings.simple_days_ahead),
            "time_zone": sold["time_zone"],
        }
        draft = self._showtimes.planned(event, hall.layout_hash or "", terms, now)
        draft = domain.with_tiers(draft, [Tier(id=new_id("tier"), name=name, price=price) for name in hall.tiers], now)
        return event, domain.published_showtime(draft, event, hall.layout_hash, hall.tiers, now)
