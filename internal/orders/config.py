"""What the operator may choose about orders: `AISLE_ORDERS_...`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from internal.platform.config import Settings

__all__ = ["OrdersSettings"]


class OrdersSettings(Settings, frozen=True, kw_only=True):
    """Times are in seconds unless the name says otherwise."""

    prefix: ClassVar[str] = "AISLE_ORDERS_"

    # until so long before the start a buyer may give seats back: the day that most houses need to sell them again
    refund_until_hours: Annotated[int, Meta(ge=0, le=24 * 365)] = 24
    # between looks at what is left of showtimes called off; it is woken by each, so this is only the net
    called_off_every: Annotated[float, Meta(gt=0)] = 5.0
    reconcile_every: Annotated[float, Meta(gt=0)] = 30.0
    # from an order's last change to its comparison: the seats are sold well within it, if nothing is down
    reconcile_after: Annotated[float, Meta(ge=0)] = 60.0
    # until an order that differed is looked at again: somebody has to see to it meanwhile
    reconcile_again: Annotated[float, Meta(ge=0)] = 600.0
