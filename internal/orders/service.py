"""Builds orders: the only place where its parts are put together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from internal.orders.config import OrdersSettings
from internal.orders.consumers import consumers
from internal.orders.endpoints import endpoints
from internal.orders.handlers import TOPIC, CalledOff, Commands, Desk, Refunds
from internal.orders.http import routes
from internal.orders.reconcile import OrderReconciler
from internal.orders.ticketing import ticketing
from internal.platform.config import read
from internal.platform.loops import Loop
from internal.platform.reconcile import Reconciler
from internal.platform.service import Parts, Platform, Service
from internal.platform.telemetry import Figure

__all__ = ["SERVICE", "build"]


def build(platform: Platform) -> Parts:
    """Orders, out of what the process offers."""
    settings, database = read(OrdersSettings, platform.environment), platform.database
    doors = ticketing(database, platform.roles, platform.environment, _now)
    refunds = Refunds(database, doors.tickets, _now)
    called_off = CalledOff(database, refunds, _now)
    compared = OrderReconciler(database, platform.bus, settings, _now)
    settling = Loop("orders-called-off", called_off.run_once, settings.called_off_every)
    database.listen(TOPIC, settling.wake)
    return Parts(
        routes=[*routes(Desk(database, platform.roles, refunds, settings, _now)), *doors.routes],
        endpoints=endpoints(Commands(database, platform.bus, refunds, doors.tickets, _now), refunds),
        consumers=consumers(database, called_off),
        loops=[settling, *doors.loops],
        reconcilers=[
            Reconciler("orders", compared.run_once, every=settings.reconcile_every, step=compared.look_at_new)
        ],
        figures=[
            Figure("orders_called_off", "Orders of showtimes called off, seen to.", lambda: called_off.settled),
        ],
        needs=doors.needs,
    )


def _now() -> datetime:
    return datetime.now(UTC)


SERVICE = Service("orders", build, migrations=Path(__file__).parent / "migrations")
