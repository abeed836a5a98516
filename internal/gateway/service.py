"""How the gateway is built."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from internal.gateway.config import GatewaySettings
from internal.gateway.files import read_files
from internal.gateway.handlers import Documents, Events, Programmes, Showtimes, Venues
from internal.gateway.http import Acts, routes
from internal.gateway.operating import Operating
from internal.platform.config import read
from internal.platform.http.paying import Paying
from internal.platform.service import Parts, Platform, Service

__all__ = ["SERVICE"]


def build(platform: Platform) -> Parts:
    """The files are read here, so that a broken one is told at the start."""
    venues = Venues(platform.bus)
    programmes, showtimes = Programmes(platform.bus, venues), Showtimes(platform.bus, venues)
    events = Events(platform.bus, venues, partial(datetime.now, UTC))
    settings = read(GatewaySettings, platform.environment)
    documents = Documents(settings.bases, platform.log)
    acts = Acts(Operating(platform.bus, platform.redis, settings.replicas), platform.database)
    provider = Paying.of(platform.environment).provider
    return Parts(routes=routes(read_files(), documents, programmes, events, showtimes, acts, provider))


SERVICE = Service("gateway", build, migrations=Path(__file__).parent / "migrations")
