"""Events, and the page of one with what is on sale of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from internal.catalog.domain import Event, Showtime
from internal.catalog.store.showtimes import TIERS
from internal.platform.postgres import Tx, execute, many, maybe
from proto.catalog import Played

__all__ = [
    "ActiveEvent",
    "EventPage",
    "Listed",
    "Search",
    "active_after",
    "add",
    "delete",
    "event",
    "keep",
    "page",
    "programme_after",
    "search",
]

_NAMES = [field.name for field in msgspec.structs.fields(Event)]
_EVENT = ", ".join(_NAMES)
_AS_SENT = ", ".join(
    f'{TIERS if field.name == "tiers" else f"s.{field.name}"} as "{field.encode_name}"'
    for field in msgspec.structs.fields(Showtime)
)
_ON_PAGE = 100  # showtimes: three months of every evening; the list of showtimes has the rest


class EventPage(Event, frozen=True, kw_only=True):
    """An event with its next showtimes and their prices; `/api/events/{id}/showtimes` has all of them."""

    showtimes: tuple[Showtime, ...] = ()


class ActiveEvent(Event, frozen=True, kw_only=True):
    """An event that is played again, and when next."""

    next_starts_at: datetime


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the programme, with the first of its times."""

    id: str
    organization_id: str
    name: str
    description: str
    category_id: str | None
    image_url: str | None
    next_starts_at: datetime
    showtimes: list[Played]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; None where it does not matter."""

    organization_id: str | None = None
    category_id: str | None = None
    text: str | None = None
    starts_from: datetime | None = None
    starts_until: datetime | None = None
    status: Literal["draft", "published", "canceled", "any"] = "published"


async def add(tx: Tx, new: Event) -> None:
    await execute(
        tx,
        f"insert into events ({_EVENT}) values ({', '.join(f'%({name})s' for name in _NAMES)})",
        _values(new),
    )


async def keep(tx: Tx, changed: Event) -> None:
    """The event as it is now."""
    assigned = ", ".join(f"{name} = %({name})s" for name in _NAMES if name != "id")
    await execute(tx, f"update events set {assigned} where id = %(id)s", _values(changed))


async def event(tx: Tx, event_id: str, *, lock: bool = False) -> Event | None:
    """One event; locked, so that changes of it and of its showtimes take turns."""
    sql = f"select {_EVENT} from events where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Event, sql, [event_id])


async def delete(tx: Tx, event_id: str) -> None:
    """The event, its showtimes, their tiers."""
    await execute(tx, "delete from events where id = %s", [event_id])


async def page(tx: Tx, event_id: str, *, drafts: bool, since: datetime) -> EventPage | None:
    """The event with its next showtimes, in one statement; without `drafts`, as the public sees it."""
    return await maybe(
        tx,
        EventPage,
        f"select {_EVENT}, coalesce((select jsonb_agg(to_jsonb(next)) from ("
        f"  select {_AS_SENT} from showtimes s where s.event_id = e.id and s.starts_at >= %(since)s"
        "   and (%(drafts)s or s.status <> 'draft') order by s.starts_at, s.id limit %(limit)s"
        " ) as next), '[]') as showtimes"
        " from events e where e.id = %(id)s and (%(drafts)s or e.status <> 'draft')",
        {"id": event_id, "drafts": drafts, "since": since, "limit": _ON_PAGE},
    )


async def active_after(
    tx: Tx, now: datetime, position: tuple[datetime, str] | None, limit: int, category_id: str | None
) -> list[ActiveEvent]:
    """Published events that are still to be played, the soonest first."""
    when, event_id = position or (now, "")
    return await many(
        tx,
        ActiveEvent,
        f"select {_EVENT}, next.starts_at as next_starts_at from events e join ("
        "  select event_id, min(starts_at) as starts_at from showtimes"
        "  where status = 'published' and starts_at > %(now)s group by event_id"
        " ) as next on next.event_id = e.id"
        " where e.status = 'published' and (%(category)s::text is null or e.category_id = %(category)s)"
        " and (next.starts_at, e.id) > (%(when)s, %(id)s)"
        " order by next.starts_at, e.id limit %(limit)s",
        {"now": now, "when": when, "id": event_id, "limit": limit, "category": category_id},
    )


async def programme_after(tx: Tx, now: datetime, position: tuple[datetime, str] | None, limit: int) -> list[Listed]:
    """What is still to be played, the soonest first, with some of its times and what their seats cost."""
    when, event_id = position or (now, "")
    return await many(
        tx, Listed, _PROGRAMME, {"now": now, "when": when, "id": event_id, "limit": limit, "times": _LISTED}
    )


async def search(tx: Tx, wanted: Search, position: str, limit: int) -> list[Event]:
    """The events that are looked for, the newest first."""
    return await many(tx, Event, _SEARCH, {**msgspec.structs.asdict(wanted), "position": position, "limit": limit})


_LISTED = 50  # times of one event in the programme: the event's own page has more
_PROGRAMME = """
select e.id, e.organization_id, e.name, e.description, e.category_id, e.image_url, next.starts_at as next_starts_at,
  (select jsonb_agg(to_jsonb(played)) from (
    select s.id as "showtimeId", s.venue_id as "venueId", s.starts_at as "startsAt", s.time_zone as "timeZone",
      s.currency, s.on_sale_from as "onSaleFrom", s.on_sale_until as "onSaleUntil",
      price.lowest as "lowestPrice", price.highest as "highestPrice"
    from showtimes s, lateral (
      select coalesce(min(t.price), 0) as lowest, coalesce(max(t.price), 0) as highest
      from price_tiers t where t.showtime_id = s.id
    ) as price
    where s.event_id = e.id and s.status = 'published' and s.starts_at > %(now)s
    order by s.starts_at, s.id limit %(times)s
  ) as played) as showtimes
from events e join (
  select event_id, min(starts_at) as starts_at from showtimes
  where status = 'published' and starts_at > %(now)s group by event_id
) as next on next.event_id = e.id
where e.status = 'published' and (next.starts_at, e.id) > (%(when)s, %(id)s)
order by next.starts_at, e.id limit %(limit)s
"""
_SEARCH = f"""
select {_EVENT} from events e
where (%(position)s = '' or id < %(position)s)
and (%(status)s = 'any' or status = %(status)s)
and (%(organization_id)s::text is null or organization_id = %(organization_id)s)
and (%(category_id)s::text is null or category_id = %(category_id)s)
and (%(text)s::text is null
     or to_tsvector('simple', name || ' ' || description) @@ websearch_to_tsquery('simple', %(text)s))
and ((%(starts_from)s::timestamptz is null and %(starts_until)s::timestamptz is null) or exists (
    select from showtimes s where s.event_id = e.id and (%(status)s in ('any', 'draft') or s.status <> 'draft')
    and s.starts_at >= coalesce(%(starts_from)s, '-infinity') and s.starts_at < coalesce(%(starts_until)s, 'infinity')))
order by id desc limit %(limit)s
"""


def _values(event: Event) -> dict[str, object]:
    return {**msgspec.structs.asdict(event), "status": event.status.value}
