"""Showtimes and layouts, as they were told."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from internal.platform.postgres import Tx, execute, many, maybe
from internal.stats.domain.hall import Part
from proto.catalog import ShowtimeCanceled, ShowtimeFacts, ShowtimePublished, ShowtimeUpdated
from proto.seatmap import Section

__all__ = ["Known", "cancel", "keep", "keep_layout", "known", "layout", "lock", "on_sale", "touch"]

_KNOWN = "showtime_id, event_id, layout_hash, generation, building, version"


class Known(msgspec.Struct, frozen=True):
    """A showtime as far as counting needs it."""

    showtime_id: str
    event_id: str
    layout_hash: str
    generation: int
    building: int | None
    version: int

    @property
    def generations(self) -> list[int]:
        """Those that a fact counts in."""
        return [self.generation] if self.building is None else [self.generation, self.building]


class _Body(msgspec.Struct, frozen=True):
    body: bytes


async def keep(
    tx: Tx, told: ShowtimePublished | ShowtimeUpdated | ShowtimeFacts, at: datetime, *, published: bool
) -> None:
    """What the catalog told, unless something newer is known; a layout stays what it was when sales began."""
    await execute(
        tx,
        "insert into showtimes (showtime_id, event_id, organization_id, layout_hash, starts_at, published, heard_at)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict (showtime_id) do update set"
        " layout_hash = case when showtimes.published and showtimes.layout_hash <> '' or"
        " showtimes.heard_at > excluded.heard_at then showtimes.layout_hash else excluded.layout_hash end,"
        " starts_at = case when showtimes.heard_at > excluded.heard_at then showtimes.starts_at"
        " else excluded.starts_at end,"
        " published = showtimes.published or excluded.published, version = showtimes.version + 1,"
        " heard_at = greatest(showtimes.heard_at, excluded.heard_at)",
        [
            told.showtime_id,
            told.event_id,
            told.organization_id,
            told.layout_hash,
            told.starts_at,
            published,
            at,
        ],
    )


async def cancel(tx: Tx, told: ShowtimeCanceled | ShowtimeFacts) -> None:
    """It will not take place, even if that is told before anything else is."""
    await execute(
        tx,
        "insert into showtimes (showtime_id, event_id, organization_id, layout_hash, starts_at, canceled, heard_at)"
        " values (%s, %s, %s, '', now(), true, '-infinity')"
        " on conflict (showtime_id) do update set canceled = true, version = showtimes.version + 1"
        " where not showtimes.canceled",
        [told.showtime_id, told.event_id, told.organization_id],
    )


async def known(tx: Tx, showtime_ids: Sequence[str]) -> list[Known]:
    """Those of them that were told, with their halls."""
    sql = f"select {_KNOWN} from showtimes where showtime_id = any(%s) and layout_hash <> ''"
    return await many(tx, Known, sql, [list(showtime_ids)])


async def lock(tx: Tx, showtime_ids: Sequence[str]) -> list[Known]:
    """These, until the transaction ends; in the order of their ids, so that nobody waits in a circle."""
    sql = f"select {_KNOWN} from showtimes where showtime_id = any(%s) order by showtime_id for update"
    return await many(tx, Known, sql, [list(showtime_ids)])


async def touch(tx: Tx, showtime_ids: Sequence[str]) -> None:
    """Their counts have changed."""
    await execute(tx, "update showtimes set version = version + 1 where showtime_id = any(%s)", [list(showtime_ids)])


async def on_sale(tx: Tx, after: str, limit: int) -> list[Known]:
    """Showtimes of which Redis may have a map, in the order of their ids."""
    sql = (
        f"select {_KNOWN} from showtimes where published and not canceled and layout_hash <> ''"
        " and starts_at > now() - interval '1 day' and showtime_id > %s order by showtime_id limit %s"
    )
    return await many(tx, Known, sql, [after, limit])


async def keep_layout(
    tx: Tx, layout_hash: str, capacity: int, parts: Sequence[Part], sections: Sequence[Section]
) -> None:
    """A layout, for ever: its hash is its name."""
    body = zlib.compress(msgspec.msgpack.encode(sections), 1)
    shown = Jsonb([msgspec.structs.asdict(part) for part in parts])
    sql = "insert into layouts (layout_hash, capacity, sections, body) values (%s, %s, %s, %s) on conflict do nothing"
    await execute(tx, sql, [layout_hash, capacity, shown, body])


async def layout(tx: Tx, layout_hash: str) -> list[Section] | None:
    """A layout's sections."""
    found = await maybe(tx, _Body, "select body from layouts where layout_hash = %s", [layout_hash])
    return None if found is None else msgspec.msgpack.decode(zlib.decompress(found.body), type=list[Section])
