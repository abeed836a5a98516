"""Which orders are to be compared with seats and payments, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from internal.orders.domain import Order
from internal.orders.store.orders import SELECT
from internal.platform.postgres import Tx, execute, many

__all__ = ["compared", "due", "of", "recent"]

_PAID = "o.status not in ('pending', 'canceled')"
# Until its saga has ended, seats and money differ, and rightly so.
_NOT_GOING_BACK = "not exists (select from refunds r where r.order_id = o.id and r.status = 'requested')"


class _Id(msgspec.Struct, frozen=True):
    id: str


async def due(tx: Tx, before: datetime, differed_before: datetime, limit: int) -> list[str]:
    """Paid orders that nothing has happened to since `before`, or that differed when they were last looked at.

    What was never looked at comes first, so that those that go on differing hold nobody up.
    """
    return await _ids(
        tx,
        f"select o.id from orders o where {_PAID}"
        " and ((o.compared_at is null and o.updated_at < %s) or (o.differs <> '' and o.compared_at < %s))"
        f" and {_NOT_GOING_BACK} order by o.compared_at nulls first, o.updated_at limit %s",
        [before, differed_before, limit],
    )


async def recent(tx: Tx, since: datetime, before: datetime, limit: int) -> list[str]:
    """Paid orders that changed since then, the last first; and before them all that differ."""
    return await _ids(
        tx,
        f"select o.id from orders o where {_PAID} and o.updated_at < %s and (o.updated_at > %s or o.differs <> '')"
        f" and {_NOT_GOING_BACK} order by o.differs <> '' desc, o.updated_at desc limit %s",
        [before, since, limit],
    )


async def of(tx: Tx, ids: Sequence[str]) -> list[Order]:
    """These orders, but for those whose money is on its way back by now."""
    return await many(tx, Order, f"{SELECT} where o.id = any(%s) and {_NOT_GOING_BACK}", [list(ids)])


async def compared(tx: Tx, seen: Order, differs: str, now: datetime) -> bool:
    """What was found of the order as it was seen; false if it has changed since, and is to be looked at again."""
    sql = f"update orders o set compared_at = %s, differs = %s where id = %s and updated_at = %s and {_NOT_GOING_BACK}"
    return bool(await execute(tx, sql, [now, differs, seen.id, seen.updated_at]))


async def _ids(tx: Tx, sql: str, params: Sequence[object]) -> list[str]:
    return [row.id for row in await many(tx, _Id, sql, params)]
