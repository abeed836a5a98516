"""Refunds, and which seats each of them has."""

from __future__ import annotations

import msgspec

from internal.orders.domain import Refund
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = ["add", "failed", "find", "of_order", "refund", "succeeded"]

_NAMES = [field.name for field in msgspec.structs.fields(Refund)]
_REFUND = ", ".join(_NAMES)


async def add(tx: Tx, new: Refund) -> None:
    """A new refund, and the seats with it."""
    await execute(
        tx,
        f"insert into refunds ({_REFUND}) values ({', '.join(f'%({name})s' for name in _NAMES)})",
        msgspec.structs.asdict(new),
    )
    await execute(
        tx,
        "update order_items set refund_id = %s where order_id = %s and seat_id = any(%s) and refund_id is null",
        [new.id, new.order_id, new.seat_ids],
    )


async def refund(tx: Tx, order_id: str, refund_id: str) -> Refund | None:
    """A refund of this order; whoever changes it has locked the order."""
    sql = f"select {_REFUND} from refunds where order_id = %s and id = %s"
    return await maybe(tx, Refund, sql, [order_id, refund_id])


async def find(tx: Tx, refund_id: str) -> Refund | None:
    """A refund of any order: to know whose it is."""
    return await maybe(tx, Refund, f"select {_REFUND} from refunds where id = %s", [refund_id])


async def of_order(tx: Tx, order_id: str) -> list[Refund]:
    """All of them, the first one first: no more than the order has seats, but for those that failed."""
    sql = f"select {_REFUND} from refunds where order_id = %s order by created_at, id"
    return await many(tx, Refund, sql, [order_id])


async def succeeded(tx: Tx, done: Refund) -> None:
    """The money went back: its seats are refunded."""
    await _keep(tx, done)
    await execute(tx, "update order_items set refunded = true where refund_id = %s", [done.id])


async def failed(tx: Tx, done: Refund) -> None:
    """The money did not: its seats are the order's again."""
    await _keep(tx, done)
    await execute(tx, "update order_items set refund_id = null where refund_id = %s", [done.id])


async def _keep(tx: Tx, done: Refund) -> None:
    sql = "update refunds set status = %s, failure = %s, updated_at = %s where id = %s"
    await execute(tx, sql, [done.status, done.failure, done.updated_at, done.id])
