"""What auth remembers: users, sessions, signing keys. Every line of its SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from psycopg import sql

from internal.auth.domain import Session, SigningKey, User
from internal.platform.postgres import Tx, execute, many, maybe, one

__all__ = [
    "Account",
    "account_of_email",
    "add_session",
    "add_signing_key",
    "add_user",
    "change_user",
    "delete_ended_sessions",
    "delete_signing_key",
    "delete_user",
    "end_session",
    "end_sessions_of",
    "keys_turn",
    "lock_administrators",
    "people",
    "replace_token",
    "session",
    "signing_keys",
    "user",
    "user_of_email",
    "users_after",
]

_USER = "id, email, name, roles, guest, created_at, updated_at"
_KEYS_TURN = 0x_A15_4E  # the advisory lock of whoever decides about keys; any number that auth uses for nothing else
_ADMINISTRATORS = 0x_A15_4D  # the same for whoever takes an administrator away
_SWEEP = 1_000  # sessions of one delete, about 5 ms


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a login needs to know of a user."""

    id: str
    password_hash: str | None


class _Count(msgspec.Struct, frozen=True):
    count: int


async def add_user(tx: Tx, user: User, password_hash: str | None) -> bool:
    """Remember a new user; False if the e-mail is taken, and nothing was changed."""
    rows = await execute(
        tx,
        f"insert into users ({_USER}, password_hash) values (%s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (email) do nothing",
        [user.id, user.email, user.name, list(user.roles), user.guest, user.created_at, user.updated_at, password_hash],
    )
    return rows == 1


async def user(tx: Tx, user_id: str, *, lock: bool = False) -> User | None:
    return await maybe(tx, User, f"select {_USER} from users where id = %s{' for update' if lock else ''}", [user_id])


async def user_of_email(tx: Tx, email: str) -> User | None:
    return await maybe(tx, User, f"select {_USER} from users where email = %s", [email])


async def account_of_email(tx: Tx, email: str) -> Account | None:
    return await maybe(tx, Account, "select id, password_hash from users where email = %s", [email])


async def people(tx: Tx, user_ids: list[str], email: str | None) -> list[User]:
    """Those of these ids, and of this e-mail; no guests."""
    text = f"select {_USER} from users where not guest and (id = any(%s) or email = %s) order by id"
    return await many(tx, User, text, [user_ids, email])


async def users_after(tx: Tx, position: str, limit: int) -> list[User]:
    """The next users in the order of their ids, which is that of their making."""
    return await many(tx, User, f"select {_USER} from users where id > %s order by id limit %s", [position, limit])


async def change_user(tx: Tx, user_id: str, changes: dict[str, Any]) -> User:
    """Set these columns; `UniqueViolation` if the e-mail is taken."""
    assigned = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes
    )
    statement = sql.SQL("update users set {} where id = %(id)s returning " + _USER).format(assigned)
    return await one(tx, User, statement, {**changes, "id": user_id})


async def delete_user(tx: Tx, user_id: str) -> bool:
    """Forget a user and all sessions."""
    return await execute(tx, "delete from users where id = %s", [user_id]) == 1


async def lock_administrators(tx: Tx, admin: str) -> int:
    """How many administrators there are; until the transaction ends nobody else takes one away."""
    await tx.execute("select pg_advisory_xact_lock(%s)", [_ADMINISTRATORS])
    return (await one(tx, _Count, "select count(*) as count from users where %s = any(roles)", [admin])).count


async def add_session(tx: Tx, session: Session, now: datetime) -> None:
    await execute(
        tx,
        "insert into refresh_tokens (family, user_id, digest, issued_at, expires_at) values (%s, %s, %s, %s, %s)",
        [session.family, session.user_id, session.digest, now, session.expires_at],
    )


async def session(tx: Tx, family: str) -> Session | None:
    """The session, locked: two who show tokens of one family take turns."""
    return await maybe(
        tx,
        Session,
        "select family, user_id, digest, expires_at, ended_at from refresh_tokens where family = %s for update",
        [family],
    )


async def replace_token(tx: Tx, family: str, digest: bytes, now: datetime) -> None:
    await execute(tx, "update refresh_tokens set digest = %s, issued_at = %s where family = %s", [digest, now, family])


async def end_session(tx: Tx, family: str, now: datetime) -> None:
    await execute(tx, "update refresh_tokens set ended_at = %s where family = %s and ended_at is null", [now, family])


async def end_sessions_of(tx: Tx, user_id: str, now: datetime) -> None:
    await execute(tx, "update refresh_tokens set ended_at = %s where user_id = %s and ended_at is null", [now, user_id])


async def delete_ended_sessions(tx: Tx, now: datetime) -> int:
    """Forget some of the sessions whose time is over; an ended one is kept until then, so that it stays refused."""
    return await execute(
        tx,
        "delete from refresh_tokens where family = any(array("
        "select family from refresh_tokens where expires_at <= %s limit %s for update skip locked))",
        [now, _SWEEP],
    )


async def keys_turn(tx: Tx) -> None:
    """Wait for one's turn to decide about signing keys; it ends with the transaction."""
    await tx.execute("select pg_advisory_xact_lock(%s)", [_KEYS_TURN])


async def signing_keys(tx: Tx) -> list[SigningKey]:
    """All of them, the newest first."""
    return await many(
        tx,
        SigningKey,
        "select kid, private_key, created_at, signs_from from signing_keys order by signs_from desc, kid desc",
    )


async def add_signing_key(tx: Tx, key: SigningKey) -> None:
    await execute(
        tx,
        "insert into signing_keys (kid, private_key, created_at, signs_from) values (%s, %s, %s, %s)",
        [key.kid, key.private_key, key.created_at, key.signs_from],
    )


async def delete_signing_key(tx: Tx, kid: str) -> None:
    await execute(tx, "delete from signing_keys where kid = %s", [kid])
