"""Showtimes and layouts, as they were told."""

from __future__ import annotations

import zlib
from datetime import datetime

import msgspec

from internal.platform.postgres import Tx, execute, many, maybe
from proto.catalog import ShowtimeCanceled, ShowtimePublished, ShowtimeUpdated
from proto.seatmap import Point, Section

__all__ = [
    "Layout",
    "Showtime",
    "Told",
    "capacity",
    "close_showtime",
    "keep_layout",
    "keep_showtime",
    "layout",
    "longest_hold",
    "publish_showtime",
    "showtime",
    "showtimes_of_event",
    "showtimes_on_sale",
    "told_since",
]

_SHOWTIME = """showtime_id, event_id, organization_id, layout_hash, starts_at, on_sale_from, on_sale_until,
    seats_per_buyer, hold_seconds, published and not closed as on_sale"""


class Showtime(msgspec.Struct, frozen=True):
    """A showtime as far as the inventory needs it."""

    showtime_id: str
    event_id: str
    organization_id: str
    layout_hash: str
    starts_at: datetime
    on_sale_from: datetime | None
    on_sale_until: datetime | None
    seats_per_buyer: int
    hold_seconds: int
    on_sale: bool


class Told(msgspec.Struct, frozen=True):
    """Which hall a showtime is sold in, and when that was told."""

    showtime_id: str
    layout_hash: str
    told_at: datetime


class Layout(msgspec.Struct, frozen=True):
    """A layout: all its pages in one."""

    layout_hash: str
    focal_point: Point
    sections: list[Section]


async def keep_showtime(tx: Tx, told: ShowtimePublished | ShowtimeUpdated, at: datetime) -> None:
    """What the catalog told, unless something newer is known; a layout stays what it was when sales began."""
    await execute(
        tx,
        "insert into showtimes (showtime_id, event_id, organization_id, layout_hash, starts_at, on_sale_from,"
        " on_sale_until, seats_per_buyer, hold_seconds, told_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (showtime_id) do update set"
        " layout_hash = case when showtimes.published then showtimes.layout_hash else excluded.layout_hash end,"
        " starts_at = excluded.starts_at, on_sale_from = excluded.on_sale_from,"
        " on_sale_until = excluded.on_sale_until, seats_per_buyer = excluded.seats_per_buyer,"
        " hold_seconds = excluded.hold_seconds, told_at = excluded.told_at"
        " where showtimes.told_at < excluded.told_at",
        [
            told.showtime_id,
            told.event_id,
            told.organization_id,
            told.layout_hash,
            told.starts_at,
            told.on_sale_from,
            told.on_sale_until,
            told.seats_per_buyer,
            told.hold_seconds,
            at,
        ],
    )


async def publish_showtime(tx: Tx, showtime_id: str) -> bool:
    """It is sold from now on; False if that was so, or it is cancelled."""
    sql = "update showtimes set published = true where showtime_id = %s and not published and not closed"
    return bool(await execute(tx, sql, [showtime_id]))


async def close_showtime(tx: Tx, told: ShowtimeCanceled) -> bool:
    """Nothing of it is sold, now or when its publication comes late; False if nothing of it was sold before."""
    sql = "update showtimes set closed = true where showtime_id = %s and published and not closed"
    was_sold = await execute(tx, sql, [told.showtime_id])
    await execute(
        tx,
        "insert into showtimes (showtime_id, event_id, organization_id, layout_hash, starts_at, seats_per_buyer,"
        " hold_seconds, closed, told_at) values (%s, %s, %s, '', now(), 1, 1, true, '-infinity')"
        " on conflict (showtime_id) do update set closed = true",
        [told.showtime_id, told.event_id, told.organization_id],
    )
    return bool(was_sold)


async def showtime(tx: Tx, showtime_id: str) -> Showtime | None:
    """One showtime."""
    return await maybe(tx, Showtime, f"select {_SHOWTIME} from showtimes where showtime_id = %s", [showtime_id])


async def told_since(tx: Tx, since: datetime, limit: int) -> list[Told]:
    """The showtimes on sale of which something was told since then, the earliest first."""
    return await many(
        tx,
        Told,
        "select showtime_id, layout_hash, told_at from showtimes where published and not closed and told_at >= %s"
        " order by told_at limit %s",
        [since, limit],
    )


async def showtimes_of_event(tx: Tx, event_id: str) -> list[Showtime]:
    """An event's showtimes of which seats are sold, the earliest first."""
    sql = (
        f"select {_SHOWTIME} from showtimes where event_id = %s and published and not closed"
        " order by starts_at, showtime_id"
    )
    return await many(tx, Showtime, sql, [event_id])


async def showtimes_on_sale(tx: Tx, after: str, limit: int) -> list[Showtime]:
    """Showtimes that are not over, in the order of their ids."""
    sql = (
        f"select {_SHOWTIME} from showtimes where published and not closed and starts_at > now() - interval '1 day'"
        " and showtime_id > %s order by showtime_id limit %s"
    )
    return await many(tx, Showtime, sql, [after, limit])


async def longest_hold(tx: Tx) -> int:
    """For how many seconds a seat of a showtime that is not over is held at most, before it is refreshed."""
    cursor = await tx.execute(
        "select coalesce(max(hold_seconds), 0) from showtimes"
        " where published and not closed and starts_at > now() - interval '1 day'"
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def keep_layout(tx: Tx, layout: Layout, capacity: int) -> None:
    """A layout, for ever: its hash is its name."""
    body = zlib.compress(msgspec.msgpack.encode(layout), 1)
    sql = "insert into layouts (layout_hash, capacity, body) values (%s, %s, %s) on conflict do nothing"
    await execute(tx, sql, [layout.layout_hash, capacity, body])


async def layout(tx: Tx, layout_hash: str) -> Layout | None:
    """A layout."""
    cursor = await tx.execute("select body from layouts where layout_hash = %s", [layout_hash])
    row = await cursor.fetchone()
    return None if row is None else msgspec.msgpack.decode(zlib.decompress(row[0]), type=Layout)


async def capacity(tx: Tx, layout_hash: str) -> int:
    """How many places a layout has."""
    cursor = await tx.execute("select capacity from layouts where layout_hash = %s", [layout_hash])
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])
