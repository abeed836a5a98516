"""Builds bookings: the only place where its parts are put together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from internal.bookings.config import Config
from internal.bookings.consumers import consumers
from internal.bookings.handlers import Bookings
from internal.bookings.http import routes
from internal.bookings.telling import Telling
from internal.bookings.workers import HELD, Workers
from internal.platform.bus import Endpoint
from internal.platform.config import read
from internal.platform.http.paying import Paying
from internal.platform.loops import Loop
from internal.platform.service import Parts, Platform, Service
from proto.bookings import ListBookings

__all__ = ["SERVICE", "build"]


def build(platform: Platform) -> Parts:
    """bookings, out of what the process offers."""
    config = read(Config, platform.environment)
    database, bus = platform.database, platform.bus
    telling = Telling(database, bus)
    workers = Workers(database, bus, telling, config, _now)
    following = Loop("bookings-follow", workers.follow, config.look_every)
    database.listen(HELD, following.wake)
    return Parts(
        routes=routes(Bookings(database, bus, _now), Paying.of(platform.environment)),
        consumers=consumers(workers),
        endpoints=[Endpoint(ListBookings, telling.own)],
        loops=[
            following,
            Loop("bookings-look-around", workers.look_around, config.look_every),
            Loop("bookings-lines", telling.lines_once, config.look_every),
        ],
    )


def _now() -> datetime:
    return datetime.now(UTC)


SERVICE = Service("bookings", build, migrations=Path(__file__).parent / "migrations")
