"""Showtimes to be sold, and the inventory's own rooms on real servers, without its edge: `Desk`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from internal.inventory import store
from internal.inventory.claims import Claims
from internal.inventory.config import Config
from internal.inventory.handlers import Holds
from internal.inventory.locks import Allowance, Locks
from internal.inventory.opening import Openings
from internal.inventory.reconcile import SeatReconciler
from internal.inventory.recovery import Recovery
from internal.inventory.scripts import SCRIPTS
from internal.inventory.service import SERVICE
from internal.inventory.store import Layout
from internal.platform.bus import Bus, BusSettings
from internal.platform.ids import new_id
from internal.platform.postgres import Database
from internal.platform.redis import SHARES, Lane
from proto.catalog import ShowtimeCanceled, ShowtimePublished
from proto.seatkeys import places, shard_of
from proto.seatmap import Area, Point, Row, Seat, Section

__all__ = ["EASY", "MIGRATIONS", "Desk", "Stage", "canceled", "connected", "desk", "layout", "put_on_sale", "showtime"]

assert SERVICE.migrations is not None
MIGRATIONS = SERVICE.migrations
EASY = Config(holds_burst=1_000_000, holds_interval_ms=1)  # where a test is not about haste


def layout(rows: int = 1, seats: int = 12, standing: int = 0, sections: int = 1) -> Layout:
    """A plain hall: seats `A1`, `A2`, ... row by row, and a standing area `floor`."""
    made = [
        Section(
            section_id=f"s{section}",
            name=f"Section {section}",
            rows=[_row(section * rows + number, seats) for number in range(rows)],
        )
        for section in range(sections)
    ]
    if standing:
        area = Area(area_id="floor", name="Floor", capacity=standing, tier="standing", y=5.0)
        made.append(Section(section_id="floor", name="Floor", areas=[area]))
    return Layout(f"hall-{rows}-{seats}-{standing}-{sections}", Point(x=seats / 2, y=0.0), made)


def _row(number: int, seats: int) -> Row:
    name = chr(ord("A") + number) if number < 26 else f"R{number}."
    made = [
        Seat(seat_id=f"{name}{at}", number=str(at), x=float(at), y=10.0 + number, tier="T")
        for at in range(1, seats + 1)
    ]
    return Row(row_id=f"row-{number}", label=name, seats=made)


def showtime(hall: Layout, **facts: Any) -> ShowtimePublished:
    """A showtime in a month, on sale now."""
    told: dict[str, Any] = {
        "showtime_id": new_id("showtime"),
        "event_id": new_id("event"),
        "organization_id": new_id("org"),
        "venue_id": new_id("venue"),
        "layout_hash": hall.layout_hash,
        "starts_at": datetime.now(UTC) + timedelta(days=30),
        "seats_per_buyer": 6,
        "hold_seconds": 300,
        "currency": "TRY",
    }
    return ShowtimePublished(**{**told, **facts})


@dataclass(frozen=True)
class Stage:
    """A showtime on sale."""

    hall: Layout
    facts: ShowtimePublished

    @property
    def id(self) -> str:
        return self.facts.showtime_id

    @property
    def event_id(self) -> str:
        return self.facts.event_id

    @property
    def organization_id(self) -> str:
        return self.facts.organization_id

    @property
    def seats(self) -> list[str]:
        """In the order of the map."""
        return places(self.hall.sections)


def canceled(stage: Stage) -> ShowtimeCanceled:
    """What the catalog tells when it will not take place."""
    return ShowtimeCanceled(
        showtime_id=stage.id, event_id=stage.event_id, organization_id=stage.organization_id, reason="ill"
    )


async def put_on_sale(database: Database, hall: Layout | None = None, **facts: Any) -> Stage:
    """As if the catalog had told of it."""
    hall = hall or layout()
    stage = Stage(hall, showtime(hall, **facts))
    async with database.transaction() as tx:
        await store.keep_layout(tx, hall, len(stage.seats))
        await store.keep_showtime(tx, stage.facts, datetime.now(UTC))
        await store.publish_showtime(tx, stage.id)
    return stage


@dataclass
class Desk:
    """The inventory's rooms, each to be called directly."""

    lane: Lane
    database: Database
    bus: Bus
    locks: Locks
    recovery: Recovery
    openings: Openings
    holds: Holds
    claims: Claims
    reconciler: SeatReconciler
    config: Config

    @property
    def allowance(self) -> Allowance:
        return self.holds.allowance

    async def stage(self, hall: Layout | None = None, **facts: Any) -> Stage:
        """A showtime that is open."""
        stage = await put_on_sale(self.database, hall, **facts)
        await self.openings.open(stage.id)
        return stage

    async def rows(self, showtime_id: str) -> dict[str, str]:
        """What Postgres says of each seat that is not free."""
        async with self.database.read() as tx:
            return {row.seat_id: row.state for row in await store.seats(tx, showtime_id)}

    async def states(self, stage: Stage) -> dict[str, str]:
        """What the map in Redis says of each seat."""
        found = await self.locks.map(stage.id)
        assert found is not None
        return dict(zip(stage.seats, found.decode(), strict=True))

    async def sweep(self, stage: Stage) -> None:
        """One round of the sweep in this showtime's shard, as `loops.Sweep` makes it."""
        _, unsettled = await self.locks.sweep(shard_of(stage.id), 500)
        for hold_id in unsettled:
            await self.claims.settle(hold_id)


@asynccontextmanager
async def connected(nats_url: str) -> AsyncIterator[Bus]:
    """A bus that has found its server."""
    bus = Bus(BusSettings(url=nats_url), name="test", log=structlog.get_logger(), lost=lambda: None)
    bus.start()
    try:
        async with asyncio.timeout(30):
            await bus.connected()
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def desk(
    redis_url: str, database: Database, bus: Bus | None = None, config: Config = EASY, *, marked: bool = True
) -> AsyncIterator[Desk]:
    """One replica's rooms; without a bus it finds nothing in the facts, so Redis must be marked as whole."""
    log = structlog.get_logger()
    bus = bus or Bus(BusSettings(), name="test", log=log, lost=lambda: None)
    lane = Lane(redis_url, [*SCRIPTS, SHARES], log)
    running = asyncio.create_task(lane.run())
    try:
        async with asyncio.timeout(30):
            await lane.until_ready()
        locks, recovery = Locks(lane), Recovery(lane)
        openings = Openings(database, locks, recovery, bus, config, new_id("replica"), log)
        claims = Claims(database, locks, recovery, config, log)
        reconciler = SeatReconciler(database, locks, openings, claims)
        made = Desk(
            lane,
            database,
            bus,
            locks,
            recovery,
            openings,
            Holds(locks, recovery, openings, database, config),
            claims,
            reconciler,
            config,
        )
        if marked:
            await recovery.begin("test")
            await recovery.end("test")
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
