"""The counts: many changes in one statement for each table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from psycopg.types.json import Json

from internal.platform.postgres import Tx, execute, many
from internal.stats.domain import COUNTED, Blocking, Tally
from internal.stats.domain.hall import Hall

__all__ = ["add", "adjust", "block", "blocked", "counted", "enter"]

DURABLE = "stats"

_TABLES = {
    "counts": (("showtime_id", "generation", "section_id"), COUNTED),
    "revenue": (("showtime_id", "generation", "section_id", "currency"), ("gross", "refunded")),
    "sales": (("showtime_id", "generation", "section_id", "minute", "currency"), ("seats", "orders", "amount")),
    "funnel": (("showtime_id", "generation", "section_id", "minute"), ("bought", "unsold", "holds", "holds_sold")),
}
_TYPES = {"showtime_id": "text", "section_id": "text", "currency": "text", "minute": "timestamptz"}


class Seats(msgspec.Struct, frozen=True):
    """Where the seats of a section are, as it is counted."""

    section_id: str
    held: int
    sold: int
    blocked: int


class _Id(msgspec.Struct, frozen=True):
    id: str


async def enter(tx: Tx, ids: Sequence[str]) -> set[str]:
    """These effects count as counted from now on; those that did before, mostly none. In order, as others insert them.

    As JSON, for psycopg takes as long for the texts of an array as all that is counted takes here.
    """
    if not ids:
        return set()
    sql = (
        "with told as materialized (select value as id from json_array_elements_text(%s) as value),"
        " entered as (insert into inbox (durable, event_id) select %s, id from told"
        "  on conflict do nothing returning event_id)"
        " select id from told where id not in (select event_id from entered)"
    )
    return {row.id for row in await many(tx, _Id, sql, [Json(sorted(ids)), DURABLE])}


async def add(tx: Tx, tally: Tally) -> None:
    """All of these changes."""
    await _add(tx, "counts", tally.counts)
    await _add(tx, "revenue", tally.revenue)
    await _add(tx, "sales", tally.sales)
    await _add(tx, "funnel", tally.funnel)


async def _add(tx: Tx, table: str, rows: Mapping[tuple[Any, ...], Sequence[int]]) -> None:
    if not rows:
        return
    keys, values = _TABLES[table]
    columns = [*keys, *values]
    arrays = zip(*[(*key, *row) for key, row in sorted(rows.items())], strict=True)
    unnested = ", ".join(f"%s::{_TYPES.get(name, 'bigint')}[]" for name in columns)
    await execute(
        tx,
        f"insert into {table} ({', '.join(columns)}) select * from unnest({unnested})"
        f" on conflict ({', '.join(keys)}) do update set"
        f" {', '.join(f'{name} = {table}.{name} + excluded.{name}' for name in values)}",
        [list(column) for column in arrays],
    )


async def block(tx: Tx, blockings: Iterable[Blocking], generation: int, hall: Hall) -> None:
    """The latest word on each of these seats of one showtime, and how many are blocked now."""
    latest: dict[str, Blocking] = {}
    for one in blockings:
        if one.seat_id not in latest or latest[one.seat_id].at <= one.at:
            latest[one.seat_id] = one
    told = [latest[seat] for seat in sorted(latest)]
    showtime_id = told[0].showtime_id
    await execute(
        tx,
        "insert into blocked_seats (showtime_id, generation, seat_id, section_id, blocked, at)"
        " select %s, %s, * from unnest(%s::text[], %s::text[], %s::boolean[], %s::timestamptz[])"
        " on conflict (showtime_id, generation, seat_id) do update set blocked = excluded.blocked, at = excluded.at"
        " where blocked_seats.at <= excluded.at",
        [
            showtime_id,
            generation,
            [one.seat_id for one in told],
            [hall.section_of(one.seat_id) for one in told],
            [one.blocked for one in told],
            [one.at for one in told],
        ],
    )
    await execute(tx, _RECOUNT, {"showtime": showtime_id, "generation": generation})


# The whole, and each section that has or had a blocked seat.
_RECOUNT = """
insert into counts (showtime_id, generation, section_id, blocked)
select %(showtime)s, %(generation)s, coalesce(section_id, ''), count(*) filter (where blocked)
from blocked_seats where showtime_id = %(showtime)s and generation = %(generation)s
group by grouping sets ((), (section_id)) having coalesce(section_id, '') <> '' or grouping(section_id) = 1
on conflict (showtime_id, generation, section_id) do update set blocked = excluded.blocked
"""


async def blocked(tx: Tx, showtime_id: str, generation: int) -> set[str]:
    """The seats that count as blocked."""
    sql = "select seat_id as id from blocked_seats where showtime_id = %s and generation = %s and blocked"
    return {row.id for row in await many(tx, _Id, sql, [showtime_id, generation])}


async def counted(tx: Tx, showtime_id: str, generation: int) -> dict[str, Seats]:
    """By section."""
    sql = "select section_id, held, sold, blocked from counts where showtime_id = %s and generation = %s"
    return {row.section_id: row for row in await many(tx, Seats, sql, [showtime_id, generation])}


async def adjust(tx: Tx, showtime_id: str, generation: int, sections: Mapping[str, tuple[int, int]]) -> None:
    """Held and sold as they really are; whoever calls has locked the showtime."""
    await execute(
        tx,
        "insert into counts (showtime_id, generation, section_id, held, sold)"
        " select %s, %s, * from unnest(%s::text[], %s::bigint[], %s::bigint[])"
        " on conflict (showtime_id, generation, section_id) do update set held = excluded.held, sold = excluded.sold",
        [
            showtime_id,
            generation,
            list(sections),
            [held for held, _ in sections.values()],
            [sold for _, sold in sections.values()],
        ],
    )
