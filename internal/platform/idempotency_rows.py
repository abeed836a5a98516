"""The table behind `internal.platform.idempotency`: all of its SQL, and nothing that decides."""

from __future__ import annotations

from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from internal.platform.postgres import Tx, execute, maybe

__all__ = ["Answer", "Entry", "Told", "answer", "claim", "entry", "free", "insert", "lock", "prune"]


class Told(msgspec.Struct, frozen=True):
    """A fault as it was told."""

    code: str
    kind: str
    detail: str
    extra: dict[str, Any]


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer without its body, or a fault."""

    status: int = 0
    headers: dict[str, str] = {}
    fault: Told | None = None


class Entry(msgspec.Struct, frozen=True):
    """What is known of a key."""

    fingerprint: bytes
    leased: bool
    answer: Answer | None
    body: bytes | None


async def lock(tx: Tx, scope: str, key: str) -> bool:
    """Have this key until the transaction ends, unless another has it."""
    cursor = await tx.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{scope} {key}"])
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def entry(tx: Tx, scope: str, key: str) -> Entry | None:
    """What is known of this key."""
    return await maybe(
        tx,
        Entry,
        "select fingerprint, leased_until > now() as leased, answer, body from idempotency"
        " where scope = %s and key = %s",
        [scope, key],
    )


async def claim(tx: Tx, scope: str, key: str, fingerprint: bytes, owner: str, lease: float) -> bool:
    """Take a key that is new, or whose first caller died; never one with an answer or with another request."""
    changed = await execute(
        tx,
        """
        insert into idempotency as known (scope, key, fingerprint, owner, leased_until)
        values (%(scope)s, %(key)s, %(fingerprint)s, %(owner)s, now() + make_interval(secs => %(lease)s))
        on conflict (scope, key) do update set owner = excluded.owner, leased_until = excluded.leased_until
        where known.answer is null and known.leased_until < now() and known.fingerprint = excluded.fingerprint
        """,
        {"scope": scope, "key": key, "fingerprint": fingerprint, "owner": owner, "lease": lease},
    )
    return changed == 1


async def answer(tx: Tx, scope: str, key: str, owner: str, answer: Answer, body: bytes | None) -> bool:
    """Answer a key that is still this owner's."""
    changed = await execute(
        tx,
        "update idempotency set answer = %s, body = %s, leased_until = now()"
        " where scope = %s and key = %s and owner = %s and answer is null",
        [Jsonb(answer), body, scope, key, owner],
    )
    return changed == 1


async def insert(tx: Tx, scope: str, key: str, fingerprint: bytes, answer: Answer, body: bytes | None) -> None:
    """Answer a key under its `lock`; the row that may be there is that of a caller who died."""
    await execute(
        tx,
        """
        insert into idempotency (scope, key, fingerprint, owner, leased_until, answer, body)
        values (%s, %s, %s, '', now(), %s, %s)
        on conflict (scope, key) do update set answer = excluded.answer, body = excluded.body, owner = ''
        """,
        [scope, key, fingerprint, Jsonb(answer), body],
    )


async def free(tx: Tx, scope: str, key: str, owner: str) -> None:
    """Give an unanswered key back."""
    await execute(
        tx,
        "delete from idempotency where scope = %s and key = %s and owner = %s and answer is null",
        [scope, key, owner],
    )


async def prune(tx: Tx, hours: int, most: int) -> int:
    """Forget keys that are older than this and not in flight."""
    return await execute(
        tx,
        """
        delete from idempotency where ctid = any(array(
            select ctid from idempotency
            where created_at < now() - make_interval(hours => %s) and leased_until < now()
            limit %s for update skip locked))
        """,
        [hours, most],
    )
