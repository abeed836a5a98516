"""What others tell: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from internal.inventory.claims import Claims
from internal.inventory.faults import ClaimOver
from internal.inventory.telling import Catalog
from internal.platform.bus import Consumer, Meta
from proto.catalog import ShowtimeCanceled, ShowtimePublished, ShowtimeUpdated
from proto.inventory import Purchase
from proto.orders import OrderCompleted

__all__ = ["consumers"]


def consumers(catalog: Catalog, claims: Claims) -> Sequence[Consumer[Any]]:
    """The durables of the inventory."""

    async def sell(event: OrderCompleted, _: Meta) -> None:
        """An order whose claim is over was taken back, or refunded, before this came: nobody need look after it."""
        with suppress(ClaimOver):
            await claims.purchase(Purchase(order_id=event.order_id, saga_id=event.order_id))

    return [
        Consumer("inventory-showtimes", (ShowtimePublished, ShowtimeUpdated, ShowtimeCanceled), catalog.hear),
        Consumer("inventory-sells", OrderCompleted, sell),
    ]
