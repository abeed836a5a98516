from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from internal.auth.config import AuthSettings
from internal.auth.domain import LastAdministrator, LoginRefused, RefreshRefused
from internal.platform.postgres import Database
from tests.auth.conftest import PASSWORD, auth_on, new_email

SETTINGS = AuthSettings(argon2_memory_kib=64, argon2_passes=1)


async def test_the_operator_names_the_first_administrator(own_database: Database) -> None:
    """At start there is an administrator of that e-mail, made by one of the replicas; restarts change nothing."""
    replicas = [auth_on(own_database, SETTINGS) for _ in range(3)]
    await replicas[0].keyring.run_once()
    email = new_email()
    await asyncio.gather(*(replica.accounts.ensure_administrator(email, PASSWORD) for replica in replicas))
    user = (await replicas[0].accounts.login(email, PASSWORD)).user
    assert user.roles == ("customer", "admin")
    await replicas[0].users.change(user.id, {"password": "chosen by oneself"})
    await replicas[0].accounts.ensure_administrator(email, PASSWORD)
    assert (await replicas[0].accounts.login(email, "chosen by oneself")).user == (await replicas[0].users.get(user.id))


async def test_who_registered_the_operators_e_mail_first_gains_nothing(own_database: Database) -> None:
    """An account of that e-mail becomes the administrator's: its password and sessions are the stranger's no more."""
    auth = auth_on(own_database, SETTINGS)
    await auth.keyring.run_once()
    email = new_email()
    await auth.accounts.register(email, "the stranger's", "Eve")
    stranger = await auth.accounts.login(email, "the stranger's")
    await auth.accounts.ensure_administrator(email, PASSWORD)
    with pytest.raises(LoginRefused):
        await auth.accounts.login(email, "the stranger's")
    with pytest.raises(RefreshRefused):
        await auth.sessions.refresh(stranger.refresh_token)
    assert "admin" in (await auth.accounts.login(email, PASSWORD)).user.roles


async def test_there_is_always_an_administrator(own_database: Database) -> None:
    """Of two who demote or remove each other at the same moment one stays; the last cannot go."""
    auth = auth_on(own_database, SETTINGS)
    admin = ("customer", "admin")
    one, two = [await auth.users.add(new_email(), PASSWORD, "", admin) for _ in range(2)]
    outcome = await asyncio.gather(
        auth.users.change(one.id, {"roles": ["customer"]}), auth.users.remove(two.id), return_exceptions=True
    )
    assert [type(result) for result in outcome].count(LastAdministrator) == 1
    (last,) = [user for user in await auth.users.after("", 10) if "admin" in user.roles]
    for attempt in (auth.users.remove(last.id), auth.users.change(last.id, {"roles": ["customer"]})):
        with pytest.raises(LastAdministrator):
            await attempt
    assert (await auth.users.change(last.id, {"name": "Still here"})).roles == admin


async def test_a_weaker_hash_is_renewed_at_login(database: Database) -> None:
    """After the operator asked for stronger hashes each login brings one more; the password stays."""
    weak, strong = auth_on(database, SETTINGS), auth_on(database, msgspec.structs.replace(SETTINGS, argon2_passes=2))
    await strong.keyring.run_once()
    email = new_email()
    await weak.accounts.register(email, PASSWORD, "")
    await strong.accounts.login(email, PASSWORD)
    async with database.read() as tx:
        cursor = await tx.execute("select password_hash from users where email = %s", [email])
        row = await cursor.fetchone()
    assert row is not None
    assert not strong.passwords.outdated(row[0])
    await strong.accounts.login(email, PASSWORD)


async def test_sessions_end_with_their_time_and_are_forgotten(own_database: Database) -> None:
    """A month after the login, or a day after a guest came, the session is refused and swept away; others stay."""
    auth = auth_on(own_database, SETTINGS)
    await auth.keyring.run_once()
    await auth.accounts.register("ada@example.com", PASSWORD, "")
    tokens, guest = await auth.accounts.login("ada@example.com", PASSWORD), await auth.accounts.guest()
    auth.clock.ahead = timedelta(days=1, seconds=1)
    with pytest.raises(RefreshRefused):
        await auth.sessions.refresh(guest.refresh_token)
    assert await auth.sessions.sweep() == 1
    tokens = await auth.sessions.refresh(tokens.refresh_token)
    auth.clock.ahead = timedelta(days=30, seconds=1)
    with pytest.raises(RefreshRefused):
        await auth.sessions.refresh(tokens.refresh_token)
    assert await auth.sessions.sweep() == 1
    assert await auth.sessions.sweep() == 0
