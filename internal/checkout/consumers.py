"""What checkout listens to: who waits for what was told is woken at once."""

from __future__ import annotations

from typing import Any

from internal.checkout.buying import PURCHASED, STOPPED
from internal.checkout.domain import CheckoutData, RefundData, checkout_of
from internal.platform.bus import Consumer, Meta
from internal.platform.postgres import Database, Tx
from internal.platform.saga import Plan, Runner, wake
from proto.inventory import SeatsPurchased
from proto.orders import OrderStopped, RefundRequested
from proto.payments import (
    PaymentActionRequired,
    PaymentCanceled,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)

__all__ = ["consumers"]


def consumers(
    database: Database, runner: Runner, buying: Plan[CheckoutData], refund: Plan[RefundData]
) -> list[Consumer[Any]]:
    """The durables of checkout. A wake that comes twice is one look more, so it needs no inbox."""
    pay = [step.name for step in buying.steps].index("pay")

    async def wake_up(saga_id: str | None, signal: str = "", *, until: int | None = None) -> None:
        if saga_id is not None:
            async with database.statement() as tx:
                await wake(tx, saga_id, signal, until=until)

    async def payment(
        event: PaymentActionRequired | PaymentSucceeded | PaymentFailed | PaymentCanceled, _: Meta
    ) -> None:
        await wake_up(checkout_of(event.order_id), until=pay)

    async def refunded(event: PaymentRefunded | RefundFailed, _: Meta) -> None:
        await wake_up(event.refund_id)
        await wake_up(checkout_of(event.order_id))  # the way back of a checkout is a refund, too

    async def sold(event: SeatsPurchased, _: Meta) -> None:
        """Mostly its saga is waiting for just this, here; one that dies now asks inventory when it is taken up."""
        saga_id = checkout_of(event.order_id)
        if saga_id is not None and not await runner.hearing.whisper(saga_id, PURCHASED):
            await wake_up(saga_id, PURCHASED)

    async def stopped(event: OrderStopped, _: Meta) -> None:
        await wake_up(checkout_of(event.order_id), STOPPED[event.by])

    async def asked(event: RefundRequested, _: Meta) -> None:
        data = RefundData(
            order_id=event.order_id,
            payment_id=event.payment_id,
            seat_ids=list(event.seat_ids),
            amount=event.amount,
            reason=event.reason,
            by_hand=event.by_hand,
            settled_by=event.settled_by,
        )

        async def work(tx: Tx) -> None:
            await runner.begin(tx, refund, event.refund_id, event.refund_id, data)

        await database.run(work)

    paid = (PaymentActionRequired, PaymentSucceeded, PaymentFailed, PaymentCanceled)
    return [
        Consumer("checkout-payments", paid, payment),
        Consumer("checkout-refunded", (PaymentRefunded, RefundFailed), refunded),
        Consumer("checkout-sold", SeatsPurchased, sold),
        Consumer("checkout-stopped", OrderStopped, stopped),
        Consumer("checkout-refunds", RefundRequested, asked),
    ]
