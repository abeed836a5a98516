"""The seats that are not free, and those that staff took off sale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from internal.inventory.faults import SeatTaken
from internal.platform.postgres import Tx, execute, many

__all__ = ["Block", "SeatRow", "block", "blocks", "seats", "unblock"]


class SeatRow(msgspec.Struct, frozen=True):
    """A seat that is not free."""

    seat_id: str
    state: str
    order_id: str | None
    user_id: str | None


class Block(msgspec.Struct, frozen=True, rename="camel"):
    """A seat that staff took off sale, and why."""

    seat_id: str
    reason: str
    changed_at: datetime


async def seats(tx: Tx, showtime_id: str) -> list[SeatRow]:
    """Every seat of a showtime that is not free."""
    sql = "select seat_id, state, order_id, user_id from seat_states where showtime_id = %s"
    return await many(tx, SeatRow, sql, [showtime_id])


async def block(tx: Tx, showtime_id: str, seat_ids: Sequence[str], user_id: str, reason: str) -> None:
    """Take seats off sale, all or none; blocking a blocked seat changes its reason."""
    changed = await execute(
        tx,
        "insert into seat_states (showtime_id, seat_id, state, user_id, reason)"
        " select %s, seat, 'blocked', %s, %s from unnest(%s::text[]) seat order by seat"
        " on conflict (showtime_id, seat_id) do update set reason = excluded.reason"
        " where seat_states.state = 'blocked'",
        [showtime_id, user_id, reason, list(seat_ids)],
    )
    if changed != len(seat_ids):
        raise SeatTaken


async def unblock(tx: Tx, showtime_id: str, seat_ids: Sequence[str]) -> list[str]:
    """Put blocked seats on sale again; which ones were."""
    cursor = await tx.execute(
        "delete from seat_states where showtime_id = %s and state = 'blocked' and seat_id = any(%s) returning seat_id",
        [showtime_id, list(seat_ids)],
    )
    return [row[0] for row in await cursor.fetchall()]


async def blocks(tx: Tx, showtime_id: str) -> list[Block]:
    """What is off sale, and why."""
    sql = "select seat_id, reason, changed_at from seat_states where showtime_id = %s and state = 'blocked' order by 1"
    return await many(tx, Block, sql, [showtime_id])
