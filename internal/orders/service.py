"""Builds orders: the only place where its parts are put together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from internal.orders.endpoints import endpoints
from internal.orders.handlers import Commands
from internal.platform.service import Parts, Platform, Service

__all__ = ["SERVICE", "build"]


def build(platform: Platform) -> Parts:
    """Orders, out of what the process offers."""
    commands = Commands(platform.database, platform.bus, _now)
    return Parts(endpoints=endpoints(commands))


def _now() -> datetime:
    return datetime.now(UTC)


SERVICE = Service("orders", build, migrations=Path(__file__).parent / "migrations")
