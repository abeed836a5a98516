"""The waiting of payments: what is not final is asked about until it is, and webhooks are looked into."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from structlog.typing import FilteringBoundLogger

from internal.payments import store
from internal.payments.asking import Asking
from internal.payments.config import Config
from internal.payments.domain import Refund, again_in
from internal.payments.providers.interface import Outcome
from internal.payments.recording import REFUNDS_DUE, Recording
from internal.payments.store import Heard
from internal.platform.postgres import Database, Tx

__all__ = ["ANSWERED_WITHIN", "PAYMENTS_DUE", "WEBHOOKS_DUE", "Looking", "Webhooks"]

WEBHOOKS_DUE = "payments-webhooks"  # announced when one is stored
PAYMENTS_DUE = "payments-due"  # announced when one is to be asked about now

ANSWERED_WITHIN = 1.0  # seconds, mostly: a call whose webhook came first. Its own answer is waited for so long.
_UNMATCHED = 12  # tries, over some ten minutes, until a webhook about nothing of ours is left alone
_KEPT = timedelta(days=7)  # of webhooks: providers repeat theirs for three days at most


class Looking:
    """Payments and refunds that wait for their provider's word, also those that a killed process left."""

    def __init__(self, database: Database, asking: Asking, config: Config) -> None:
        self._database = database
        self._asking = asking
        self._config = config

    async def payments_once(self) -> int:
        """Ask about those that are due."""
        async with self._database.statement() as tx:
            due = await store.due_payments(tx, self._config.look_batch, self._config.lease)
        await asyncio.gather(*(self._asking.look(payment) for payment in due))
        return len(due)

    async def refunds_once(self) -> int:
        """Carry out, or ask about, those that are due."""
        async with self._database.statement() as tx:
            due = await store.due_refunds(tx, self._config.look_batch, self._config.lease)
        await asyncio.gather(*(self._carry_out(refund) for refund in due))
        return len(due)

    async def _carry_out(self, refund: Refund) -> None:
        async with self._database.read() as tx:
            payment = await store.payment(tx, refund.payment_id)
        assert payment is not None, "payments are never removed"
        await self._asking.refund(refund, payment)


class Webhooks:
    """What providers told us of: a hint to ask them, whatever it says and however often it comes."""

    def __init__(self, database: Database, recording: Recording, log: FilteringBoundLogger, config: Config) -> None:
        self._database = database
        self._recording = recording
        self._log = log
        self._config = config

    async def run_once(self) -> int:
        """Look into those that are due."""
        async with self._database.statement() as tx:
            due = await store.due_webhooks(tx, self._config.look_batch, self._config.webhook_lease)
        open_ = [heard for heard in due if not heard.done]
        for heard in open_:
            if heard.found is None:
                await self._unmatched(heard)
            elif heard.outcome is not None:
                await self._believe(heard.found, heard.refund_id, heard.outcome)
        await self._ask([heard for heard in open_ if heard.found is not None])
        return len(due)

    async def _ask(self, matched: Sequence[Heard]) -> None:
        """Have the providers asked about what these are about."""

        async def work(tx: Tx) -> None:
            await store.webhooks_heard(tx, matched)
            tx.announce(PAYMENTS_DUE)
            tx.announce(REFUNDS_DUE)

        if matched:
            await self._database.run(work)

    async def _believe(self, payment_id: str, refund_id: str, outcome: Outcome) -> None:
        """Of a provider that cannot be asked, the signed message is the answer."""
        async with self._database.read() as tx:
            payment = await store.payment(tx, payment_id)
            refund = await store.refund(tx, refund_id) if refund_id else None
        assert payment is not None, "payments are never removed"
        if not refund_id:
            await self._recording.outcome(payment, outcome)
        elif refund is not None and refund.payment_id == payment_id:
            await self._recording.refund_outcome(refund, outcome)

    async def _unmatched(self, heard: Heard) -> None:
        """It may be of a payment whose reference we have not heard yet; later it is of somebody else's."""
        async with self._database.statement() as tx:
            if heard.attempts >= _UNMATCHED:
                self._log.warning("a webhook about no payment of ours", provider=heard.provider, named=heard.event_id)
                await store.webhook_done(tx, heard)
            else:
                await store.webhook_later(tx, heard, again_in(heard.attempts))

    async def forget_once(self) -> int:
        """Forget those that nobody sends again."""
        async with self._database.statement() as tx:
            return await store.forget_webhooks(tx, datetime.now(UTC) - _KEPT, 5_000)
