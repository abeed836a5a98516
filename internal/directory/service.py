"""Builds directory: the only place where its parts are put together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from internal.directory.consumers import consumers
from internal.directory.handlers import Organizations
from internal.directory.http import routes
from internal.directory.people import People
from internal.platform.bus import Endpoint
from internal.platform.service import Parts, Platform, Service
from proto.directory import EnsureOrganization, GetRole

__all__ = ["SERVICE", "build"]


def build(platform: Platform) -> Parts:
    """directory, out of what the process offers."""
    organizations = Organizations(platform.database, _now)
    return Parts(
        routes=routes(organizations, People(platform.bus.request)),
        endpoints=[Endpoint(GetRole, organizations.role), Endpoint(EnsureOrganization, organizations.ensure)],
        consumers=consumers(platform.database, organizations),
    )


def _now() -> datetime:
    return datetime.now(UTC)


SERVICE = Service("directory", build, migrations=Path(__file__).parent / "migrations")
