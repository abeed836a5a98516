"""Which orders are to be compared with seats and payments, and what came of it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from internal.orders.domain import Order
from internal.orders.store.orders import SELECT
from internal.platform.postgres import Tx, execute, many, one

__all__ = ["compared", "differing", "to_compare"]


class _Count(msgspec.Struct, frozen=True):
    count: int


async def to_compare(tx: Tx, before: datetime, differed_before: datetime, limit: int) -> list[Order]:
    """Paid orders that nothing has happened to since `before`, or that differed when they were last looked at.

    What is being refunded is left out: until its saga has ended, seats and money differ, and rightly so. What was never
    looked at comes first, so that those that go on differing hold nobody up.
    """
    return await many(
        tx,
        Order,
        f"{SELECT} where o.status not in ('pending', 'canceled')"
        " and ((o.compared_at is null and o.updated_at < %s) or (o.differs <> '' and o.compared_at < %s))"
        " and not exists (select from refunds r where r.order_id = o.id and r.status = 'requested')"
        " order by o.compared_at nulls first, o.updated_at limit %s",
        [before, differed_before, limit],
    )


async def compared(tx: Tx, seen: Order, differs: str, now: datetime) -> None:
    """What was found of the order as it was seen; one that has changed since is looked at again."""
    sql = "update orders set compared_at = %s, differs = %s where id = %s and updated_at = %s"
    await execute(tx, sql, [now, differs, seen.id, seen.updated_at])


async def differing(tx: Tx) -> int:
    """How many orders differ, as far as is known."""
    return (await one(tx, _Count, "select count(*) as count from orders where differs <> ''")).count
