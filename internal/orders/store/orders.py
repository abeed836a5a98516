"""Orders with their items."""

from __future__ import annotations

from datetime import datetime

import msgspec

from internal.orders.domain import Order
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = ["SELECT", "Search", "add", "after", "buried", "bury", "keep", "order", "to_settle", "turn"]

_OF_SHOWTIME = {"starts_at", "time_zone"}
_OWN = [field.name for field in msgspec.structs.fields(Order) if field.name not in {*_OF_SHOWTIME, "items"}]
_ITEMS = """
(select jsonb_agg(jsonb_build_object('seat_id', i.seat_id, 'tier', i.tier, 'price', i.price, 'section', i.section,
                                     'row', i.row, 'number', i.number, 'refund_id', i.refund_id,
                                     'refunded', i.refunded) order by i.position)
 from order_items i where i.order_id = o.id) as items
"""
SELECT = (
    f"select {', '.join(f'o.{name}' for name in _OWN)}, s.starts_at, s.time_zone, {_ITEMS}"
    " from orders o join showtimes s using (showtime_id)"
)
# what a command can change; the rest is as it was ordered
_CHANGING = ("status", "stopped", "refunded", "payment_id", "reason", "updated_at")


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders are asked for: of a user, or of an organisation and perhaps less of it. At least one is given."""

    user_id: str | None = None
    organization_id: str | None = None
    event_id: str | None = None
    showtime_id: str | None = None
    status: str | None = None


class _Id(msgspec.Struct, frozen=True):
    id: str


class _Reason(msgspec.Struct, frozen=True):
    reason: str


async def turn(tx: Tx, order_id: str) -> None:
    """What makes an order and what buries it take turns, while there is no row to lock yet."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"order {order_id}"])


async def order(tx: Tx, order_id: str, *, lock: bool = False) -> Order | None:
    """One order; locked, so that commands about it take turns."""
    if lock:  # first the lock, then the look: one statement would show the items as they were before it waited
        await tx.execute("select 1 from orders where id = %s for update", [order_id])
    return await maybe(tx, Order, f"{SELECT} where o.id = %s", [order_id])


async def add(tx: Tx, new: Order) -> None:
    """A new order with its items; its showtime is known."""
    await execute(
        tx,
        f"insert into orders ({', '.join(_OWN)}) values ({', '.join(f'%({name})s' for name in _OWN)})",
        {name: getattr(new, name) for name in _OWN},
    )
    await execute(
        tx,
        "insert into order_items (order_id, seat_id, tier, price, section, row, number, position)"
        " select %s, seat_id, tier, price, section, row, number, position"
        " from unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[])"
        " with ordinality as t (seat_id, tier, price, section, row, number, position)",
        [
            new.id,
            [item.seat_id for item in new.items],
            [item.tier for item in new.items],
            [item.price for item in new.items],
            [item.section for item in new.items],
            [item.row for item in new.items],
            [item.number for item in new.items],
        ],
    )


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
    conditions = [f"o.{name} = %({name})s" for name in fits]
    if position is not None:
        conditions.append("(o.created_at, o.id) < (%(when)s::timestamptz, %(id)s)")
        fits |= {"when": position[0], "id": position[1]}
    return await many(
        tx,
        Order,
        f"{SELECT} where {' and '.join(conditions)} order by o.created_at desc, o.id desc limit %(limit)s",
        {**fits, "limit": limit},
    )
