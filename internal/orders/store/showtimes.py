"""What is known of showtimes.

Whoever completes an order shares the showtime's turn with all who do; whoever calls a showtime off has it alone. So
each order of it was either completed before, and is seen then, or cannot be.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from internal.orders.domain import Order
from internal.platform.postgres import Tx, execute, maybe

__all__ = ["CalledOff", "call_off", "called_off", "know", "move", "settle", "turn_of", "unsettled"]


class _Known(msgspec.Struct, frozen=True):
    called_off: bool
    moment: datetime | None


class CalledOff(msgspec.Struct, frozen=True):
    """A showtime that will not take place, and why."""

    showtime_id: str
    reason: str


async def called_off(tx: Tx, showtime_id: str) -> bool:
    """Whether it was called off; whoever shares its turn knows that for as long as their transaction lasts."""
    found = await _known(tx, showtime_id)
    return found is not None and found.called_off


async def know(tx: Tx, order: Order) -> None:
    """Enter the showtime of a new order, if it is the first: no lock on the row that all orders of a rush share."""
    found = await _known(tx, order.showtime_id)
    if found is None or found.moment is None:
        await _enter(tx, order.showtime_id, order.starts_at, order.time_zone)


async def move(tx: Tx, showtime_id: str, starts_at: datetime, time_zone: str) -> None:
    """It is at another time now; kept before anybody orders, so that an order made meanwhile does not know better."""
    await execute(
        tx,
        "insert into showtimes (showtime_id, starts_at, time_zone) values (%s, %s, %s) on conflict (showtime_id)"
        " do update set starts_at = excluded.starts_at, time_zone = excluded.time_zone",
        [showtime_id, starts_at, time_zone],
    )


async def call_off(tx: Tx, showtime_id: str, reason: str) -> None:
    """It will not take place; its orders are to be seen to."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [turn_of(showtime_id)])
    await execute(
        tx,
        "insert into showtimes (showtime_id, called_off, reason) values (%s, true, %s)"
        " on conflict (showtime_id) do update set called_off = true, reason = excluded.reason, settled = false"
        " where not showtimes.called_off",
        [showtime_id, reason],
    )


async def unsettled(tx: Tx) -> CalledOff | None:
    """A showtime called off whose orders were not all seen to; no other loop's until the transaction ends."""
    sql = "select showtime_id, reason from showtimes where called_off and not settled limit 1"
    return await maybe(tx, CalledOff, f"{sql} for no key update skip locked")


async def settle(tx: Tx, showtime_id: str) -> None:
    """Nothing is left to see to."""
    await execute(tx, "update showtimes set settled = true where showtime_id = %s", [showtime_id])


async def _known(tx: Tx, showtime_id: str) -> _Known | None:
    sql = "select called_off, starts_at as moment from showtimes where showtime_id = %s"
    return await maybe(tx, _Known, sql, [showtime_id])


async def _enter(tx: Tx, showtime_id: str, starts_at: datetime, time_zone: str) -> None:
    await execute(
        tx,
        "insert into showtimes (showtime_id, starts_at, time_zone) values (%s, %s, %s) on conflict (showtime_id)"
        " do update set starts_at = excluded.starts_at, time_zone = excluded.time_zone"
        " where showtimes.starts_at is null",
        [showtime_id, starts_at, time_zone],
    )


def turn_of(showtime_id: str) -> str:
    """The name of a showtime's turn."""
    return f"showtime {showtime_id}"
