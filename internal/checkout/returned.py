"""Whether a way back may be left where it stands: only when no money is kept for it that nobody would give back."""

from __future__ import annotations

import msgspec

from internal.checkout.domain import CHECKOUT, CheckoutData, MoneyKept, RefundData
from internal.checkout.refunding import asked_of
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from internal.platform.saga import Saga
from proto.payments import GetPayment

__all__ = ["Returned"]

_OVER = {"succeeded", "failed", "canceled"}
_NEVER = {"payment_unknown", "not_captured"}  # payments' words for: nothing was paid


class Returned:
    """Asks payments, whose word it is. When it cannot be asked nobody knows, and nothing is left."""

    def __init__(self, bus: Bus, within: float) -> None:
        self._bus = bus
        self._within = within  # seconds for one call that goes on to a provider's API

    async def require(self, saga: Saga) -> None:
        """Nothing, or `MoneyKept`."""
        try:
            kept = await (self._of_checkout(saga) if saga.name == CHECKOUT else self._of_refund(saga))
        except Fault as fault:
            if fault.code not in _NEVER:
                raise
            return
        if kept:
            raise MoneyKept(f"{kept} Give it back by hand, settle {_refund_of(saga)}, and the rest goes by itself.")

    async def _of_checkout(self, saga: Saga) -> str:
        data = msgspec.convert(saga.data, CheckoutData)
        if not data.total:
            return ""
        facts = await self._bus.request(GetPayment(payment_id=data.payment_id), timeout=self._within)
        if facts.status not in _OVER:
            return f"The payment is still {facts.status}."
        left = facts.captured - facts.refunded
        return f"{left} {facts.currency} of the buyer's money are still kept." if left else ""

    async def _of_refund(self, saga: Saga) -> str:
        data = msgspec.convert(saga.data, RefundData)
        if not data.amount:
            return ""
        facts = await self._bus.request(asked_of(saga.id, data), timeout=self._within)
        return f"{facts.amount} {facts.currency} are not back yet." if facts.status == "pending" else ""


def _refund_of(saga: Saga) -> str:
    """A checkout's way back is the refund that bears its number."""
    return "refund_" + saga.id.partition("_")[2]
