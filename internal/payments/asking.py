"""Asking the provider: which question is next for a payment or refund, and what a lost answer means.

Nothing is locked while the provider thinks. A lease on the row keeps two of us from asking at once; it ends by itself
above a call's budget, so that what a killed process began is taken up by the loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from structlog.typing import FilteringBoundLogger

from internal.payments import store
from internal.payments.domain import FINAL, GIVEN_UP, PROVIDER_GONE, Payment, Refund, cancel, lost, not_reached
from internal.payments.providers.interface import Outcome, PaymentOrder, Provider, ProviderDown
from internal.payments.recording import Recording
from internal.platform.postgres import Database
from proto.payments import Pay

__all__ = ["Asking"]

_Call = Callable[[], Awaitable[Outcome]]


class Asking:
    """Every question to a provider goes through here."""

    def __init__(
        self,
        database: Database,
        providers: Mapping[str, Provider],
        recording: Recording,
        log: FilteringBoundLogger,
        *,
        lease: float,
        never_begun_after: float,
        given_up_after: float,
        webhook_url: str,
    ) -> None:
        self.providers = providers
        self.lease = lease  # seconds, taken by whoever is about to ask
        self._database = database
        self._recording = recording
        self._log = log
        self._never_begun_after = never_begun_after
        self._given_up_after = given_up_after
        self._webhook_url = webhook_url

    async def begin(self, payment: Payment, command: Pay) -> Payment:
        """Authorise and capture what we hold the lease of. The card is known here and in the call, and nowhere else."""
        provider = self.providers[payment.provider]
        order = PaymentOrder(
            payment_id=payment.id,
            order_id=payment.order_id,
            user_id=payment.user_id,
            amount=payment.amount,
            currency=payment.currency,
            method=command.method,
            buyer_email=command.buyer_email,
            buyer_name=command.buyer_name,
            return_url=command.return_url,
            buyer_ip=command.buyer_ip,
            webhook_url=f"{self._webhook_url}/webhooks/{provider.name}",
            begun_at=payment.created_at,
        )
        first = payment.attempts <= 1
        said = None if first else await self._said(payment, lambda: provider.look_up(payment.ref()))
        if not first and said is None:  # it cannot even be asked whether it knows of it
            return await self._recording.change(payment.id, lost)
        if said is None or said.state == "missing":
            try:
                said = await provider.authorize(order)
            except ProviderDown:
                return await self._recording.change(payment.id, not_reached if first else lost)
            except Exception as error:
                self._tell(payment, error)
                return await self._recording.change(payment.id, lost)
        return await self._follow(provider, payment, said)

    async def look(self, payment: Payment) -> Payment:
        """How does it stand? What is authorised is captured, or voided if it was given up meanwhile."""
        provider = self.providers.get(payment.provider)
        if provider is None:
            self._log.error("a payment's provider is not set up any more", payment=payment.id, named=payment.provider)
            return await self._recording.change(payment.id, lambda payment: payment)
        if payment.status == "requires_action" and self._age(payment) > self._given_up_after:
            payment = await self._recording.change(payment.id, cancel)
        ref = payment.ref()
        ask = provider.void if payment.status == "canceled" and not payment.captured else provider.look_up
        said = await self._said(payment, lambda: ask(ref))
        if said is None:
            return await self._recording.change(payment.id, lost)
        if said.state == "missing" and payment.status not in FINAL and self._age(payment) > self._never_begun_after:
            return await self._never_begun(provider, payment)
        return await self._follow(provider, payment, said)

    async def look_up(self, payment: Payment) -> Outcome | None:
        """What the provider says, written down nowhere; None if it cannot be asked, whatever the reason."""
        provider = self.providers.get(payment.provider)
        if provider is None:
            return None
        return await self._said(payment, lambda: provider.look_up(payment.ref()))

    async def look_up_refund(self, refund: Refund, payment: Payment) -> Outcome | None:
        """What the provider says of a refund, as `look_up`."""
        provider = self.providers.get(payment.provider)
        if provider is None:
            return None
        return await self._said(payment, lambda: provider.look_up_refund(refund.order(payment)))

    async def refund(self, refund: Refund, payment: Payment) -> Refund:
        """Carry out a refund whose lease we hold; one that was begun before is looked up first."""
        provider = self.providers.get(payment.provider)
        if provider is None:
            self._log.error("a refund's provider is not set up any more", refund=refund.id, named=payment.provider)
            gone = Outcome(state="pending", code=PROVIDER_GONE, message=f"{payment.provider} is not set up here.")
            return await self._recording.refund_unheard(refund, gone)
        order = refund.order(payment)
        said = None
        if refund.status == "succeeded":  # it may have come back since; unanswered, it is due again when its lease ends
            said = await self._said(payment, lambda: provider.look_up_refund(order))
            return refund if said is None else await self._recording.refund_outcome(refund, said)
        if refund.attempts > 1:
            said = await self._said(payment, lambda: provider.look_up_refund(order))
            if said is None:
                return await self._recording.refund_unheard(refund)
        if said is None or said.state == "missing":
            try:
                said = await provider.refund(order)
            except ProviderDown as error:
                self._tell(payment, error)
                return await self._recording.refund_unheard(refund)
            except Exception as error:
                self._tell(payment, error)
                said = Outcome(state="pending")
        return await self._recording.refund_outcome(refund, said)

    async def _follow(self, provider: Provider, payment: Payment, said: Outcome) -> Payment:
        now = await self._recording.outcome(payment, said)
        if said.state != "authorized" or now.captured:
            return now
        step = provider.void if now.status in GIVEN_UP else provider.capture
        ref = now.ref()
        then = await self._said(now, lambda: step(ref))
        return now if then is None else await self._recording.outcome(now, then)

    async def _never_begun(self, provider: Provider, payment: Payment) -> Payment:
        """A process died between the intent and the call: have the provider refuse the id before we say so."""
        ref = payment.ref()
        said = await self._said(payment, lambda: provider.void(ref))
        if said is None:
            return await self._recording.change(payment.id, lost)
        if said.state in {"missing", "canceled"}:
            return await self._recording.change(payment.id, not_reached, said)
        return await self._follow(provider, payment, said)

    async def _said(self, payment: Payment, call: _Call) -> Outcome | None:
        try:
            return await call()
        except Exception as error:
            self._tell(payment, error)
            return None

    def _tell(self, payment: Payment, error: Exception) -> None:
        """Never with the call's arguments: they hold the card."""
        self._log.warning("no answer about a payment", payment=payment.id, provider=payment.provider, error=repr(error))

    def _age(self, payment: Payment) -> float:
        return (datetime.now(UTC) - payment.created_at).total_seconds()

    async def leased(self, payment: Payment) -> Payment | None:
        """It, if we may ask about it now."""
        async with self._database.statement() as tx:
            return await store.lease_payment(tx, payment.id, self.lease)
