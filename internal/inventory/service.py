"""Builds the inventory out of its rooms: the only wiring."""

from __future__ import annotations

from pathlib import Path

from internal.inventory import fast, http
from internal.inventory.blocks import Blocks
from internal.inventory.buying import Buying
from internal.inventory.claims import Claims
from internal.inventory.config import Config
from internal.inventory.consumers import consumers
from internal.inventory.endpoints import endpoints
from internal.inventory.handlers import Holds
from internal.inventory.locks import Locks
from internal.inventory.loops import Relay, Sweep
from internal.inventory.opening import Openings
from internal.inventory.outbox import Outbox
from internal.inventory.reconcile import SeatReconciler
from internal.inventory.recovery import Recovery
from internal.inventory.scripts import SCRIPTS
from internal.inventory.telling import TOLD, Catalog
from internal.platform.config import read
from internal.platform.loops import Loop
from internal.platform.reconcile import Reconciler
from internal.platform.redis import SHARES, Shares
from internal.platform.service import Parts, Platform, Service
from internal.platform.telemetry import Figure
from proto.seatkeys import SHARDS

__all__ = ["SERVICE"]


def build(platform: Platform) -> Parts:
    """Everything by explicit arguments."""
    config = read(Config, platform.environment)
    database, log = platform.database, platform.log
    locks, recovery = Locks(platform.redis), Recovery(platform.redis)
    openings = Openings(database, locks, recovery, platform.bus, config, platform.replica, log)
    holds = Holds(locks, recovery, openings, database, config)
    claims = Claims(database, locks, recovery, config, log)
    shares = Shares(platform.redis, "inventory", SHARDS, platform.replica)
    relay = Relay(Outbox(platform.redis), platform.bus, shares, config)
    sweep = Sweep(locks, claims, shares, config, log)
    seats = SeatReconciler(database, locks, openings, claims)
    halls = Loop("inventory-halls", openings.learn, config.learn_every)
    database.listen(TOLD, halls.wake)
    return Parts(
        routes=http.routes(holds, Blocks(database, locks, openings, platform.roles), database),
        fast=[fast.route(locks, openings, platform.verifier, holds.allowance, config.seats_at_once)],
        endpoints=endpoints(claims, openings, Buying(locks, openings, holds, config), database),
        consumers=consumers(Catalog(database, locks, openings), claims),
        loops=[
            shares.loop,
            Loop("inventory-relay", relay.run_once, config.relay_every),
            Loop("inventory-pictures", relay.show_once, config.picture_every),
            Loop("inventory-sweep", sweep.run_once, config.sweep_every),
            Loop("inventory-recovery", openings.recover, config.sweep_every),
            halls,
        ],
        reconcilers=[
            Reconciler("inventory-seats", seats.run_once, every=config.reconcile_every, step=seats.next_page),
        ],
        figures=[
            Figure("inventory_told", "Facts brought from Redis to JetStream.", lambda: relay.told),
            Figure("inventory_swept", "Expired holds that were freed.", lambda: sweep.freed),
        ],
    )


SERVICE = Service("inventory", build, migrations=Path(__file__).with_name("migrations"), scripts=(*SCRIPTS, SHARES))
