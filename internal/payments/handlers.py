"""What the saga asks of payments. The intent is committed before the provider hears of it, so that nothing it does is
unknown to us.
"""

from __future__ import annotations

from datetime import UTC, datetime

from internal.payments import store
from internal.payments.answers import facts_of, refund_facts
from internal.payments.asking import Asking
from internal.payments.domain import (
    FOR_A_PERSON,
    Payment,
    Refund,
    cancel,
    never_begun,
    refundable,
    rest_refund_id,
    same_payment,
)
from internal.payments.faults import (
    NoSuchRefund,
    NotCaptured,
    NotGivenBack,
    PaymentDiffers,
    PaymentUnknown,
    ProviderUnknown,
    RefundDiffers,
    RefundTooMuch,
)
from internal.payments.recording import Recording
from internal.platform.faults import Malformed
from internal.platform.ids import is_id
from internal.platform.postgres import Database, Tx
from proto import NO_CURRENCY
from proto.payments import (
    CancelPayment,
    GetPayment,
    ListOwed,
    Owed,
    Pay,
    PaymentFacts,
    RefundFacts,
    RefundPayment,
    SettleRefund,
)

__all__ = ["Payments"]

_LONGEST_NOTE = 500  # characters: the reference of a transfer, and a sentence
_MOST_OWED = 500  # of one answer, about 150 kB, where NATS takes 1 MB


class Payments:
    """Each command may come twice, late, at once with itself, or after its opposite."""

    def __init__(self, database: Database, recording: Recording, asking: Asking) -> None:
        self._database = database
        self._recording = recording
        self._asking = asking

    async def pay(self, command: Pay) -> PaymentFacts:
        """Authorise and capture, once for each id; who comes while another is at it hears how it stands."""
        if command.provider not in self._asking.providers:
            raise ProviderUnknown
        if command.amount <= 0:
            raise Malformed("There is nothing to pay.", path="$.amount")
        new = _new(command)
        async with self._database.statement() as tx:
            ours = await store.add_payment(tx, new, self._asking.lease)
        payment, ours = (new, True) if ours else await self._asked_before(command)
        return facts_of(await self._asking.begin(payment, command) if ours else payment)

    async def _asked_before(self, command: Pay) -> tuple[Payment, bool]:
        """The payment of this id, and whether it is ours to ask the provider about."""
        async with self._database.transaction() as tx:
            payment = await _locked(tx, command.payment_id)
            same_payment(payment, command)
            open_ = payment.status in {"created", "unknown"}
            leased = await store.lease_payment(tx, payment.id, self._asking.lease) if open_ else None
        return leased or payment, leased is not None

    async def get(self, asked: GetPayment) -> PaymentFacts:
        """How it stands, by the provider's word if it is not settled."""
        async with self._database.read() as tx:
            payment = await store.payment(tx, asked.payment_id)
        if payment is None:
            raise PaymentUnknown
        leased = None if payment.due_at is None else await self._asking.leased(payment)
        if leased is not None:
            payment = await self._asking.look(leased)
        return facts_of(payment)

    async def owned(self, user_id: str, payment_id: str, *, everybodys: bool) -> PaymentFacts:
        """For the buyer whose it is; to anybody else it does not exist."""
        if not is_id("pay", payment_id):
            raise PaymentUnknown
        async with self._database.read() as tx:
            payment = await store.payment(tx, payment_id)
        if payment is None or (payment.user_id != user_id and not everybodys):
            raise PaymentUnknown
        return facts_of(payment)

    async def cancel(self, command: CancelPayment) -> PaymentFacts:
        """Given up from now on, whatever the provider is doing; voided or given back as soon as it answers.

        A refund that the provider refused for good is said as a fault: who waits for it would wait for ever, unseen.
        """
        async with self._database.transaction() as tx:
            await store.add_payment(tx, _tombstone(command))
            before = await _locked(tx, command.payment_id)
            if before.order_id != command.order_id:
                raise PaymentDiffers
            if never_begun(before):
                return facts_of(before)
            after = cancel(before)
            if after.status == "succeeded":
                await self._recording.give_back(tx, after, command.reason)
            elif after.status != before.status:
                after = await self._recording.write(tx, before, after)
            refund = await store.lease_refund(tx, rest_refund_id(after), self._asking.lease)
        if refund is not None:
            await self._asking.refund(refund, after)
        elif after.due_at is not None and not after.captured:
            await self._asking.look(after)
        return facts_of(await self._given_back(command.payment_id))

    async def refund(self, command: RefundPayment) -> RefundFacts:
        """Give so much back. Refunds of one payment take turns at its row, so that they never overlap."""
        if command.amount <= 0:
            raise Malformed("There is nothing to give back.", path="$.amount")
        known = await self._reload(command.payment_id)
        unsure = None if known.captured or known.due_at is None else await self._asking.leased(known)
        if unsure is not None:
            await self._asking.look(unsure)  # it may be captured there, and we not know of it yet
        async with self._database.transaction() as tx:
            payment = await _locked(tx, command.payment_id)
            refund = await store.refund(tx, command.refund_id) or await self._begin_refund(tx, payment, command)
            if (refund.payment_id, refund.amount) != (command.payment_id, command.amount):
                raise RefundDiffers
            if command.by_hand and not refund.attempts:  # no provider heard of it, and none will
                payment = await _locked(tx, payment.id)
                return refund_facts(await self._recording.settle(tx, payment, refund, *_hand(command)))
            leased = await store.lease_refund(tx, refund.id, self._asking.lease)
        return refund_facts(refund if leased is None else await self._asking.refund(leased, payment))

    async def settle(self, command: SettleRefund) -> RefundFacts:
        """A person gave it back: whoever waits for it goes on."""
        _require_told(command)
        async with self._database.transaction() as tx:
            seen = await store.refund(tx, command.refund_id)
            if seen is None:
                raise NoSuchRefund
            payment = await _locked(tx, seen.payment_id)
            refund = await store.refund(tx, command.refund_id, lock=True)
            assert refund is not None, "refunds are never removed"
            return refund_facts(await self._recording.settle(tx, payment, refund, *_hand(command)))

    async def owed(self, asked: ListOwed) -> Owed:
        """What a person must see to."""
        async with self._database.read() as tx:
            return Owed(refunds=await store.owed(tx, max(1, min(asked.limit, _MOST_OWED))))

    async def _begin_refund(self, tx: Tx, payment: Payment, command: RefundPayment) -> Refund:
        if payment.order_id != command.order_id:
            raise RefundDiffers
        if not payment.captured:
            raise NotCaptured
        if command.amount > refundable(payment):
            raise RefundTooMuch
        _, refund = await self._recording.begin_refund(tx, payment, command.refund_id, command.amount, command.reason)
        return refund

    async def _given_back(self, payment_id: str) -> Payment:
        payment = await self._reload(payment_id)
        async with self._database.read() as tx:
            rest = await store.refund(tx, rest_refund_id(payment))
            if rest is not None and rest.status == "succeeded" and refundable(payment):  # a part of it came to nothing
                rest = await store.refused_since(tx, rest)
        if rest is not None and (rest.code in FOR_A_PERSON or (rest.status == "failed" and refundable(payment))):
            raise NotGivenBack(rest.message or None, refundId=rest.id)
        return payment

    async def _reload(self, payment_id: str) -> Payment:
        async with self._database.read() as tx:
            payment = await store.payment(tx, payment_id)
        if payment is None:
            raise PaymentUnknown
        return payment


def _hand(command: SettleRefund | RefundPayment) -> tuple[str, str]:
    return command.by_hand.strip(), command.settled_by.strip()


def _require_told(command: SettleRefund) -> None:
    """The books say for ever how it went back, and by whom."""
    how, who = _hand(command)
    if not how or len(how) > _LONGEST_NOTE:
        raise Malformed(f"Say how it was given back, in {_LONGEST_NOTE} characters.", path="$.byHand")
    if not who or len(who) > _LONGEST_NOTE:
        raise Malformed("Say who gave it back.", path="$.settledBy")


async def _locked(tx: Tx, payment_id: str) -> Payment:
    payment = await store.payment(tx, payment_id, lock=True)
    if payment is None:
        raise PaymentUnknown
    return payment


def _new(command: Pay) -> Payment:
    now = datetime.now(UTC)
    return Payment(
        id=command.payment_id,
        order_id=command.order_id,
        saga_id=command.saga_id,
        user_id=command.user_id,
        provider=command.provider,
        amount=command.amount,
        currency=command.currency,
        status="created",
        attempts=1,  # the one that we are about to make
        created_at=now,
        updated_at=now,
    )


def _tombstone(command: CancelPayment) -> Payment:
    """What stands in the way of a `Pay` that comes after its `CancelPayment`."""
    now = datetime.now(UTC)
    return Payment(
        id=command.payment_id,
        order_id=command.order_id,
        saga_id=command.saga_id,
        user_id="",
        provider="",
        amount=0,
        currency=NO_CURRENCY,
        status="canceled",
        message=command.reason,
        created_at=now,
        updated_at=now,
    )
