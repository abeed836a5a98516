"""Builds checkout: the only place where its parts are put together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from internal.checkout.buying import Buying
from internal.checkout.config import Config
from internal.checkout.consumers import consumers
from internal.checkout.desk import Desk
from internal.checkout.endpoints import endpoints
from internal.checkout.handlers import Checkouts
from internal.checkout.http import routes
from internal.checkout.refunding import Refunding
from internal.checkout.returned import Returned
from internal.checkout.seats import Seats
from internal.platform.config import read
from internal.platform.http.paying import Paying
from internal.platform.saga import Runner, SagaSettings
from internal.platform.service import Parts, Platform, Service

__all__ = ["SERVICE", "build"]


def build(platform: Platform) -> Parts:
    """checkout, out of what the process offers."""
    config, database = read(Config, platform.environment), platform.database
    buying = Buying(platform.bus, config, platform.log).plan()
    refunding = Refunding(platform.bus, config).plan()
    runner = Runner.of(
        database, platform.bus, [buying, refunding], platform.log, read(SagaSettings, platform.environment)
    )
    checkouts = Checkouts(database, buying, runner, config)
    seats = Seats(platform.bus, checkouts, database)
    return Parts(
        routes=routes(checkouts, seats, Paying.of(platform.environment)),
        endpoints=endpoints(
            checkouts, Desk(database, [buying, refunding], Returned(platform.bus, config.provider_within), _now)
        ),
        consumers=consumers(database, runner, buying, refunding),
        loops=[runner, runner.counting(database), runner.pruning(database)],
        figures=runner.figures(),
    )


def _now() -> datetime:
    return datetime.now(UTC)


SERVICE = Service("checkout", build, migrations=Path(__file__).parent / "migrations")
