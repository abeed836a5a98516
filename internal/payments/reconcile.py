"""Two truths compared: what we wrote down, and what the providers say.

Repaired forward only: money that a provider has and we did not know of is written down (and given back if nobody sells
a seat for it any more), and so is a refund that came back from the buyer's bank (which is owed from then on). What
cannot be repaired is told until a person has seen to it: a payment that we call captured and the provider does not, and
what stands in a provider's books and nowhere in ours, as after a database that was restored from yesterday.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Generic, TypeVar

from internal.payments import store
from internal.payments.asking import Asking
from internal.payments.domain import NOT_GIVEN_BACK, Payment, Refund, agrees
from internal.payments.providers.interface import Entry, KeepsBooks, Outcome, ProviderDown
from internal.payments.recording import Recording
from internal.platform.postgres import Database, Tx
from proto.payments import OwedRefund
from proto.reconcile import Difference

__all__ = ["BooksReconciler", "OwedReconciler", "PaymentReconciler", "RefundReconciler"]

T = TypeVar("T")

_BACK = timedelta(days=1)  # a provider's late word comes within hours; older ones were compared often enough
_AGAIN = timedelta(hours=1)  # between two looks at the same payment: 24 calls at most for each
_REFUND_BACK = timedelta(days=40)  # a buyer's bank may send money back for a month
_REFUND_AGAIN = timedelta(days=1)
_AT_ONCE = 20  # as `look_batch`: a provider allows about 100 calls a second
_MOST = 2_000  # payments of one look: half a minute at a provider that takes 300 ms
_PIECE = 5_000  # keys of one query


class _Compared(ABC, Generic[T]):
    """Settled ones of a kind, a few at a time, each beside what its provider says of it."""

    again: ClassVar[timedelta]  # between two looks of the loop at the same one

    def __init__(self, database: Database, asking: Asking, recording: Recording) -> None:
        self._database = database
        self._asking = asking
        self._recording = recording

    async def run_once(self, repair: bool) -> Sequence[Difference]:
        """All that are young enough."""
        return await self._look(repair, again=datetime.now(UTC))

    async def look_at_some(self, repair: bool) -> Sequence[Difference]:
        """Those that were not compared lately: what the loop looks at."""
        return await self._look(repair, again=datetime.now(UTC) - self.again)

    async def _look(self, repair: bool, again: datetime) -> list[Difference]:
        found: list[Difference] = []
        looked_at = asked = unanswered = 0
        while looked_at < _MOST and (some := await self._some(again)):
            known = [one for one in some if self._payment(one).provider in self._asking.providers]
            said = await asyncio.gather(*map(self._ask, known))
            for one, answer in zip(known, said, strict=True):
                found += [] if answer is None else await self._judge(one, answer, repair)
            looked_at, asked, unanswered = looked_at + len(some), asked + len(known), unanswered + said.count(None)
        if asked and asked == unanswered:  # nothing differs as far as is known, and nothing is known
            raise ProviderDown
        if not repair:
            async with self._database.transaction() as tx:
                await self._compare_again(tx, [one.thing for one in found])
        return found

    @abstractmethod
    def _payment(self, one: T) -> Payment: ...

    @abstractmethod
    async def _some(self, again: datetime) -> Sequence[T]: ...

    @abstractmethod
    async def _ask(self, one: T) -> Outcome | None: ...

    @abstractmethod
    async def _judge(self, one: T, said: Outcome, repair: bool) -> list[Difference]: ...

    @abstractmethod
    async def _compare_again(self, tx: Tx, ids: Sequence[str]) -> None: ...


class PaymentReconciler(_Compared[Payment]):
    """Settled payments of the last day; those that are not settled are asked about anyway."""

    again = _AGAIN

    def _payment(self, one: Payment) -> Payment:
        return one

    async def _some(self, again: datetime) -> Sequence[Payment]:
        now = datetime.now(UTC)
        async with self._database.transaction() as tx:
            return await store.payments_to_compare(tx, now - _BACK, again, now, _AT_ONCE)

    async def _ask(self, one: Payment) -> Outcome | None:
        return await self._asking.look_up(one)

    async def _judge(self, one: Payment, said: Outcome, repair: bool) -> list[Difference]:
        if agrees(one, said):
            return []
        async with self._database.read() as tx:  # it may have been told meanwhile
            now = await store.payment(tx, one.id)
        if now is None or agrees(now, said):
            return []
        repaired = False
        if repair and not now.captured:
            repaired = bool((await self._recording.outcome(now, said)).captured)
        kept = f"{now.captured} {now.currency} captured" if now.captured else now.status
        there = f"{said.state} at {now.provider}"
        return [Difference(thing=now.id, found=kept, expected=there, repaired=repaired)]

    async def _compare_again(self, tx: Tx, ids: Sequence[str]) -> None:
        await store.compare_again(tx, ids)


class RefundReconciler(_Compared[tuple[Refund, Payment]]):
    """Refunds that were through: the buyer's bank may have sent one back, and the provider's word of it got lost."""

    again = _REFUND_AGAIN

    def _payment(self, one: tuple[Refund, Payment]) -> Payment:
        return one[1]

    async def _some(self, again: datetime) -> Sequence[tuple[Refund, Payment]]:
        now = datetime.now(UTC)
        async with self._database.transaction() as tx:
            refunds = await store.refunds_to_compare(tx, now - _REFUND_BACK, again, now, _AT_ONCE)
            payments = [await store.payment(tx, refund.payment_id) for refund in refunds]
        return [(refund, payment) for refund, payment in zip(refunds, payments, strict=True) if payment is not None]

    async def _ask(self, one: tuple[Refund, Payment]) -> Outcome | None:
        return await self._asking.look_up_refund(*one)

    async def _judge(self, one: tuple[Refund, Payment], said: Outcome, repair: bool) -> list[Difference]:
        refund, payment = one
        if said.state not in NOT_GIVEN_BACK:
            return []
        repaired = repair and (await self._recording.refund_outcome(refund, said)).status != "succeeded"
        given, there = f"{refund.amount} {refund.currency} given back", f"{said.state} at {payment.provider}"
        return [Difference(thing=refund.id, found=given, expected=there, repaired=repaired)]

    async def _compare_again(self, tx: Tx, ids: Sequence[str]) -> None:
        await store.compare_refunds_again(tx, ids)


class BooksReconciler:
    """What stands in a provider's books must be ours: every intent is a row before a provider hears of it."""

    def __init__(self, database: Database, asking: Asking) -> None:
        self._database = database
        self._asking = asking

    async def run_once(self, repair: bool) -> Sequence[Difference]:
        """All that their books have. Nothing of it can be repaired: whose it was, a person must find out."""
        del repair
        return await self._look(None)

    async def look_at_new(self, repair: bool) -> Sequence[Difference]:
        """What was begun within the last day: what the loop looks at."""
        del repair
        return await self._look(datetime.now(UTC) - _BACK)

    async def _look(self, since: datetime | None) -> list[Difference]:
        found: list[Difference] = []
        for name, provider in self._asking.providers.items():
            if isinstance(provider, KeepsBooks):
                strangers = await self._strangers(await provider.books(since))
                found += [_stranger(name, one) for one in strangers]
        return found

    async def _strangers(self, entries: Sequence[Entry]) -> list[Entry]:
        unknown: set[tuple[str, str]] = set()
        async with self._database.read() as tx:
            for start in range(0, len(entries), _PIECE):
                piece = entries[start : start + _PIECE]
                for kind in ("charge", "refund"):
                    keys = [one.key for one in piece if one.kind == kind]
                    unknown |= {(kind, key) for key in await store.without_rows(tx, kind, keys)}
        return [one for one in entries if (one.kind, one.key) in unknown]


class OwedReconciler:
    """Money that is to go back and does not: nobody's saga may wait for it any more, so it is told here."""

    def __init__(self, database: Database, providers: Collection[str]) -> None:
        self._database = database
        self._providers = providers
        self.refunds = 0  # at the last look

    async def run_once(self, repair: bool) -> Sequence[Difference]:
        """Nothing of it can be repaired here: `aisle refunds settle`, or the provider is set up again."""
        del repair
        async with self._database.read() as tx:
            owed = await store.owed(tx, _MOST)
            strays = await store.strays(tx, list(self._providers), _MOST)
        self.refunds = len(owed)
        return [*map(_owed, owed), *map(_stray, strays)]


def _owed(one: OwedRefund) -> Difference:
    why = f"not given back: {one.code} at {one.provider}"
    return Difference(thing=one.refund_id, found=why, expected=f"{one.amount} {one.currency} given back")


def _stray(payment: Payment) -> Difference:
    gone = f"the word of {payment.provider}, which is not set up here"
    return Difference(thing=payment.id, found=payment.status, expected=gone)


def _stranger(provider: str, one: Entry) -> Difference:
    worth = f"{one.amount} {one.currency}".rstrip()
    there = f"a {one.kind} of {worth}, {one.state} at {provider}"
    return Difference(thing=one.key, found="nothing", expected=there)
