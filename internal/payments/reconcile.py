"""Two truths compared: what we wrote down of the last day's payments, and what their providers say.

Repaired forward only: money that a provider has and we did not know of is written down (and given back if nobody sells
a seat for it any more). What cannot be repaired is counted and logged for a person: a payment that we call captured and
the provider does not.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from structlog.typing import FilteringBoundLogger

from internal.payments import store
from internal.payments.asking import Asking
from internal.payments.domain import Payment
from internal.payments.providers.interface import Outcome
from internal.payments.recording import Recording
from internal.platform.faults import Unavailable
from internal.platform.postgres import Database

__all__ = ["Reconciler"]

_BACK = timedelta(days=1)  # a provider's late word comes within hours; older ones were compared often enough
_AGAIN = timedelta(hours=1)  # between two looks at the same payment: 24 calls at most for each
_AT_ONCE = 20


class Reconciler:
    """Compares settled payments; those that are not are asked about anyway."""

    def __init__(self, database: Database, asking: Asking, recording: Recording, log: FilteringBoundLogger) -> None:
        self._database = database
        self._asking = asking
        self._recording = recording
        self._log = log
        self.repaired = 0
        self.disputed = 0

    async def run_once(self) -> int:
        """Compare some that were not compared lately; how many."""
        now = datetime.now(UTC)
        async with self._database.transaction() as tx:
            some = await store.payments_to_compare(tx, now - _BACK, now - _AGAIN, _AT_ONCE)
        for payment in some:
            await self._compare(payment)
        return len(some)

    async def _compare(self, payment: Payment) -> None:
        provider = self._asking.providers.get(payment.provider)
        if provider is None:
            return
        try:
            said = await provider.look_up(payment.ref())
        except Unavailable:
            return  # compared again in an hour
        await self._judge(payment, said)

    async def _judge(self, payment: Payment, said: Outcome) -> None:
        if bool(payment.captured) == (said.state == "succeeded"):
            return
        if payment.captured:
            self.disputed += 1
            self._log.error("the provider knows nothing of a capture", payment=payment.id, says=said.state)
        elif said.state == "succeeded":
            after = await self._recording.outcome(payment.id, said)
            if after.captured:
                self.repaired += 1
                self._log.warning("a capture nobody told us of", payment=payment.id, status=after.status)
