"""One transaction for all that follows from a change: row, ledger, events, and the refund of what came too late.

Locks are taken in one order, the payment and then its refund, so that two changes wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from internal.payments import store
from internal.payments.domain import (
    REFUND_RETURNED,
    Payment,
    Refund,
    again_in,
    by_hand,
    hear,
    hear_refund,
    refundable,
    rest_refund_id,
    settled,
    to_give_back,
    unheard,
)
from internal.payments.faults import PaymentUnknown
from internal.payments.providers.interface import Outcome
from internal.platform import outbox
from internal.platform.postgres import Database, Tx
from proto import Event
from proto.payments import (
    PaymentActionRequired,
    PaymentCanceled,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)

__all__ = ["REFUNDS_DUE", "Recording"]

REFUNDS_DUE = "payments-refunds"  # announced when a refund waits to be carried out


class Recording:
    """Writes down what was heard."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.late = 0  # captures of payments that had been given up

    async def outcome(self, seen: Payment, said: Outcome) -> Payment:
        """The provider said this of a payment that we saw so; mostly it is so still, and one statement does it all."""
        after = hear(seen, said)
        facts = _facts(seen, after)
        if not to_give_back(after) and len(facts) <= 1:
            kept = await self._at_once(seen, _waiting(after, said), facts)
            if kept is not None:
                return kept
        return await self.change(seen.id, lambda payment: hear(payment, said), said)

    async def _at_once(self, seen: Payment, after: Payment, facts: Sequence[Event]) -> Payment | None:
        captured = bool(after.captured and not seen.captured)
        posting = store.posting(_capture(after), after, after.captured) if captured else None
        async with self._database.statement() as tx:
            told = [outbox.added(tx, fact, key=after.id) for fact in facts]
            return await store.save_unchanged(tx, after, posting, told[0] if told else None)

    async def change(
        self, payment_id: str, decide: Callable[[Payment], Payment], said: Outcome | None = None
    ) -> Payment:
        """The payment after this decision."""

        async def work(tx: Tx) -> Payment:
            before = await store.payment(tx, payment_id, lock=True)
            if before is None:
                raise PaymentUnknown
            return await self.write(tx, before, decide(before), said)

        return await self._database.run(work)

    async def write(self, tx: Tx, before: Payment, after: Payment, said: Outcome | None = None) -> Payment:
        """What was decided about a locked payment, with all that follows from it."""
        if after.captured and not before.captured:
            await store.post(tx, _capture(after), after, after.captured)
            self.late += 1 if to_give_back(after) else 0
        if to_give_back(after):
            after = await self.give_back(tx, after, "It was captured after it had been given up.")
        after = _waiting(after, said)
        await store.save_payment(tx, after)
        for fact in _facts(before, after):
            await outbox.add(tx, fact, key=after.id)
        return after

    async def give_back(self, tx: Tx, payment: Payment, reason: str) -> Payment:
        """All that is left of a locked payment goes back; said twice, it happens once."""
        refund_id, amount = rest_refund_id(payment), refundable(payment)
        if not amount or await store.refund(tx, refund_id) is not None:
            return payment
        payment, _ = await self.begin_refund(tx, payment, refund_id, amount, reason)
        return payment

    async def begin_refund(
        self, tx: Tx, payment: Payment, refund_id: str, amount: int, reason: str
    ) -> tuple[Payment, Refund]:
        """A refund that is still to be carried out, and its locked payment, whose row the caller may save again."""
        payment = msgspec.structs.replace(payment, refunding=payment.refunding + amount)
        await store.save_payment(tx, payment)
        refund = Refund(
            id=refund_id,
            payment_id=payment.id,
            order_id=payment.order_id,
            amount=amount,
            currency=payment.currency,
            reason=reason,
            status="pending",
        )
        await store.add_refund(tx, refund)
        tx.announce(REFUNDS_DUE)
        return payment, refund

    async def refund_outcome(self, refund: Refund, said: Outcome) -> Refund:
        """The provider said this of a refund."""
        return await self._change_refund(refund, lambda before: hear_refund(before, said))

    async def refund_unheard(self, refund: Refund, said: Outcome | None = None) -> Refund:
        """The provider was not asked for this refund, in this attempt."""
        return await self._change_refund(refund, lambda before: unheard(before, said))

    async def _change_refund(self, refund: Refund, decide: Callable[[Refund], Refund]) -> Refund:
        async def work(tx: Tx) -> Refund:
            payment = await store.payment(tx, refund.payment_id, lock=True)
            before = await store.refund(tx, refund.id, lock=True)
            assert payment is not None
            assert before is not None, "refunds are never removed"
            return await self._write_refund(tx, payment, before, decide(before))

        return await self._database.run(work)

    async def settle(self, tx: Tx, payment: Payment, before: Refund, how: str, who: str) -> Refund:
        """A person gave back what this refund, locked after its payment, was to; said twice, it happens once."""
        after = by_hand(payment, before, how, who)
        if after is before:
            return before
        if before.status == "failed":  # what it had taken of the payment it gave back when it failed
            payment = msgspec.structs.replace(payment, refunding=payment.refunding + after.amount)
            before = msgspec.structs.replace(before, status="pending")
        return await self._write_refund(tx, payment, before, after)

    async def _write_refund(self, tx: Tx, payment: Payment, before: Refund, after: Refund) -> Refund:
        waits = after.status == "pending" and after.code != REFUND_RETURNED
        due = datetime.now(UTC) + again_in(after.attempts) if waits else None
        after = msgspec.structs.replace(after, due_at=due, leased_until=None)
        await store.save_refund(tx, after)
        if after.status == before.status:
            return after
        if before.status == "succeeded":
            payment = msgspec.structs.replace(payment, refunded=payment.refunded - after.amount)
            await store.post(tx, f"refund {after.id} returned", payment, after.amount, after.id)
        elif after.status == "succeeded":
            payment = msgspec.structs.replace(payment, refunded=payment.refunded + after.amount)
            name = f"refund {after.id}{' by hand' if after.by_hand else ''}"
            await store.post(tx, name, payment, -after.amount, after.id, by_hand=bool(after.by_hand))
        else:
            payment = msgspec.structs.replace(payment, refunding=payment.refunding - after.amount)
        await store.save_payment(tx, payment)
        await _tell_refund(tx, after)
        return after


def _waiting(after: Payment, said: Outcome | None) -> Payment:
    """It, asked about no more just now: due again later, unless there is nothing left to ask."""
    due = None if settled(after, said) else datetime.now(UTC) + again_in(after.attempts)
    return msgspec.structs.replace(after, due_at=due, leased_until=None)


def _capture(payment: Payment) -> str:
    return f"capture {payment.id}"


def _facts(before: Payment, after: Payment) -> list[Event]:
    """What is to be told of this change, keyed by the payment: each is told once in its life."""
    ids = {"order_id": after.order_id, "payment_id": after.id}
    facts: list[Event] = []
    if after.captured and not before.captured:
        facts.append(PaymentSucceeded(**ids, amount=after.captured, currency=after.currency))
    if after.status == before.status:
        return facts
    if after.status == "requires_action":
        facts.append(PaymentActionRequired(**ids, action_url=after.action_url))
    elif after.status == "failed":
        facts.append(PaymentFailed(**ids, code=after.code, message=after.message))
    elif after.status == "canceled":
        facts.append(PaymentCanceled(**ids))
    return facts


async def _tell_refund(tx: Tx, refund: Refund) -> None:
    ids = {"order_id": refund.order_id, "payment_id": refund.payment_id, "refund_id": refund.id}
    if refund.status == "succeeded":
        told = PaymentRefunded(**ids, amount=refund.amount, currency=refund.currency)
        await outbox.add(tx, told, key=refund.id)
    else:
        await outbox.add(tx, RefundFailed(**ids, code=refund.code, message=refund.message), key=refund.id)
