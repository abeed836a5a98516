"""A request with the same key has one effect and one answer, whoever asks and however often, for 24 hours.

Two ways to use it. `run(..., produce)` claims the key, lets `produce()` work outside any transaction, and stores the
answer; a process killed in between frees the key when its lease ends, and then `produce` runs again: what it does
elsewhere must know the key too. `run_within(..., produce)` gives `produce(tx)` the transaction in which the answer is
stored, so the effect and the answer are committed together or not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from internal.platform import idempotency_rows as rows
from internal.platform.config import Settings, read
from internal.platform.faults import Fault, Kind, Malformed, Unavailable, fault_from_wire
from internal.platform.ids import new_id
from internal.platform.loops import Loop
from internal.platform.postgres import Database, Tx

__all__ = [
    "InFlight",
    "KeyReused",
    "StoredAnswer",
    "fingerprint",
    "fingerprint_secret",
    "pruning",
    "run",
    "run_within",
    "scope",
]

LEASE = 20.0  # seconds: longer than any of our routes takes, short enough for a buyer to try again after a crash
KEPT_HOURS = 24  # what clients of such keys have come to expect
RETRY_AFTER = 1  # seconds: most answers are there by then
_LONGEST_KEY = 255  # characters, as Stripe has it
_FIRST_ERROR = 400
_CHUNK = 1_000  # rows of one delete; each carries an answer's body
# A fault that says something of the request, and would say it again; the others say something of this moment.
_STABLE = {
    Kind.INVALID,
    Kind.NOT_FOUND,
    Kind.CONFLICT,
    Kind.GONE,
    Kind.TOO_LARGE,
    Kind.UNSUPPORTED,
    Kind.UNPROCESSABLE,
}


class KeyReused(Fault, kind=Kind.UNPROCESSABLE):
    """This Idempotency-Key was used with another request."""


class InFlight(Fault, kind=Kind.CONFLICT):
    """The first request with this Idempotency-Key is still being answered."""

    def __init__(self, detail: str | None = None, /, **extra: Any) -> None:
        super().__init__(detail, **{"retryAfter": RETRY_AFTER, **extra})


class StoredAnswer(msgspec.Struct, frozen=True):
    """An answer as it was first given, byte for byte."""

    status: int
    headers: dict[str, str]
    body: bytes
    replayed: bool = False


class _Unstable(Exception):  # noqa: N818 - carries an answer out of a transaction that is to be undone
    def __init__(self, answer: StoredAnswer) -> None:
        self.answer = answer


def scope(user: str, route: str) -> str:
    """Whose keys these are: two users, or two routes, may use the same key without knowing of each other."""
    return f"{user} {route}"


class IdempotencySettings(Settings, frozen=True, kw_only=True):
    """`AISLE_IDEMPOTENCY_SECRET`: the same for all replicas. Changed, a key of the last day is refused as reused."""

    prefix = "AISLE_IDEMPOTENCY_"

    secret: str = ""


def fingerprint_secret(environment: Mapping[str, str]) -> bytes:
    """What this deployment knows and a copy of its tables does not say.

    Where none is named it is made of its databases' addresses, which hold passwords: no installation is without.
    """
    named = read(IdempotencySettings, environment).secret
    urls = sorted(url for name, url in environment.items() if name.endswith("_DATABASE_URL"))
    return hashlib.sha256("\n".join([named] if named else urls).encode()).digest()


def fingerprint(*parts: bytes | str, secret: bytes = b"") -> bytes:
    """What makes two requests the same: method, path with its query, body.

    With the deployment's `secret` where a body may hold a card. A card's number has some nine digits that are not known
    from its bank and its last four: whoever had a table of plain hashes would try them all within minutes.
    """
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        encoded = part.encode() if isinstance(part, str) else part
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.digest()


async def run(
    database: Database,
    scope: str,
    key: str,
    fingerprint: bytes,
    produce: Callable[[], Awaitable[StoredAnswer]],
    lease: float = LEASE,
) -> StoredAnswer:
    """The stored answer, or that of `produce()`, which has four fifths of the lease for it."""
    _check(key)
    owner = new_id("idem")
    async with database.transaction() as tx:
        if not await rows.claim(tx, scope, key, fingerprint, owner, lease):
            return _replay(await rows.entry(tx, scope, key), fingerprint)
    try:
        async with asyncio.timeout(lease * 0.8):
            answer = await produce()
    except Fault as fault:
        await _settle(database, scope, key, owner, fault)
        raise
    except TimeoutError:
        raise Unavailable("This took too long; try again with the same key.") from None
    except BaseException:
        await _free(database, scope, key, owner)
        raise
    await _settle(database, scope, key, owner, answer)
    return answer


async def run_within(
    database: Database, scope: str, key: str, fingerprint: bytes, produce: Callable[[Tx], Awaitable[StoredAnswer]]
) -> StoredAnswer:
    """The stored answer, or that of `produce(tx)`, stored in that same transaction.

    No lease: the key's lock is the transaction's, and a process that dies gives it back with its connection.
    """
    _check(key)
    fault: Fault | None = None
    try:
        async with database.transaction() as tx:
            if not await rows.lock(tx, scope, key):
                raise InFlight
            entry = await rows.entry(tx, scope, key)
            if entry is not None and (entry.answer is not None or entry.leased):
                return _replay(entry, fingerprint)
            answer: StoredAnswer | Fault
            try:
                async with tx.transaction():  # a savepoint: a fault undoes the effect, and is still remembered
                    answer = await produce(tx)
                    if not _stable(answer):
                        raise _Unstable(answer)
            except Fault as raised:
                if not _stable(raised):
                    raise
                answer = fault = raised
            await rows.insert(tx, scope, key, fingerprint, *_stored(answer))
    except _Unstable as unstable:
        return unstable.answer
    if fault is not None:
        raise fault
    assert isinstance(answer, StoredAnswer)
    return answer


def pruning(database: Database) -> Loop:
    """Forget the keys that are a day old."""

    async def run_once() -> int:
        async with database.transaction() as tx:
            return await rows.prune(tx, KEPT_HOURS, _CHUNK)

    return Loop(name=f"{database.name}-idempotency-pruning", run_once=run_once, interval=600.0)


async def _settle(database: Database, scope: str, key: str, owner: str, answer: StoredAnswer | Fault) -> None:
    if not _stable(answer):
        await _free(database, scope, key, owner)
        return
    async with database.transaction() as tx:
        if not await rows.answer(tx, scope, key, owner, *_stored(answer)):
            raise InFlight  # our lease ended and another caller has the key: its answer will be the one


async def _free(database: Database, scope: str, key: str, owner: str) -> None:
    with suppress(Unavailable):  # the lease frees it then
        async with database.transaction() as tx:
            await rows.free(tx, scope, key, owner)


def _stored(answer: StoredAnswer | Fault) -> tuple[rows.Answer, bytes | None]:
    if isinstance(answer, Fault):
        told = rows.Told(answer.code, answer.kind.name, answer.detail, answer.extra)
        return rows.Answer(fault=told), None
    return rows.Answer(status=answer.status, headers=answer.headers), answer.body


def _check(key: str) -> None:
    if not 0 < len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Malformed(f"Idempotency-Key must be 1 to {_LONGEST_KEY} printable ASCII characters.")


def _stable(answer: StoredAnswer | Fault) -> bool:
    if isinstance(answer, Fault):
        return answer.kind in _STABLE and not isinstance(answer, InFlight)
    return answer.status < _FIRST_ERROR or answer.status in {kind.value for kind in _STABLE}


def _replay(entry: rows.Entry | None, fingerprint: bytes) -> StoredAnswer:
    """What the first request was answered, said again."""
    if entry is None:  # the first caller gave the key back between our two looks
        raise InFlight
    if entry.fingerprint != fingerprint:
        raise KeyReused
    if entry.answer is None:
        raise InFlight
    stored = entry.answer
    if stored.fault is not None:
        raise fault_from_wire(stored.fault.code, stored.fault.kind, stored.fault.detail, stored.fault.extra)
    return StoredAnswer(stored.status, stored.headers, entry.body or b"", replayed=True)
