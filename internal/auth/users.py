"""What an administrator does with everybody's accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from internal.auth import store
from internal.auth.domain import ADMIN, EmailTaken, LastAdministrator, User, UserUnknown, address, require_change
from internal.auth.handlers import new_user
from internal.auth.passwords import Passwords
from internal.platform import outbox
from internal.platform.ids import is_id
from internal.platform.postgres import Database, Tx, UniqueViolation
from proto.auth import FindPeople, People, Person, UserDeleted, UserRegistered, UserUpdated

__all__ = ["Users"]


class Users:
    """One method a use case; who may call them, the routes say."""

    def __init__(self, database: Database, passwords: Passwords, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock

    async def after(self, position: str, limit: int) -> list[User]:
        """The next users in the order of their making."""
        async with self._database.read() as tx:
            return await store.users_after(tx, position, limit)

    async def get(self, user_id: str) -> User:
        """One user."""
        async with self._database.read() as tx:
            return await _known(tx, user_id)

    async def of_email(self, email: str) -> User:
        """The user of this e-mail."""
        async with self._database.read() as tx:
            found = await store.user_of_email(tx, address(email))
        if found is None:
            raise UserUnknown
        return found

    async def people(self, asked: FindPeople) -> People:
        """Those of these ids, and of this e-mail; asked by services that show them to their colleagues."""
        async with self._database.read() as tx:
            found = await store.people(tx, asked.user_ids, None if asked.email is None else address(asked.email))
        return People(people=[Person(user_id=one.id, name=one.name, email=one.email or "") for one in found])

    async def add(self, email: str, password: str, name: str, roles: tuple[str, ...]) -> User:
        """A new user, made for somebody."""
        user = new_user(self._clock(), email=address(email), name=name, roles=roles)
        hashed = await self._passwords.hash(password)
        async with self._database.transaction() as tx:
            if not await store.add_user(tx, user, hashed):
                raise EmailTaken
            await outbox.add(tx, UserRegistered(user_id=user.id, email=user.email, name=user.name))
        return user

    async def change(self, user_id: str, changes: dict[str, Any]) -> User:
        """Another e-mail, name, password or other roles. A new password or other roles end the user's sessions."""
        columns = {name: value for name, value in changes.items() if name != "password"}
        if "email" in columns:
            columns["email"] = address(columns["email"])
        if "password" in changes:
            columns["password_hash"] = await self._passwords.hash(changes["password"])
        if "roles" in columns:
            columns["roles"] = [*dict.fromkeys(columns["roles"])]
        async with self._database.transaction() as tx:
            before = await _known(tx, user_id, lock=True)
            require_change(before, columns)
            if ADMIN in before.roles and ADMIN not in columns.get("roles", [ADMIN]):
                await _another_remains(tx)
            try:
                after = await store.change_user(tx, user_id, {**columns, "updated_at": self._clock()})
            except UniqueViolation:
                raise EmailTaken from None
            if "password_hash" in columns or after.roles != before.roles:
                await store.end_sessions_of(tx, user_id, self._clock())
            await outbox.add(tx, UserUpdated(user_id=user_id, email=after.email, name=after.name, guest=after.guest))
        return after

    async def remove(self, user_id: str) -> None:
        """Forget a user. Orders and tickets keep the id, which from now on is nobody's."""
        async with self._database.transaction() as tx:
            user = await _known(tx, user_id, lock=True)
            if ADMIN in user.roles:
                await _another_remains(tx)
            await store.delete_user(tx, user_id)
            await outbox.add(tx, UserDeleted(user_id=user_id))


async def _known(tx: Tx, user_id: str, *, lock: bool = False) -> User:
    user = await store.user(tx, user_id, lock=lock) if is_id("user", user_id) else None
    if user is None:
        raise UserUnknown
    return user


async def _another_remains(tx: Tx) -> None:
    if await store.lock_administrators(tx, ADMIN) <= 1:
        raise LastAdministrator
