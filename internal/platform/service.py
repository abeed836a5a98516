"""A service is a value: its routes, its consumers, its loops, its endpoints, and what it needs.

Each `internal/<name>/service.py` exports one `SERVICE`; `internal.platform.run.main` runs as many as it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from structlog.typing import FilteringBoundLogger

from internal.platform.bus import BatchConsumer, Bus, Consumer, Endpoint
from internal.platform.http import FastRoute, RouteHandler, SocketRoute
from internal.platform.loops import Loop
from internal.platform.postgres import Database
from internal.platform.reconcile import Reconciler
from internal.platform.redis import Lane, Script
from internal.platform.roles import Roles
from internal.platform.telemetry.figures import Figure
from internal.platform.tokens import Verifier

__all__ = ["Parts", "Platform", "Service"]


@dataclass(frozen=True)
class Platform:
    """What a service is built from. `replica` names this process among its like."""

    environment: Mapping[str, str]
    replica: str
    log: FilteringBoundLogger
    bus: Bus
    redis: Lane
    verifier: Verifier
    roles: Roles
    own_database: Database | None = None

    @property
    def database(self) -> Database:
        """The service's own database."""
        assert self.own_database is not None, "this service declares no migrations, so it has no database"
        return self.own_database


@dataclass(frozen=True)
class Parts:
    """What a service does, once built."""

    routes: Sequence[RouteHandler] = ()
    fast: Sequence[FastRoute] = ()
    sockets: Sequence[SocketRoute] = ()
    endpoints: Sequence[Endpoint[Any]] = ()
    consumers: Sequence[Consumer[Any] | BatchConsumer] = ()
    loops: Sequence[Loop] = ()
    reconcilers: Sequence[Reconciler] = ()
    figures: Sequence[Figure] = ()
    # What else it needs before it can work, by name: looked at by /health beside the servers.
    needs: Mapping[str, Callable[[], bool]] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """A name, how it is built, and where its migrations are if it owns a database."""

    name: str
    build: Callable[[Platform], Parts]
    migrations: Path | None = None
    scripts: Sequence[Script] = ()
