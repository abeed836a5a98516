"""Showtimes, each with its price tiers."""

from __future__ import annotations

from datetime import datetime

import msgspec

from internal.catalog.domain import Showtime, Status, Tier
from internal.platform.postgres import Tx, execute, many, maybe, one

__all__ = [
    "TIERS",
    "Priced",
    "add",
    "cancel_all",
    "count",
    "delete",
    "keep",
    "keep_tiers",
    "of_event",
    "priced",
    "public_after",
    "showtime",
]

_NAMES = [field.name for field in msgspec.structs.fields(Showtime) if field.name != "tiers"]
TIERS = """
coalesce((select jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'price', t.price) order by t.position)
          from price_tiers t where t.showtime_id = s.id), '[]')
"""
_SHOWTIME = f"{', '.join(f's.{name}' for name in _NAMES)}, {TIERS} as tiers"


class _Id(msgspec.Struct, frozen=True):
    id: str


class _Count(msgspec.Struct, frozen=True):
    count: int


async def add(tx: Tx, new: Showtime) -> None:
    """A new showtime with its tiers."""
    await execute(
        tx,
        f"insert into showtimes ({', '.join(_NAMES)}) values ({', '.join(f'%({name})s' for name in _NAMES)})",
        _values(new),
    )
    await keep_tiers(tx, new)


async def keep(tx: Tx, changed: Showtime) -> None:
    """The showtime as it is now; not its tiers."""
    assigned = ", ".join(f"{name} = %({name})s" for name in _NAMES if name != "id")
    await execute(tx, f"update showtimes set {assigned} where id = %(id)s", _values(changed))


async def keep_tiers(tx: Tx, showtime: Showtime) -> None:
    """These tiers, and no others."""
    await execute(tx, "delete from price_tiers where showtime_id = %s", [showtime.id])
    await execute(
        tx,
        "insert into price_tiers (id, showtime_id, position, name, price)"
        " select id, %s, position, name, price"
        " from unnest(%s::text[], %s::text[], %s::bigint[]) with ordinality as t (id, name, price, position)",
        [
            showtime.id,
            [tier.id for tier in showtime.tiers],
            [tier.name for tier in showtime.tiers],
            [tier.price for tier in showtime.tiers],
        ],
    )
    await execute(
        tx,
        "insert into prices (showtime_id, name, price, tier_id, since)"
        " select t.showtime_id, t.name, t.price, t.id, clock_timestamp() from price_tiers t where t.showtime_id = %s"
        " and t.price is distinct from (select p.price from prices p where p.showtime_id = t.showtime_id"
        " and p.name = t.name order by p.since desc limit 1)",
        [showtime.id],
    )


class Priced(msgspec.Struct, frozen=True):
    """A showtime with what its tiers cost at some moment."""

    showtime_id: str
    event_id: str
    organization_id: str
    event_name: str
    starts_at: datetime
    time_zone: str
    status: Status
    currency: str
    tiers: list[Tier]


async def priced(tx: Tx, showtime_id: str, at: datetime) -> Priced | None:
    """What each tier cost at that moment; one that was added later has its first price. Every order asks it."""
    return await maybe(
        tx,
        Priced,
        "select s.id as showtime_id, s.event_id, s.organization_id, e.name as event_name, s.starts_at, s.time_zone,"
        " s.status, s.currency, coalesce((select jsonb_agg(p) from ("
        "  select distinct on (name) tier_id as id, name, price from prices where showtime_id = s.id"
        "  order by name, since > %(at)s, case when since <= %(at)s then since end desc, since"
        " ) as p), '[]') as tiers"
        " from showtimes s join events e on e.id = s.event_id where s.id = %(id)s",
        {"id": showtime_id, "at": at},
    )


async def showtime(tx: Tx, showtime_id: str) -> Showtime | None:
    """One showtime; whoever changes it has locked its event."""
    return await maybe(tx, Showtime, f"select {_SHOWTIME} from showtimes s where s.id = %s", [showtime_id])


async def of_event(
    tx: Tx, event_id: str, position: tuple[datetime, str] | None, limit: int, *, drafts: bool
) -> list[Showtime]:
    """The event's next showtimes, the earliest first; without `drafts`, what the public may see."""
    when, showtime_id = position or ("-infinity", "")
    return await many(
        tx,
        Showtime,
        f"select {_SHOWTIME} from showtimes s where s.event_id = %(event)s and (%(drafts)s or s.status <> 'draft')"
        " and (s.starts_at, s.id) > (%(when)s::timestamptz, %(id)s) order by s.starts_at, s.id limit %(limit)s",
        {"event": event_id, "drafts": drafts, "when": when, "id": showtime_id, "limit": limit},
    )


async def public_after(tx: Tx, after: str, limit: int) -> list[Showtime]:
    """The next showtimes of all that the public may see, in the order of their ids."""
    sql = f"select {_SHOWTIME} from showtimes s where s.status <> 'draft' and s.id > %s order by s.id limit %s"
    return await many(tx, Showtime, sql, [after, limit])


async def count(tx: Tx, event_id: str) -> int:
    """How many showtimes the event has, of whatever status."""
    return (await one(tx, _Count, "select count(*) as count from showtimes where event_id = %s", [event_id])).count


async def cancel_all(tx: Tx, event_id: str, reason: str, now: datetime) -> list[str]:
    """Cancel what is published of this event; the ids."""
    canceled = await many(
        tx,
        _Id,
        "update showtimes set status = 'canceled', reason = %s, canceled_at = %s, updated_at = %s,"
        " version = version + 1 where event_id = %s and status = 'published' returning id",
        [reason, now, now, event_id],
    )
    return [row.id for row in canceled]


async def delete(tx: Tx, showtime_id: str) -> None:
    """The showtime and its tiers."""
    await execute(tx, "delete from showtimes where id = %s", [showtime_id])


def _values(showtime: Showtime) -> dict[str, object]:
    return {**msgspec.structs.asdict(showtime), "status": showtime.status.value, "tiers": None}
