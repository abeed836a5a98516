"""What checkout listens to: who waits for what was told is woken at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from internal.checkout.buying import PURCHASED, STOPPED
from internal.checkout.domain import RefundData, checkout_of
from internal.platform.bus import Consumer, Meta
from internal.platform.postgres import Database, Tx
from internal.platform.saga import Plan, begin, wake
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


def consumers(database: Database, refund: Plan[RefundData], clock: Callable[[], datetime]) -> list[Consumer[Any]]:
    """The durables of checkout. A wake that comes twice is one look more, so it needs no inbox."""

    async def wake_up(saga_id: str | None, signal: str = "") -> None:
        if saga_id is not None:
            async with database.transaction() as tx:
                await wake(tx, saga_id, signal)

    async def payment(
        event: PaymentActionRequired | PaymentSucceeded | PaymentFailed | PaymentCanceled, _: Meta
    ) -> None:
        await wake_up(checkout_of(event.order_id))

    async def refunded(event: PaymentRefunded | RefundFailed, _: Meta) -> None:
        await wake_up(event.refund_id)
        await wake_up(checkout_of(event.order_id))  # the way back of a checkout is a refund, too

    async def sold(event: SeatsPurchased, _: Meta) -> None:
        await wake_up(checkout_of(event.order_id), PURCHASED)

    async def stopped(event: OrderStopped, _: Meta) -> None:
        await wake_up(checkout_of(event.order_id), STOPPED[event.by])

    async def asked(event: RefundRequested, _: Meta) -> None:
        data = RefundData(
            order_id=event.order_id,
            payment_id=event.payment_id,
            seat_ids=list(event.seat_ids),
            amount=event.amount,
            reason=event.reason,
        )

        async def work(tx: Tx) -> None:
            await begin(tx, refund, event.refund_id, event.refund_id, data, clock())

        await database.run(work)

    paid = (PaymentActionRequired, PaymentSucceeded, PaymentFailed, PaymentCanceled)
    return [
        Consumer("checkout-payments", paid, payment),
        Consumer("checkout-refunded", (PaymentRefunded, RefundFailed), refunded),
        Consumer("checkout-sold", SeatsPurchased, sold),
        Consumer("checkout-stopped", OrderStopped, stopped),
        Consumer("checkout-refunds", RefundRequested, asked),
    ]
