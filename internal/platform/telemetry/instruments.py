"""Of which parts the process is built: decided once at start, so that what is off costs nothing afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from internal.platform.bus import Bus
from internal.platform.http.front import ASGIApp
from internal.platform.postgres import Database
from internal.platform.redis import Lane
from internal.platform.telemetry.settings import TelemetrySettings

__all__ = ["Instruments", "instruments"]


def _plain(app: ASGIApp) -> ASGIApp:
    return app


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Instruments:
    """How to make a lane, a bus and a database, what goes around the edge, and what to call at the end, in a thread."""

    lane: Callable[..., Lane] = Lane
    bus: Callable[..., Bus] = Bus
    database: Callable[..., Database] = Database
    edge: Callable[[ASGIApp], ASGIApp] = _plain
    close: Callable[[], None] = _nothing


def instruments(settings: TelemetrySettings, replica: str) -> Instruments:
    """Traced ones if there is somebody to tell, else the plain ones."""
    if not settings.otlp_endpoint:
        return Instruments()
    # OpenTelemetry is 0.2 s of imports and a thread, which nobody should pay who does not use it.
    from internal.platform.telemetry.traced import traced  # noqa: PLC0415

    return traced(settings, replica)
