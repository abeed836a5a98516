"""What people do with their own account: register, log in, come as a guest, look at themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from internal.auth import store
from internal.auth.domain import ADMIN, CUSTOMER, LoginRefused, User, UserUnknown, address
from internal.auth.passwords import Passwords
from internal.auth.sessions import Sessions, Tokens
from internal.platform import outbox
from internal.platform.faults import Unauthenticated
from internal.platform.ids import new_id
from internal.platform.postgres import Database
from internal.platform.tokens import Principal
from proto.auth import UserRegistered

__all__ = ["Accounts", "new_user"]


class Accounts:
    """One method a use case. Login and register do the same work whether the e-mail has an account or not."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        sessions: Sessions,
        clock: Callable[[], datetime],
        attempt: Callable[[str], Awaitable[None]],
    ) -> None:
        """`attempt` counts a login with an e-mail, and raises when there have been too many."""
        self._database = database
        self._passwords = passwords
        self._sessions = sessions
        self._clock = clock
        self._attempt = attempt
        self.has_administrator = False  # whether the operator's own was seen, or made, since the start

    async def register(self, email: str, password: str, name: str) -> None:
        """An account, if the e-mail has none; nobody is told which. Logging in tells whoever knows the password."""
        user = new_user(self._clock(), email=address(email), name=name)
        hashed = await self._passwords.hash(password)
        async with self._database.transaction() as tx:
            if await store.add_user(tx, user, hashed):
                await outbox.add(tx, UserRegistered(user_id=user.id, email=user.email, name=user.name))

    async def login(self, email: str, password: str) -> Tokens:
        """A new session for whoever knows the password."""
        await self._attempt(address(email))
        async with self._database.read() as tx:
            account = await store.account_of_email(tx, address(email))
        kept = account.password_hash if account else None
        if not await self._passwords.matches(kept, password) or account is None or kept is None:
            raise LoginRefused
        fresh = await self._passwords.hash(password) if self._passwords.outdated(kept) else None
        async with self._database.transaction() as tx:
            user = await store.user(tx, account.id, lock=True)
            if user is None or await store.account_of_email(tx, address(email)) != account:
                raise LoginRefused  # changed or removed while we were hashing
            if fresh is not None:
                user = await store.change_user(tx, user.id, {"password_hash": fresh})
            refresh_token = await self._sessions.begin(tx, user)
        return await self._sessions.tokens(user, refresh_token)

    async def guest(self) -> Tokens:
        """Somebody without an account, who may hold and buy."""
        user = new_user(self._clock())
        async with self._database.transaction() as tx:
            await store.add_user(tx, user, None)
            await outbox.add(tx, UserRegistered(user_id=user.id, guest=True))
            refresh_token = await self._sessions.begin(tx, user)
        return await self._sessions.tokens(user, refresh_token)

    async def me(self, principal: Principal) -> User:
        """Whoever asks. A token may outlive its account by its 15 minutes, and is then worth nothing here."""
        async with self._database.read() as tx:
            user = await store.user(tx, principal.user_id)
        if user is None:
            raise Unauthenticated(UserUnknown.title)
        return user

    async def ensure_administrator(self, email: str, password: str) -> None:
        """The first administrator, as the operator named one.

        An account of this e-mail that is none becomes one with the operator's password, and its sessions end: e-mails
        are not confirmed, so anybody may have registered it in the hope of just this.
        """
        async with self._database.read() as tx:
            found = await store.user_of_email(tx, address(email))
        if found is not None and ADMIN in found.roles:
            self.has_administrator = True
            return
        user = new_user(self._clock(), email=address(email), name="Administrator", roles=(CUSTOMER, ADMIN))
        hashed = await self._passwords.hash(password)
        async with self._database.transaction() as tx:
            if await store.add_user(tx, user, hashed):
                await outbox.add(tx, UserRegistered(user_id=user.id, email=user.email, name=user.name))
            elif (found := await store.user_of_email(tx, address(email))) is not None:
                roles = [*dict.fromkeys([*found.roles, ADMIN])]
                changes = {"roles": roles, "password_hash": hashed, "updated_at": self._clock()}
                await store.change_user(tx, found.id, changes)
                await store.end_sessions_of(tx, found.id, self._clock())
        self.has_administrator = True


def new_user(now: datetime, *, email: str | None = None, name: str = "", roles: tuple[str, ...] = (CUSTOMER,)) -> User:
    """A user who was not there before; without an e-mail a guest."""
    return User(
        id=new_id("user"),
        email=email,
        name=name,
        roles=roles,
        guest=email is None,
        created_at=now,
        updated_at=now,
    )
