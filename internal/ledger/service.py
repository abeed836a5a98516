"""Builds the ledger: the only place where its parts are put together."""

from __future__ import annotations

from pathlib import Path

from internal.ledger.config import Config
from internal.ledger.consumers import consumers
from internal.ledger.handlers import Anchors, Reservations, Trail, anchored_in
from internal.ledger.http import routes
from internal.platform.bus import Endpoint
from internal.platform.config import read
from internal.platform.loops import Loop
from internal.platform.service import Parts, Platform, Service
from proto.ledger import Verify

__all__ = ["SERVICE", "build"]

_NEVER_FULL = 2  # one anchor a round: a chain that grows all the time is anchored by the clock


def build(platform: Platform) -> Parts:
    """The ledger, out of what the process offers."""
    config = read(Config, platform.environment)
    reservations = Reservations(platform.database, platform.bus, platform.roles)
    anchors = Anchors(platform.database, anchored_in(platform.bus), platform.log)
    trail = Trail(platform.database, platform.bus, platform.roles, anchors)
    return Parts(
        routes=routes(reservations, trail),
        endpoints=[Endpoint(Verify, trail.verify, concurrency=2)],  # each computes for a second
        consumers=consumers(reservations, trail),
        loops=[Loop("ledger-anchors", anchors.run_once, config.anchor_every, full=_NEVER_FULL)],
    )


SERVICE = Service("ledger", build, migrations=Path(__file__).parent / "migrations")
