"""All of the room together, as a process uses it: made first, told later what there is to watch."""

from __future__ import annotations

import socket
from collections.abc import Coroutine
from dataclasses import replace
from random import random
from typing import Any

from structlog.typing import FilteringBoundLogger

from internal.platform.http import RouteHandler
from internal.platform.http.fast import Roads
from internal.platform.http.front import DRAWN, ASGIApp, Scope
from internal.platform.http.server import serve
from internal.platform.telemetry.collector import Collector, Sources
from internal.platform.telemetry.exposition import Exposition
from internal.platform.telemetry.instruments import instruments
from internal.platform.telemetry.requests import access_log
from internal.platform.telemetry.settings import TelemetrySettings

__all__ = ["Telling"]


class Telling:
    """What goes around the edge, which routes it adds, and what runs beside."""

    def __init__(self, settings: TelemetrySettings, replica: str, host: str, log: FilteringBoundLogger) -> None:
        self.instruments = instruments(settings, replica)
        self._settings = settings
        self._host = host
        self._log = log
        self._networks = settings.networks()
        self._sources: Sources | None = None
        self._exposition: Exposition | None = None

    def watch(self, sources: Sources) -> list[RouteHandler]:
        """Count these from now on; the route that tells."""
        if not self._settings.metrics:
            return []
        self._sources = sources
        self._exposition = Exposition(Collector(sources), sources.databases, self._networks)
        return [self._exposition.route()]

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application with what was asked for around it, and nothing where nothing was."""
        app = self.instruments.edge(app)
        if self._settings.access_log:
            app = access_log(app, self._log, self._settings.access_log)
        return app if self._sources is None else self._sources.requests.watched(app)

    def watching(self, roads: Roads) -> Roads:
        """The fast road counted, and sampled requests sent on the ordinary one, where they are traced and logged."""
        count = None if self._sources is None else self._sources.requests.add
        settings = self._settings
        share = max(settings.sample_ratio if settings.otlp_endpoint else 0.0, settings.access_log)

        def detour(scope: Scope) -> bool:
            scope[DRAWN] = drawn = random()  # noqa: S311 - chance is all that is wanted
            return drawn < share

        return replace(roads, count=count, detour=detour if share else None)

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What runs for as long as the process does."""
        if self._sources is None or self._exposition is None:
            return []
        tasks = [self._sources.lag.run()]
        if self._settings.metrics_port:
            tasks.append(serve(self._exposition.app(), self._own_port(int(self._sources.worker))))
        return tasks

    def _own_port(self, worker: int) -> socket.socket:
        listening = socket.create_server((self._host, self._settings.metrics_port + worker))
        listening.setblocking(False)
        return listening
