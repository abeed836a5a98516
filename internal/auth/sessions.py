"""Sessions: begun by a login, carried on by single-use refresh tokens, ended by a logout or by a token shown twice.

No grace is given to a token shown twice, though a client whose answer was lost on the way then has to log in again: a
grace of even seconds is what a thief on the same network needs, and the two cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_urlsafe

import msgspec

from internal.auth import store
from internal.auth.config import AuthSettings
from internal.auth.domain import (
    RefreshRefused,
    RefreshReused,
    Session,
    User,
    Verdict,
    judge,
    parse_refresh,
    refresh_digest,
)
from internal.auth.keyring import Keyring
from internal.platform.ids import new_id
from internal.platform.postgres import Database, Tx

__all__ = ["Sessions", "Tokens"]


class Tokens(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a client keeps: the access token for every call, the refresh token for the next pair."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: User
    token_type: str = "Bearer"  # noqa: S105 - OAuth's word for how to send it


class Sessions:
    """Each method is one use case, in one transaction."""

    def __init__(
        self, database: Database, keyring: Keyring, settings: AuthSettings, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._settings = settings
        self._clock = clock

    async def begin(self, tx: Tx, user: User) -> str:
        """A new session within the caller's transaction; its first refresh token."""
        now, secret = self._clock(), token_urlsafe(32)
        life = self._settings.guest_session_seconds if user.guest else self._settings.session_seconds
        session = Session(
            family=new_id("session"),
            user_id=user.id,
            digest=refresh_digest(secret),
            expires_at=now + timedelta(seconds=life),
            ended_at=None,
        )
        await store.add_session(tx, session, now)
        return f"{session.family}.{secret}"

    async def tokens(self, user: User, refresh_token: str) -> Tokens:
        """The pair as the client gets it."""
        return Tokens(
            access_token=await self._keyring.sign(user),
            refresh_token=refresh_token,
            expires_in=self._settings.access_seconds,
            user=user,
        )

    async def refresh(self, token: str) -> Tokens:
        """A new pair for a good token. What the database learns is committed before anybody is refused."""
        self._keyring.public()  # without keys there is nothing to give for the token: do not use it up
        family, secret = parse_refresh(token)
        user, following = None, token_urlsafe(32)
        async with self._database.transaction() as tx:
            session, now = await store.session(tx, family), self._clock()
            verdict = judge(session, refresh_digest(secret), now)
            if session is not None and verdict is Verdict.GOOD:
                await store.replace_token(tx, family, refresh_digest(following), now)
                user = await store.user(tx, session.user_id)
            elif verdict is Verdict.REUSED:
                await store.end_session(tx, family, now)
        if verdict is Verdict.REUSED:
            raise RefreshReused
        if user is None:
            raise RefreshRefused
        return await self.tokens(user, f"{family}.{following}")

    async def end(self, token: str) -> None:
        """End the session of this token. A token that is no good any more has nothing to end: that is as well."""
        try:
            family, secret = parse_refresh(token)
        except RefreshRefused:
            return
        async with self._database.transaction() as tx:
            now = self._clock()
            if judge(await store.session(tx, family), refresh_digest(secret), now) is not Verdict.REFUSED:
                await store.end_session(tx, family, now)

    async def sweep(self) -> int:
        """The step of the loop that forgets sessions whose time is over."""
        async with self._database.transaction() as tx:
            return await store.delete_ended_sessions(tx, self._clock())
