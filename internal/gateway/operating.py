"""What those who run the system see and do, asked of the services that own it; `aisle dlq`, `sagas`, `refunds` and
`reconcile` ask the same.

Each act is told first (`gateway.operator.acted`, with the person in `Aisle-Actor`), so that the audit trail has also
what failed in the middle; where it cannot be told nothing is done. An act done twice, as after a crash, is done once: a
letter that was handled is gone, a saga that was told to turn back does so, a refund is settled once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from internal.gateway.attendance import Attending, Manned, attending, manned
from internal.platform.bus import (
    REPLAYING,
    Behind,
    Bus,
    Message,
    NoAnswer,
    Parked,
    behind,
    counted,
    find,
    letters,
    original,
)
from internal.platform.faults import Fault, Kind, Unavailable
from internal.platform.idempotency import fingerprint
from internal.platform.redis import Lane
from internal.platform.roster import roster
from internal.platform.tokens import Principal
from proto.checkout import AbandonSaga, GetSaga, ListSagas, RetrySaga, SagaFacts, SagaStatus, WhichSagas
from proto.dlq import Replay, Replayed
from proto.gateway import Act, OperatorActed
from proto.health import CallRoll
from proto.orders import RefundByHand
from proto.payments import ListOwed, OwedRefund, SettleRefund
from proto.reconcile import Look, Reconcile

__all__ = ["LetterUnknown", "Operating", "Overview", "ServiceUnknown"]

T = TypeVar("T")

_ROLL = 0.5  # seconds to answer the roll call: a probe of Postgres takes a millisecond, a page waits for it
_COUNTED = 200  # stuck sagas and owed refunds; beyond that it is a flood, and the number does not matter
_RECONCILING = 60.0  # seconds for one service: ten thousand open showtimes take it 20
_SETTLING = 10.0  # seconds: a row, its books and its events, on a busy machine
_TOLD = "refund_not_owed"  # payments' word for: an order asked for it, and was told that it failed


class LetterUnknown(Fault, kind=Kind.NOT_FOUND):
    """No dead letter has this number: it was handled, or there never was one."""


class ServiceUnknown(Fault, kind=Kind.NOT_FOUND):
    """No service of this name answers just now, or it has nothing to compare."""


class Overview(NamedTuple):
    """The state of everything; None where it cannot be known just now."""

    processes: list[Attending]
    services: list[Manned] | None
    behind: list[Behind] | None
    letters: int | None
    stuck: int | None
    owed: int | None


class Whose(NamedTuple):
    """Who acts, and the key under which the act is one, however often it is asked for."""

    principal: Principal
    key: str


class Operating:
    """One method for each question and act."""

    def __init__(self, bus: Bus, redis: Lane, expected: Mapping[str, int]) -> None:
        self._bus = bus
        self._redis = redis
        self._expected = expected

    async def overview(self) -> Overview:
        """What is there, and what waits for a person."""
        answered, signed, lag, parked, stuck, owed = await asyncio.gather(
            _known(self._bus.request_each(CallRoll(), within=_ROLL)),
            _known(roster(self._redis)),
            _known(behind(self._bus)),
            _known(counted(self._bus)),
            _known(self.sagas("stuck", "", _COUNTED)),
            _known(self.owed()),
        )
        processes = attending(answered or [], *(signed or ([], datetime.now(UTC))))
        return Overview(
            processes,
            None if signed is None else manned(processes, self._expected),
            lag,
            parked,
            *(None if found is None else len(found) for found in (stuck, owed)),
        )

    async def letters(self, stream: str, durable: str, words: str) -> list[Parked]:
        """The dead letters whose reason or error holds these words, the newest first."""
        found = await letters(self._bus, stream or "*", durable or "*")
        chosen = [one for one in found if words.lower() in f"{one.letter.reason}\n{one.letter.error}".lower()]
        return chosen[::-1]

    async def letter(self, number: int) -> tuple[Parked, bytes | None]:
        """One of them, and its body as it came, if there still is one."""
        parked = await find(self._bus, number)
        if parked is None:
            raise LetterUnknown
        return parked, await original(self._bus, parked)

    async def replay(self, whose: Whose, number: int) -> Replayed:
        """Hand it to the durable that could not handle it, and to no other."""
        parked = await find(self._bus, number)
        if parked is None:
            return Replayed(outcome="gone", reason="it is no dead letter any more")
        stream, durable = parked.letter.stream, parked.letter.durable
        await self._tell(whose, "replay_letter", str(number), f"{stream} {durable}")
        try:
            return await self._bus.request(Replay(stream=stream, durable=durable, number=number), timeout=REPLAYING)
        except NoAnswer:
            return Replayed(outcome="left", reason=f"{durable} did not answer within {REPLAYING:.0f} s")
        except Unavailable:
            return Replayed(outcome="left", reason=f"nobody listens as {durable} just now: is it running?")

    async def sagas(self, which: WhichSagas, after: str, limit: int) -> list[SagaFacts]:
        """The newest first, older than `after`."""
        return (await self._bus.request(ListSagas(which=which, after=after, limit=limit))).sagas

    async def saga(self, saga_id: str) -> SagaFacts:
        """One of them, step by step."""
        return await self._bus.request(GetSaga(saga_id=saga_id))

    async def retry(self, whose: Whose, saga_id: str) -> SagaFacts:
        """Its next step is tried now."""
        await self.saga(saga_id)  # what there is not is not told of
        await self._tell(whose, "retry_saga", saga_id)
        return await self._bus.request(RetrySaga(saga_id=saga_id))

    async def abandon(self, whose: Whose, saga_id: str, reason: str, status: SagaStatus) -> SagaFacts:
        """One that runs turns back; one that is on its way back ends where it stands. Only if it still stands so."""
        await self.saga(saga_id)
        await self._tell(whose, "abandon_saga", saga_id, reason)
        return await self._bus.request(AbandonSaga(saga_id=saga_id, reason=reason, status=status))

    async def owed(self) -> list[OwedRefund]:
        """Refunds that no bank will carry out, the oldest first."""
        return (await self._bus.request(ListOwed(limit=_COUNTED))).refunds

    async def settle(self, whose: Whose, refund_id: str, how: str) -> bool:
        """Somebody gave the money back by hand. False where the order was told that the refund had failed: then its
        seats are refunded anew, which goes on by itself.
        """
        await self._tell(whose, "settle_refund", refund_id, how)
        who = whose.principal.user_id
        try:
            asked = SettleRefund(refund_id=refund_id, by_hand=how, settled_by=who)
            await self._bus.request(asked, timeout=_SETTLING)
        except Fault as fault:
            if fault.code != _TOLD:
                raise
            anew = RefundByHand(refund_id=refund_id, by_hand=how, settled_by=who)
            await self._bus.request(anew, timeout=_SETTLING)
            return False
        return True

    async def reconcile(self, whose: Whose, service: str, *, repair: bool) -> list[Look]:
        """What the service's reconcilers see now; a look that changes nothing is not told."""
        if repair:
            await self._tell(whose, "reconcile", service, "repair")
        try:
            answer = await self._bus.request(Reconcile(service=service, repair=repair), timeout=_RECONCILING)
        except NoAnswer:
            raise
        except Unavailable:
            raise ServiceUnknown from None
        return list(answer.looks)

    async def _tell(self, whose: Whose, act: Act, about: str, note: str = "") -> None:
        told = OperatorActed(act=act, about=about, note=note)
        key = fingerprint(whose.principal.user_id, act, about, whose.key).hex()[:32]
        headers = self._bus.propagation.outgoing()
        await self._bus.publish_batch([Message.of(told, id=f"act_{key}" if whose.key else None, headers=headers)])


async def _known(asked: Awaitable[T]) -> T | None:
    """What can be known just now."""
    try:
        return await asked
    except Unavailable:
        return None
