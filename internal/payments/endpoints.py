"""What others ask: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from internal.payments.handlers import Payments
from internal.platform.bus import Endpoint
from proto.payments import CancelPayment, GetPayment, ListOwed, Pay, RefundPayment, SettleRefund

__all__ = ["endpoints"]


def endpoints(payments: Payments) -> Sequence[Endpoint[Any]]:
    """The answers of payments."""
    return [
        Endpoint(Pay, payments.pay),
        Endpoint(GetPayment, payments.get),
        Endpoint(CancelPayment, payments.cancel),
        Endpoint(RefundPayment, payments.refund),
        Endpoint(SettleRefund, payments.settle),
        Endpoint(ListOwed, payments.owed),
    ]
