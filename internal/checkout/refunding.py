"""A refund: the money first, then the seats, then the order is told; or the order is told that it cannot be."""

from __future__ import annotations

import dataclasses

from msgspec.structs import replace

from internal.checkout.config import Config
from internal.checkout.domain import REFUND, RefundData, refused
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from internal.platform.saga import Answer, Done, Failed, Plan, Reason, RetryLater, Step, Turn, Wait
from proto.inventory import Refund
from proto.orders import FinishRefund
from proto.payments import RefundPayment

__all__ = ["Refunding", "asked_of"]

At = Turn[RefundData]


class Refunding:
    """Calls the services that a refund needs. The saga's id is the refund's."""

    def __init__(self, bus: Bus, config: Config) -> None:
        self._bus = bus
        self._config = config

    def plan(self) -> Plan[RefundData]:
        """The steps in their order."""
        return Plan(
            REFUND,
            RefundData,
            [
                Step("money", self.money, undo=self.look_and_tell, pivot=True),
                Step("seats", self.seats),
                Step("order", self.tell_how_it_ended),
            ],
        )

    async def money(self, at: At) -> Answer:
        """Back to the buyer; a provider may take days over it, and its word wakes the saga."""
        data = at.data
        if data.amount == 0:
            return Done(replace(data, returned=True))
        try:
            facts = await self._bus.request(asked_of(at.saga_id, data), timeout=self._config.provider_within)
        except Fault as fault:
            return refused(fault)
        if facts.status == "succeeded":
            return Done(replace(data, returned=True))
        if facts.status == "failed":
            return Failed(Reason(code=facts.code or "refund_failed", message=facts.message or "It cannot be refunded."))
        if facts.code:  # nobody works on it: a person must, and sees it as stuck
            return RetryLater(f"{facts.code}: {facts.message}")
        return Wait(at.now + self._config.pause(at.tries))

    async def look_and_tell(self, at: At) -> Answer:
        """It failed, or a person gave it up: what payments says of the money now decides what the order is told."""
        answer = await self.money(at)
        if isinstance(answer, Wait | RetryLater):
            return answer
        if isinstance(answer, Done):
            at = dataclasses.replace(at, data=answer.data)
            await self.seats(at)
        return await self.tell_how_it_ended(at)

    async def seats(self, at: At) -> Answer:
        """On sale again. Seats that the order has no more are as good; those not sold to it yet are waited for."""
        try:
            await self._bus.request(Refund(order_id=at.data.order_id, seat_ids=at.data.seat_ids))
        except Fault as fault:
            if fault.code != "no_claim":
                raise
        return Done()

    async def tell_how_it_ended(self, at: At) -> Answer:
        """The order's last word on it: as the money went."""
        data = at.data
        await self._bus.request(
            FinishRefund(
                refund_id=at.saga_id,
                order_id=data.order_id,
                saga_id=at.saga_id,
                succeeded=data.returned,
                reason="" if data.returned or at.reason is None else at.reason.message,
            )
        )
        return Done()


def asked_of(saga_id: str, data: RefundData) -> RefundPayment:
    """What payments is asked for, each time the same."""
    return RefundPayment(
        refund_id=saga_id,
        payment_id=data.payment_id,
        order_id=data.order_id,
        saga_id=saga_id,
        amount=data.amount,
        reason=data.reason,
        by_hand=data.by_hand,
        settled_by=data.settled_by,
    )
