"""How seatmap is built."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from internal.platform.bus import Endpoint
from internal.platform.config import read
from internal.platform.service import Parts, Platform, Service
from internal.seatmap.config import SeatmapSettings
from internal.seatmap.handlers import Venues
from internal.seatmap.http import routes
from internal.seatmap.layouts import Layouts
from proto.seatmap import CreateSimple, GetLayout, GetVenue

__all__ = ["SERVICE"]


def _build(platform: Platform) -> Parts:
    layouts = Layouts(platform.database, read(SeatmapSettings, platform.environment))
    venues = Venues(platform.database, layouts, platform.roles, partial(datetime.now, UTC))
    return Parts(
        routes=routes(venues, layouts),
        endpoints=[
            Endpoint(GetVenue, venues.describe),
            Endpoint(GetLayout, venues.page),
            Endpoint(CreateSimple, venues.create_simple),
        ],
    )


SERVICE = Service(name="seatmap", build=_build, migrations=Path(__file__).parent / "migrations")
