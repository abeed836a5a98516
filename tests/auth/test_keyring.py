from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from internal.auth import store
from internal.auth.config import AuthSettings
from internal.auth.handlers import new_user
from internal.auth.keyring import KeysNotReady
from internal.platform.postgres import Database, many
from internal.platform.tokens import TokenExpired
from tests.auth.conftest import Auth, auth_on

SETTINGS = AuthSettings(argon2_memory_kib=64, argon2_passes=1)
WEEK = timedelta(days=7)


class _Subject(msgspec.Struct):
    subject: str


async def test_nothing_is_signed_before_there_are_keys(own_database: Database) -> None:
    """A service that has not reached its database yet says so, rather than sign with something of its own."""
    auth = auth_on(own_database, SETTINGS)
    with pytest.raises(KeysNotReady):
        await auth.keyring.sign(new_user(auth.clock()))
    with pytest.raises(KeysNotReady):
        auth.keyring.public()


async def test_who_asks_for_the_keys_too_early_gets_them_a_moment_later(own_database: Database) -> None:
    """A service that starts beside auth, and asks before auth has read its keys, waits for them."""
    await auth_on(own_database, SETTINGS).keyring.run_once()
    auth = auth_on(own_database, SETTINGS)
    asked = asyncio.create_task(auth.keyring.published())
    await asyncio.sleep(0)
    assert not asked.done()
    await auth.keyring.run_once()
    assert await asked == auth.keyring.public()


async def test_replicas_that_start_together_have_one_key(own_database: Database) -> None:
    """Of three that find no key each makes one, the first to its turn adds it, and all sign with that."""
    replicas = [auth_on(own_database, SETTINGS) for _ in range(3)]
    await asyncio.gather(*(replica.keyring.run_once() for replica in replicas))
    await asyncio.gather(*(replica.keyring.run_once() for replica in replicas))
    assert len({key.kid for replica in replicas for key in replica.keyring.public()}) == 1
    token = await replicas[0].keyring.sign(new_user(replicas[0].clock(), email="ada@example.com"))
    assert (await replicas[2].verifier.verify_async(token)).email == "ada@example.com"
    async with own_database.read() as tx:
        assert [row.subject for row in await many(tx, _Subject, "select subject from outbox")] == ["auth.keys.rotated"]


async def test_a_rotation_is_noticed_by_nobody(own_database: Database) -> None:
    """The next key is published before it signs, the old one for as long as its tokens live, and then it is gone."""
    auth = auth_on(own_database, SETTINGS)
    user = new_user(auth.clock())
    await auth.keyring.run_once()
    (old,) = [key.kid for key in auth.keyring.public()]

    auth.clock.ahead = WEEK - timedelta(minutes=10)
    await auth.keyring.run_once()
    new, still = [key.kid for key in auth.keyring.public()]
    assert still == old
    await auth.verifier.verify_async(await auth.keyring.sign(user))
    assert await kid_of(auth) == old

    auth.clock.ahead = WEEK + timedelta(seconds=5)
    assert await kid_of(auth) == new
    last_of_old = auth.clock()
    auth.clock.ahead = WEEK + timedelta(minutes=20)
    await auth.keyring.run_once()
    assert len(auth.keyring.public()) == 2, "its last token may still be good somewhere"

    auth.clock.ahead = WEEK + timedelta(minutes=26)
    await auth.keyring.run_once()
    assert [key.kid for key in auth.keyring.public()] == [new]
    assert auth.clock() - last_of_old > timedelta(seconds=SETTINGS.access_seconds)


async def test_tokens_live_their_quarter_of_an_hour(own_database: Database) -> None:
    """A token is good for 15 minutes and not for a second more."""
    auth = auth_on(own_database, SETTINGS)
    await auth.keyring.run_once()
    token = await auth.keyring.sign(new_user(auth.clock()))
    auth.clock.ahead = timedelta(seconds=898)
    await auth.verifier.verify_async(token)
    auth.clock.ahead = timedelta(seconds=901)
    with pytest.raises(TokenExpired):
        await auth.verifier.verify_async(token)


async def test_private_keys_are_sealed_with_the_passphrase(own_database: Database) -> None:
    """With a passphrase the database holds nothing that signs; with another one nothing is read, and that is told."""
    sealed = msgspec.structs.replace(SETTINGS, key_passphrase="open sesame")
    auth = auth_on(own_database, sealed)
    await auth.keyring.run_once()
    async with own_database.read() as tx:
        (key,) = await store.signing_keys(tx)
    assert key.private_key.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    again = auth_on(own_database, sealed)
    await again.keyring.run_once()
    await auth.verifier.verify_async(await again.keyring.sign(new_user(auth.clock())))
    for wrong in (SETTINGS, msgspec.structs.replace(SETTINGS, key_passphrase="open barley")):
        with pytest.raises(ValueError, match=r".+"):
            await auth_on(own_database, wrong).keyring.run_once()


async def kid_of(auth: Auth) -> str:
    token = await auth.keyring.sign(new_user(auth.clock()))
    return str(auth.keyring._jws.get_unverified_header(token)["kid"])
