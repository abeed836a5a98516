"""What others ask: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from internal.orders.handlers import Commands, Refunds
from internal.platform.bus import Endpoint
from proto.orders import (
    CancelOrder,
    CompleteOrder,
    CreateOrder,
    FinishRefund,
    GetOrder,
    GetSales,
    ListSales,
    RefundByHand,
)

__all__ = ["endpoints"]


def endpoints(commands: Commands, refunds: Refunds) -> Sequence[Endpoint[Any]]:
    """The answers of orders."""
    return [
        Endpoint(CreateOrder, commands.create),
        Endpoint(CompleteOrder, commands.complete),
        Endpoint(CancelOrder, commands.cancel),
        Endpoint(GetOrder, commands.get),
        Endpoint(ListSales, commands.sales),
        Endpoint(GetSales, commands.sales_of),
        Endpoint(FinishRefund, refunds.finish),
        Endpoint(RefundByHand, refunds.by_hand),
    ]
