"""Builds the ledger: the only place where its parts are put together."""

from __future__ import annotations

from pathlib import Path

from internal.ledger.consumers import consumers
from internal.ledger.handlers import Reservations, Trail
from internal.ledger.http import routes
from internal.platform.bus import Endpoint
from internal.platform.service import Parts, Platform, Service
from proto.ledger import Verify

__all__ = ["SERVICE", "build"]


def build(platform: Platform) -> Parts:
    """The ledger, out of what the process offers."""
    reservations = Reservations(platform.database, platform.bus, platform.roles)
    trail = Trail(platform.database, platform.bus, platform.roles)
    return Parts(
        routes=routes(reservations, trail),
        endpoints=[Endpoint(Verify, trail.verify, concurrency=2)],  # each computes for a second
        consumers=consumers(reservations, trail),
    )


SERVICE = Service("ledger", build, migrations=Path(__file__).parent / "migrations")
