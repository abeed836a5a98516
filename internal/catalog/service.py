"""Builds the catalog: the only place where its parts are put together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import available_timezones

from internal.catalog.config import CatalogSettings
from internal.catalog.fast import event_page
from internal.catalog.handlers import Categories, Events, Showtimes, Simple, Tiers
from internal.catalog.handlers.access import Access
from internal.catalog.handlers.programme import Programmes
from internal.catalog.http import routes
from internal.catalog.http.answers import PUBLIC
from internal.catalog.recent import Shelf
from internal.platform.bus import Endpoint
from internal.platform.config import read
from internal.platform.http.gate import GateSettings
from internal.platform.service import Parts, Platform, Service
from proto.catalog import GetEvent, GetPrices, GetShowtime, ListEventShowtimes, ListProgramme, ListShowtimes

__all__ = ["SERVICE", "build"]


def build(platform: Platform) -> Parts:
    """The catalog, out of what the process offers."""
    settings = read(CatalogSettings, platform.environment)
    database, bus, shelf = platform.database, platform.bus, Shelf()
    access = Access(database, platform.roles)
    zones = frozenset(available_timezones())
    events = Events(database, access, bus, shelf, _now)
    showtimes = Showtimes(database, access, bus, shelf, settings, zones, _now)
    simple = Simple(database, bus, events, showtimes, settings, _now)
    tiers = Tiers(database, access, shelf, _now)
    programmes = Programmes(database, _now)
    limited = "GET /api/events/" in read(GateSettings, platform.environment).limits
    return Parts(
        routes=routes(events, simple, showtimes, tiers, Categories(database, _now), shelf),
        fast=[] if limited else [event_page(shelf, platform.verifier, PUBLIC)],
        endpoints=[
            Endpoint(GetShowtime, showtimes.facts),
            Endpoint(ListEventShowtimes, showtimes.facts_of_event),
            Endpoint(ListShowtimes, showtimes.facts_of_all),
            Endpoint(GetPrices, tiers.prices),
            Endpoint(GetEvent, programmes.event),
            Endpoint(ListProgramme, programmes.page),
        ],
    )


def _now() -> datetime:
    return datetime.now(UTC)


SERVICE = Service("catalog", build, migrations=Path(__file__).parent / "migrations")
