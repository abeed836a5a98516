"""What an order is and what may become of it. Decides only; each function returns the order as it is afterwards.

    pending --complete--> completed --refunds--> partially_refunded --the last seat--> refunded
       |                                                          ^
       +-----cancel-----> canceled          completed --withdraw--+

To withdraw is the checkout's own cancel of what it has completed: the seats were gone after all, and the money is back.
A function that finds its work done returns the very order it was given, so that a command that comes twice writes and
tells nothing. One that comes after its opposite is refused: what is final stays so.
"""

from __future__ import annotations

from internal.orders.domain.comparing import (
    money_differs,
    not_given_back,
    seats_differ,
)
from internal.orders.domain.ending import (
    called_off,
    canceled,
    completed,
    may_withdraw,
    stopped_by_buyer,
)
from internal.orders.domain.order import (
    Order,
    OrderItem,
    Refund,
)
from internal.orders.domain.placing import (
    is_of,
    placed,
)
from internal.orders.domain.refunds import (
    again_id,
    is_in_time,
    items_left,
    refund_failed,
    refund_succeeded,
    refunding,
)

__all__ = [
    "Order",
    "OrderItem",
    "Refund",
    "again_id",
    "called_off",
    "canceled",
    "completed",
    "is_in_time",
    "is_of",
    "items_left",
    "may_withdraw",
    "money_differs",
    "not_given_back",
    "placed",
    "refund_failed",
    "refund_succeeded",
    "refunding",
    "seats_differ",
    "stopped_by_buyer",
]
