"""The checkout, from top to bottom: each step is one command, and beside it what takes it back."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace
from structlog.typing import FilteringBoundLogger

from internal.checkout.config import Config
from internal.checkout.domain import (
    CHECKOUT,
    CheckoutData,
    HoldChanged,
    PaymentNeeded,
    facts_of,
    given_back,
    paid,
    refused,
    without_card,
)
from internal.platform import outbox
from internal.platform.bus import Bus
from internal.platform.faults import Fault, Kind
from internal.platform.postgres import Tx
from internal.platform.saga import Answer, Done, Failed, Plan, Reason, RetryLater, Saga, Step, Turn, Wait
from proto.checkout import CheckoutEnded
from proto.inventory import Claim, Extend, Purchase, Refund, Release
from proto.orders import CancelOrder, CompleteOrder, CreateOrder
from proto.payments import CancelPayment, GetPayment, Pay

__all__ = ["PURCHASED", "STOPPED", "Buying"]

At = Turn[CheckoutData]

PURCHASED = "purchased"  # the signal of inventory.seats.purchased
STOPPED = {"buyer": "stopped_by_buyer", "showtime": "showtime_called_off"}  # of orders.stopped, in orders' own codes
_WHY_STOPPED = {
    "stopped_by_buyer": "The buyer canceled this order before it was completed.",
    "showtime_called_off": "This showtime will not take place.",
}
_SOON = 1.0  # seconds a saga listens before it rests: inventory mostly sells within 20 ms
_LATE = Reason(code="payment_timed_out", message="The payment was not finished in time.", kind=Kind.UNPAID.name)
_NO_SALE = {"no_claim", "claim_over"}  # inventory's words for: these seats are not this order's any more


class Buying:
    """Calls the services that a checkout needs."""

    def __init__(self, bus: Bus, config: Config, log: FilteringBoundLogger) -> None:
        self._bus = bus
        self._config = config
        self._log = log

    def plan(self) -> Plan[CheckoutData]:
        """The steps in their order."""
        soon = self._config.begin_within
        return Plan(
            CHECKOUT,
            CheckoutData,
            [
                Step("order", self.order, undo=self.cancel_order, deadline=soon),
                Step("claim", self.claim, undo=self.release, deadline=soon),
                Step("pay", self.pay, undo=self.give_back, pivot=True, deadline=self._config.pay_within, late=_LATE),
                Step("complete", self.complete),
                Step("sold", self.sold),
            ],
            forget=without_card,
            ended=_ended,
        )

    async def order(self, at: At) -> Answer:
        """A pending order; what it costs is known from here on."""
        data = at.data
        try:
            order = await self._bus.request(
                CreateOrder(
                    order_id=data.order_id,
                    saga_id=at.saga_id,
                    user_id=data.user_id,
                    hold_id=data.hold_id,
                    buyer_name=data.buyer_name,
                    buyer_email=data.buyer_email,
                )
            )
        except Fault as fault:
            return refused(fault)
        if order.status != "pending":
            return Failed(Reason(code="order_" + order.status, message=order.reason or "This order is over."))
        if order.total and not data.provider:
            return refused(PaymentNeeded())
        return Done(
            replace(
                data,
                showtime_id=order.showtime_id,
                seat_ids=[item.seat_id for item in order.items],
                total=order.total,
                currency=order.currency,
            )
        )

    async def cancel_order(self, at: At) -> Answer:
        """The order comes to nothing, with the saga's reason."""
        reason = at.reason.code if at.reason else ""
        order = await self._bus.request(CancelOrder(order_id=at.data.order_id, saga_id=at.saga_id, reason=reason))
        return Done() if order.status in {"canceled", "refunded"} else RetryLater(f"the order is {order.status}")

    async def claim(self, at: At) -> Answer:
        """From here on the seats are the order's in Postgres, and the hold cannot run out under the payment.

        All that the order is for: until now the buyer could give some of them back.
        """
        data = at.data
        try:
            claimed = await self._bus.request(
                Claim(
                    hold_id=data.hold_id,
                    order_id=data.order_id,
                    user_id=data.user_id,
                    saga_id=at.saga_id,
                    showtime_id=data.showtime_id,
                )
            )
        except Fault as fault:
            return refused(fault)
        if set(claimed.seat_ids) != set(data.seat_ids):
            return refused(HoldChanged())
        return Done()

    async def release(self, at: At) -> Answer:
        """The seats go back to the hold. Sold ones, if a sale came between, go back to everybody."""
        order_id = at.data.order_id
        dropped = await self._bus.request(Release(order_id=order_id, saga_id=at.saga_id))
        if not dropped.released:
            try:
                await self._bus.request(Refund(order_id=order_id))
            except Fault as fault:
                if fault.code not in _NO_SALE:
                    raise
        return Done()

    async def pay(self, at: At) -> Answer:
        """The pivot: the money is captured, through the bank's page where the bank wants that."""
        data = at.data
        for code in sorted(at.signals & _WHY_STOPPED.keys()):
            return Failed(Reason(code=code, message=_WHY_STOPPED[code]))
        if data.total == 0:
            return Done()
        try:
            if data.asked:
                facts = await self._bus.request(
                    GetPayment(payment_id=data.payment_id), timeout=self._config.provider_within
                )
            else:
                facts = await self._bus.request(_payment(at), timeout=self._config.provider_within)
        except Fault as fault:
            return refused(fault)
        answer = paid(facts, data, at.now + self._config.pause(at.tries))
        if isinstance(answer, Wait) and answer.data.action_url is not None:
            return replace(answer, data=await self._extended(at, answer.data))
        return answer

    async def _extended(self, at: At, data: CheckoutData) -> CheckoutData:
        """The hold lives on while the buyer is at the bank's page, once; it is no reason to stop if it cannot."""
        if data.extended:
            return data
        until = at.now + timedelta(seconds=self._config.pay_within + self._config.hold_after)
        try:
            await self._bus.request(Extend(hold_id=data.hold_id, order_id=data.order_id, until=until))
        except Fault as fault:
            self._log.info("a hold was not extended", saga=at.saga_id, error=fault.detail)
            return data
        return replace(data, extended=True)

    async def give_back(self, at: At) -> Answer:
        """Voided if it was authorised, refunded if it was captured, remembered as cancelled if it never began."""
        data = at.data
        if data.total == 0:
            return Done()
        reason = at.reason.code if at.reason else ""
        facts = await self._bus.request(
            CancelPayment(payment_id=data.payment_id, order_id=data.order_id, saga_id=at.saga_id, reason=reason),
            timeout=self._config.provider_within,
        )
        return given_back(facts, at.now + self._config.pause(at.tries))

    async def complete(self, at: At) -> Answer:
        """The order is completed; inventory hears of it and sells the seats."""
        data = at.data
        payment = data.payment_id if data.total else None
        try:
            order = await self._bus.request(
                CompleteOrder(order_id=data.order_id, saga_id=at.saga_id, payment_id=payment)
            )
        except Fault as fault:
            return refused(fault)
        if order.status in {"pending", "canceled"}:
            return Failed(
                Reason(code="order_" + order.status, message=order.reason or "The order cannot be completed.")
            )
        return Done()

    async def sold(self, at: At) -> Answer:
        """The seats are the buyer's: told by inventory, or asked for if nothing is heard."""
        if PURCHASED in at.signals or await at.ear.hears(PURCHASED, _SOON if at.tries == 1 else 0.0):
            return Done()
        if at.tries == 1:
            return Wait(at.now + timedelta(seconds=self._config.sold_within))
        try:
            await self._bus.request(Purchase(order_id=at.data.order_id, saga_id=at.saga_id))
        except Fault as fault:
            if fault.code in _NO_SALE:
                return refused(fault)
            raise
        return Done()


async def _ended(tx: Tx, saga: Saga) -> None:
    facts = facts_of(saga)
    assert facts.status in {"completed", "failed"}
    event = CheckoutEnded(
        checkout_id=facts.checkout_id,
        order_id=facts.order_id,
        user_id=facts.user_id,
        status="completed" if facts.status == "completed" else "failed",
        code=facts.code,
        message=facts.message,
    )
    await outbox.add(tx, event, key=saga.id)


def _payment(at: At) -> Pay:
    data = at.data
    return Pay(
        payment_id=data.payment_id,
        order_id=data.order_id,
        saga_id=at.saga_id,
        user_id=data.user_id,
        amount=data.total,
        currency=data.currency,
        provider=data.provider,
        method=data.method,
        buyer_email=data.buyer_email,
        buyer_name=data.buyer_name,
        return_url=data.return_url,
        buyer_ip=data.buyer_ip,
    )
