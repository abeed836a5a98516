"""Builds the statistics: the only place where their parts are put together."""

from __future__ import annotations

from pathlib import Path

from internal.platform.config import read
from internal.platform.loops import Loop
from internal.platform.reconcile import Reconciler
from internal.platform.service import Parts, Platform, Service
from internal.platform.telemetry import Figure
from internal.stats.config import Config
from internal.stats.consumers import consumers
from internal.stats.endpoints import endpoints
from internal.stats.handlers import Counting, Rebuilding, Showtimes, Telling, Views
from internal.stats.handlers.counting import Reading
from internal.stats.handlers.recount import Recounts
from internal.stats.http import routes
from internal.stats.recent import Recent
from internal.stats.reconcile import StatsReconciler

__all__ = ["SERVICE", "build"]


def build(platform: Platform) -> Parts:
    """The statistics, out of what the process offers."""
    config, database, bus = read(Config, platform.environment), platform.database, platform.bus
    recent = Recent(platform.redis)
    showtimes = Showtimes(database, bus, platform.log)
    reading = Reading(bus, platform.log)
    counting = Counting(database, reading, showtimes, recent.forget)
    compared = StatsReconciler(database, platform.redis, bus, showtimes, recent.forget)
    recounts = Recounts(database, bus, showtimes, reading, counting, compared.heal, recent.forget)
    rebuilding = Rebuilding(database, bus, recounts, platform.log)
    return Parts(
        routes=routes(Views(database, recent, platform.roles)),
        endpoints=endpoints(rebuilding),
        consumers=consumers(showtimes, counting, config),
        loops=[
            Loop("stats-telling", Telling(database, bus).run_once, config.tell_every),
            Loop("stats-rebuilds", rebuilding.run_once, config.rebuild_every),
        ],
        reconcilers=[
            Reconciler("stats-seats", compared.run_once, every=config.reconcile_every, step=compared.next_page)
        ],
        figures=[Figure("stats_counted", "Effects of facts that were counted.", lambda: counting.counted)],
    )


SERVICE = Service("stats", build, migrations=Path(__file__).parent / "migrations")
