"""What Postgres says of a showtime to whoever counts it anew: who bought what, and what is off sale."""

from __future__ import annotations

from internal.platform.postgres import Tx, many
from proto.inventory import BlockedSeat, SoldOrder

__all__ = ["blocked_after", "sold_after"]


async def sold_after(tx: Tx, showtime_id: str, after: str, limit: int) -> list[SoldOrder]:
    """The next orders that bought seats here, with those that they still have."""
    return await many(
        tx,
        SoldOrder,
        "select h.order_id, h.seat_ids, coalesce((select array_agg(s.seat_id) from seat_states s"
        " where s.order_id = h.order_id and s.state = 'sold'), '{}') as kept"
        " from holds h where h.showtime_id = %s and h.state in ('purchased', 'refunded') and h.order_id > %s"
        " order by h.order_id limit %s",
        [showtime_id, after, limit],
    )


async def blocked_after(tx: Tx, showtime_id: str, after: str, limit: int) -> list[BlockedSeat]:
    """The next seats that staff took off sale."""
    return await many(
        tx,
        BlockedSeat,
        "select seat_id, changed_at as at from seat_states where showtime_id = %s and state = 'blocked'"
        " and seat_id > %s order by seat_id limit %s",
        [showtime_id, after, limit],
    )
