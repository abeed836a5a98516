"""The counts as they are shown and told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from internal.platform.postgres import Tx, execute, many
from internal.stats.domain.figures import Minute, Showtime

__all__ = ["minutes", "of_event", "to_tell"]

# The whole first, then the sections in the layout's order.
_SHOWTIME = """
select s.showtime_id, s.event_id, s.organization_id, s.starts_at, s.canceled, s.version, (
    select jsonb_agg(jsonb_build_object(
        'section_id', part.section_id, 'name', part.name, 'capacity', part.capacity,
        'held', coalesce(c.held, 0), 'sold', coalesce(c.sold, 0), 'blocked', coalesce(c.blocked, 0),
        'holds', coalesce(c.holds, 0), 'holds_sold', coalesce(c.holds_sold, 0),
        'bought', coalesce(c.bought, 0), 'unsold', coalesce(c.unsold, 0),
        'orders', coalesce(c.orders, 0), 'refunds', coalesce(c.refunds, 0),
        'revenue', coalesce((
            select jsonb_agg(jsonb_build_object('currency', r.currency, 'gross', r.gross, 'refunded', r.refunded))
            from revenue r where r.showtime_id = s.showtime_id and r.generation = s.generation
            and r.section_id = part.section_id), '[]')) order by part.at)
    from (
        select '' as section_id, '' as name, l.capacity, 0::bigint as at
        union all
        select p.value ->> 'section_id', p.value ->> 'name', (p.value ->> 'capacity')::int, p.ordinality
        from jsonb_array_elements(l.sections) with ordinality as p
    ) as part
    left join counts c on c.showtime_id = s.showtime_id and c.generation = s.generation
        and c.section_id = part.section_id
) as counts
from showtimes s join layouts l using (layout_hash)
"""


async def of_event(tx: Tx, event_id: str) -> list[Showtime]:
    """Its showtimes that were ever on sale, the earliest first."""
    return await many(
        tx,
        Showtime,
        f"{_SHOWTIME} where s.event_id = %s and s.published order by s.starts_at, s.showtime_id",
        [event_id],
    )


async def to_tell(tx: Tx, limit: int) -> list[Showtime]:
    """Those that have changed since they were last told, a second ago or more: told from now on."""
    claimed = await many(
        tx,
        _Id,
        "select showtime_id as id from showtimes where version > told and published and layout_hash <> ''"
        " and told_at <= now() - interval '1 second' order by showtime_id limit %s for update",
        [limit],
    )
    if not claimed:
        return []
    ids = [row.id for row in claimed]
    await execute(
        tx, "update showtimes set told = version, told_at = clock_timestamp() where showtime_id = any(%s)", [ids]
    )
    return await many(tx, Showtime, f"{_SHOWTIME} where s.showtime_id = any(%s)", [ids])


class _Id(msgspec.Struct, frozen=True):
    id: str


async def minutes(tx: Tx, showtime_ids: Sequence[str], section_id: str, since: datetime, limit: int) -> list[Minute]:
    """What was sold by minute, the latest first."""
    return await many(
        tx,
        Minute,
        "select minute, currency, sum(seats)::bigint as seats, sum(orders)::bigint as orders,"
        " sum(amount)::bigint as amount from sales join showtimes using (showtime_id, generation)"
        " where showtime_id = any(%s) and section_id = %s and minute >= %s"
        " group by minute, currency order by minute desc, currency limit %s",
        [list(showtime_ids), section_id, since, limit],
    )
