"""What was paid for a showtime, and what of it went back: for whoever counts it anew."""

from __future__ import annotations

from collections.abc import Sequence

from internal.platform.postgres import Tx, many
from proto.orders import Sale

__all__ = ["sales_after", "sales_of"]

_SALES = """
select o.id as order_id, o.showtime_id, o.total, o.currency, o.created_at as at, bought.seat_ids, bought.prices,
    coalesce((
        select jsonb_agg(jsonb_build_object(
            'refundId', r.id, 'seatIds', r.seat_ids, 'amount', r.amount, 'at', r.updated_at,
            'prices', (
                select jsonb_agg(i.price order by s.at) from unnest(r.seat_ids) with ordinality as s (seat_id, at)
                join order_items i on i.order_id = o.id and i.seat_id = s.seat_id)))
        from refunds r where r.order_id = o.id and r.status = 'succeeded'), '[]') as refunds
from orders o
cross join lateral (
    select array_agg(seat_id order by position) as seat_ids, array_agg(price order by position) as prices
    from order_items where order_id = o.id) as bought
where o.status in ('completed', 'partially_refunded', 'refunded')
"""


async def sales_after(tx: Tx, showtime_id: str, after: str, limit: int) -> list[Sale]:
    """The next orders of this showtime that were paid."""
    return await many(
        tx, Sale, f"{_SALES} and o.showtime_id = %s and o.id > %s order by o.id limit %s", [showtime_id, after, limit]
    )


async def sales_of(tx: Tx, order_ids: Sequence[str]) -> list[Sale]:
    """Those of these orders that were paid."""
    return await many(tx, Sale, f"{_SALES} and o.id = any(%s)", [list(order_ids)])
