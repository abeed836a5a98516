"""Orders with their items."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from internal.orders.domain import Order
from internal.orders.store.showtimes import turn_of
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = [
    "SELECT",
    "Search",
    "add",
    "after",
    "buried",
    "bury",
    "keep",
    "order",
    "to_complete",
    "to_settle",
    "turn",
    "turns",
]

_OF_SHOWTIME = {"starts_at", "time_zone"}
_OWN = [field.name for field in msgspec.structs.fields(Order) if field.name not in {*_OF_SHOWTIME, "items"}]
_ITEMS = """
(select jsonb_agg(jsonb_build_object('seat_id', i.seat_id, 'tier', i.tier, 'price', i.price, 'section', i.section,
                                     'row', i.row, 'number', i.number, 'refund_id', i.refund_id,
                                     'refunded', i.refunded) order by i.position)
 from order_items i where i.order_id = o.id) as items
"""
_FOUND = (
    f"{', '.join(f'o.{name}' for name in _OWN)}, s.starts_at, s.time_zone, {_ITEMS}"
    " from orders o join showtimes s using (showtime_id)"
)
SELECT = f"select {_FOUND}"
_ADD = f"""
with made as (
    insert into orders ({", ".join(_OWN)}) select {", ".join(f"%({name})s" for name in _OWN)} from showtimes
    where showtime_id = %(showtime_id)s and starts_at is not null and not called_off
    and not exists (select from never_made where order_id = %(id)s)
    on conflict do nothing returning id
), items as (
    insert into order_items (order_id, seat_id, tier, price, section, row, number, position)
    select made.id, i.* from made, rows from (
        jsonb_to_recordset(%(items)s)
        as (seat_id text, tier text, price bigint, section text, "row" text, number text)
    ) with ordinality as i
)
select id from made
"""
# what a command can change; the rest is as it was ordered
_CHANGING = ("status", "stopped", "refunded", "payment_id", "reason", "updated_at")


# What somebody at a counter says of an order: its number or the end of it, who bought it, or a seat. Always beside an
# organisation, whose orders are found by an index first.
_NAMED = """
(o.id ilike %(part)s or o.buyer_name ilike %(part)s or o.buyer_email ilike %(part)s
 or exists (select 1 from order_items i where i.order_id = o.id and i.seat_id = %(text)s))
"""
_LIKE = re.compile(r"[\\%_]")  # what a pattern takes for more than itself


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders are asked for: of a user, or of an organisation and perhaps less of it. At least one is given."""

    user_id: str | None = None
    organization_id: str | None = None
    event_id: str | None = None
    showtime_id: str | None = None
    status: str | None = None
    text: str | None = None


class _Id(msgspec.Struct, frozen=True):
    id: str


class _Reason(msgspec.Struct, frozen=True):
    reason: str


class _Payable(Order, frozen=True, kw_only=True):
    """An order, and whether its showtime takes place."""

    called_off: bool


async def turn(tx: Tx, order_id: str) -> None:
    """What makes an order and what buries it take turns, while there is no row to lock yet."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [_turn(order_id)])


async def turns(tx: Tx, order_id: str, showtime_id: str) -> None:
    """The order's turn, and a share of its showtime's, which is not called off until this transaction ends."""
    sql = "select pg_advisory_xact_lock(hashtextextended(%s, 0)), pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
    await tx.execute(sql, [_turn(order_id), turn_of(showtime_id)])


async def order(tx: Tx, order_id: str, *, lock: bool = False) -> Order | None:
    """One order; locked, so that commands about it take turns."""
    if lock:  # first the lock, then the look: one statement would show the items as they were before it waited
        await tx.execute("select 1 from orders where id = %s for update", [order_id])
    return await maybe(tx, Order, f"{SELECT} where o.id = %s", [order_id])


async def to_complete(tx: Tx, order_id: str) -> tuple[Order, bool] | None:
    """One order, locked, and whether its showtime was called off; if not, it is not until this transaction ends."""
    await tx.execute(  # an order's showtime never changes, so it needs no look of its own
        "select pg_advisory_xact_lock_shared(hashtextextended(%s || showtime_id, 0)) from orders where id = %s"
        " for update",
        [turn_of(""), order_id],
    )
    found = await maybe(tx, _Payable, f"select s.called_off, {_FOUND} where o.id = %s", [order_id])
    return (found, found.called_off) if found else None


async def add(tx: Tx, new: Order) -> bool:
    """A new order with its items, in its turns. False if it is there, or shall not be, or its showtime is not known."""
    own = {name: getattr(new, name) for name in _OWN}
    made = await maybe(tx, _Id, _ADD, {**own, "items": Jsonb(new.items)})
    return made is not None


async def keep(tx: Tx, changed: Order) -> None:
    """The order as it is now; its items follow their refunds."""
    assigned = ", ".join(f"{name} = %({name})s" for name in _CHANGING)
    await execute(
        tx,
        f"update orders set {assigned}, compared_at = null, differs = '' where id = %(id)s",
        {"id": changed.id, **{name: getattr(changed, name) for name in _CHANGING}},
    )


async def buried(tx: Tx, order_id: str) -> str | None:
    """Why an order that was never made is cancelled; None if it is not."""
    found = await maybe(tx, _Reason, "select reason from never_made where order_id = %s", [order_id])
    return found.reason if found else None


async def bury(tx: Tx, order_id: str, reason: str) -> None:
    """Remember that it shall not be made; whoever comes twice changes nothing."""
    sql = "insert into never_made (order_id, reason, created_at) values (%s, %s, now()) on conflict do nothing"
    await execute(tx, sql, [order_id, reason])


async def to_settle(tx: Tx, showtime_id: str, limit: int) -> list[str]:
    """Orders of a showtime called off that nobody has seen to yet."""
    found = await many(
        tx,
        _Id,
        "select id from orders where showtime_id = %s and stopped <> 'showtime'"
        " and status in ('pending', 'completed', 'partially_refunded') order by id limit %s",
        [showtime_id, limit],
    )
    return [row.id for row in found]


async def after(tx: Tx, wanted: Search, position: tuple[datetime, str] | None, limit: int) -> list[Order]:
    """The next orders that fit, the newest first."""
    fits = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    conditions = [f"o.{name} = %({name})s" for name in fits if name != "text"]
    if wanted.text is not None:
        conditions.append(_NAMED)
        literal = _LIKE.sub(r"\\\g<0>", wanted.text)
        fits["part"] = f"%{literal}%"
    if position is not None:
        conditions.append("(o.created_at, o.id) < (%(when)s::timestamptz, %(id)s)")
        fits |= {"when": position[0], "id": position[1]}
    return await many(
        tx,
        Order,
        f"{SELECT} where {' and '.join(conditions)} order by o.created_at desc, o.id desc limit %(limit)s",
        {**fits, "limit": limit},
    )


def _turn(order_id: str) -> str:
    return f"order {order_id}"
