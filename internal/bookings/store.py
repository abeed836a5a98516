"""What bookings remembers: the requests, and whose turn it is. Every line of SQL."""

from __future__ import annotations

from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from internal.bookings.domain import Booking, BookingInLine, Work
from internal.platform.postgres import Tx, execute, many, maybe, one
from proto.bookings import BookingStands

__all__ = [
    "add",
    "booking",
    "bookings_before",
    "by_checkout",
    "finish_turn",
    "keep",
    "lease_followed",
    "lines",
    "next_in_line",
    "own",
    "take_turn",
    "waiting_showtimes",
]

_BOOKING = ", ".join(field.name for field in msgspec.structs.fields(Booking))
_WORK = ", ".join(field.name for field in msgspec.structs.fields(Work))
_CHANGES = (
    "status",
    "hold_id",
    "order_id",
    "action_url",
    "code",
    "message",
    "method",
    "buyer_ip",
    "updated_at",
    "tried_at",
    "aside",
    "due_at",
)


# Numbers have no gaps and are worked in their order, so a place in line is a difference: two looks at an index, where
# to count those before would read as many as wait.
_FIRST = (
    "select n.number from bookings as n where n.showtime_id = {of}.showtime_id and n.status = 'accepted'"
    " and not n.aside order by n.number limit 1"
)


class Line(msgspec.Struct, frozen=True):
    """The number of the first who waits for a showtime."""

    showtime_id: str
    first: int


class _Id(msgspec.Struct, frozen=True):
    showtime_id: str


class _Number(msgspec.Struct, frozen=True):
    last: int


async def add(tx: Tx, new: Work) -> None:
    """Behind all that were accepted for this showtime. To be called last: the number is locked until the commit."""
    await execute(tx, "insert into turns (showtime_id) values (%s) on conflict do nothing", [new.showtime_id])
    number = await one(
        tx,
        _Number,
        "insert into numbers as n (showtime_id, last) values (%s, 1)"
        " on conflict (showtime_id) do update set last = n.last + 1 returning last",
        [new.showtime_id],
    )
    names = [field.name for field in msgspec.structs.fields(Work)]
    await execute(
        tx,
        f"insert into bookings (number, {_WORK}) values (%(number)s, {', '.join(f'%({name})s' for name in names)})",
        {**_values(new), "number": number.last},
    )


async def booking(tx: Tx, booking_id: str) -> BookingInLine | None:
    """One, with its place in line while it is in it."""
    place = f"case when status = 'accepted' and not aside then number - ({_FIRST.format(of='b')}) + 1 end"
    sql = f"select {_BOOKING}, {place} as position from bookings as b where id = %s"
    return await maybe(tx, BookingInLine, sql, [booking_id])


async def own(tx: Tx, user_id: str, booking_ids: list[str]) -> list[BookingStands]:
    """Of one user: what waits, and those that are named."""
    sql = (
        "select b.id as booking_id, showtime_id, status, code,"
        " case when in_line then number else 0 end as number,"
        f" case when in_line then ({_FIRST.format(of='b')}) else 0 end as first"
        " from (select *, status = 'accepted' and not aside as in_line from bookings) as b"
        " where user_id = %s and (status = 'accepted' or id = any(%s)) order by id desc limit 50"
    )
    return await many(tx, BookingStands, sql, [user_id, booking_ids])


async def lines(tx: Tx) -> list[Line]:
    """Of each showtime that somebody waits for."""
    sql = (
        "select turns.showtime_id, next.number as first from turns"
        f" cross join lateral ({_FIRST.format(of='turns')}) as next"
    )
    return await many(tx, Line, sql, [])


async def bookings_before(tx: Tx, user_id: str, position: str, limit: int) -> list[Booking]:
    """A user's next ones, the newest first."""
    return await many(
        tx,
        Booking,
        f"select {_BOOKING} from bookings where user_id = %(user)s and (%(position)s = '' or id < %(position)s)"
        " order by id desc limit %(limit)s",
        {"user": user_id, "position": position, "limit": limit},
    )


async def by_checkout(tx: Tx, checkout_id: str) -> Work | None:
    """The booking of a checkout, locked."""
    sql = f"select {_WORK} from bookings where checkout_id = %s for update"
    return await maybe(tx, Work, sql, [checkout_id])


async def keep(tx: Tx, work: Work, *, expected: str) -> bool:
    """What became of it, unless it has gone on meanwhile from where the worker found it."""
    assigned = ", ".join(f"{name} = %({name})s" for name in _CHANGES)
    changed = await execute(
        tx,
        f"update bookings set {assigned} where id = %(id)s and status = %(expected)s",
        {**_values(work), "expected": expected},
    )
    return bool(changed)


_WAITS = (
    "exists (select from bookings as b where b.showtime_id = turns.showtime_id and b.status = 'accepted'"
    " and b.due_at <= %(now)s)"
)


async def waiting_showtimes(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Showtimes of which a booking waits and on which nobody works, those first that have waited longest."""
    sql = (
        f"select showtime_id from turns where leased_until <= %(now)s and {_WAITS}"
        " order by leased_until limit %(limit)s"
    )
    return [found.showtime_id for found in await many(tx, _Id, sql, {"now": now, "limit": limit})]


async def take_turn(tx: Tx, showtime_id: str, holder: str, now: datetime, until: datetime) -> bool:
    """Nobody else works on this showtime until then; False when somebody does, or nothing waits."""
    found = await maybe(
        tx,
        _Id,
        f"select showtime_id from turns where showtime_id = %(showtime)s and leased_until <= %(now)s and {_WAITS}"
        " for update skip locked",
        {"showtime": showtime_id, "now": now},
    )
    if found is None:
        return False
    sql = "update turns set holder = %s, leased_until = %s where showtime_id = %s"
    return bool(await execute(tx, sql, [holder, until, showtime_id]))


async def finish_turn(tx: Tx, showtime_id: str, holder: str, now: datetime) -> bool:
    """Give the showtime back; False when the lease had ended and it is somebody else's."""
    sql = "update turns set leased_until = %s where showtime_id = %s and holder = %s"
    return bool(await execute(tx, sql, [now, showtime_id, holder]))


async def next_in_line(tx: Tx, showtime_id: str, limit: int) -> list[Work]:
    """The showtime's bookings in the order of their arrival, behind them those that were set aside."""
    return await many(
        tx,
        Work,
        f"select {_WORK} from bookings where showtime_id = %s and status = 'accepted' order by aside, number limit %s",
        [showtime_id, limit],
    )


async def lease_followed(tx: Tx, now: datetime, until: datetime, limit: int) -> list[Work]:
    """Held bookings that somebody must look after now; nobody else does until then."""
    return await many(
        tx,
        Work,
        f"update bookings set due_at = %s where id in (select id from bookings"
        " where status in ('held', 'requires_action') and due_at <= %s order by due_at limit %s"
        f" for update skip locked) returning {_WORK}",
        [until, now, limit],
    )


def _values(work: Work) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(work),
        "status": work.status.value,
        "method": Jsonb(work.method),
        "headers": Jsonb(work.headers),
    }
