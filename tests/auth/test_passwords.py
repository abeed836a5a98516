from __future__ import annotations

import asyncio
from threading import Event

import pytest

from internal.auth.config import AuthSettings
from internal.auth.passwords import Passwords, TooManyLogins

CHEAP = AuthSettings(argon2_memory_kib=64, argon2_passes=1)


async def test_a_password_matches_its_hash_only() -> None:
    """The right password passes, a wrong one, a broken hash and no hash at all do not; two hashes of one differ."""
    passwords = Passwords(CHEAP)
    kept = await passwords.hash("pässwörd")
    assert kept.startswith("$argon2id$")
    assert kept != await passwords.hash("pässwörd")
    assert await passwords.matches(kept, "pässwörd")
    for other, word in [(kept, "password"), ("rubbish", "pässwörd"), ("", "pässwörd"), (None, "pässwörd")]:
        assert not await passwords.matches(other, word)


async def test_other_parameters_are_noticed() -> None:
    """A hash made with weaker parameters than today's is told to be outdated; today's is not."""
    passwords, stronger = Passwords(CHEAP), Passwords(AuthSettings(argon2_memory_kib=128, argon2_passes=1))
    kept = await passwords.hash("password")
    assert not passwords.outdated(kept)
    assert stronger.outdated(kept)
    assert await stronger.matches(kept, "password")


async def test_the_loop_goes_on_and_too_many_are_refused() -> None:
    """While the threads are at work the loop runs; one more than may wait is refused at once, and later let in."""
    passwords = Passwords(AuthSettings(argon2_memory_kib=64, argon2_passes=1, hashers=1, hashes_waiting=2))
    busy = Event()
    working = [asyncio.create_task(passwords._work(busy.wait)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyLogins):
        await passwords.hash("password")
    busy.set()
    assert await asyncio.gather(*working) == [True, True, True]
    assert await passwords.matches(await passwords.hash("password"), "password")


async def test_who_goes_away_keeps_the_place_until_the_work_is_done() -> None:
    """A caller who hangs up leaves a thread at work, so the bound holds against those who hang up on purpose."""
    passwords = Passwords(AuthSettings(argon2_memory_kib=64, argon2_passes=1, hashers=1, hashes_waiting=0))
    busy = Event()
    caller = asyncio.create_task(passwords._work(busy.wait))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    with pytest.raises(TooManyLogins):
        await passwords.hash("password")
    busy.set()
    async with asyncio.timeout(30):
        while passwords._taken:  # noqa: ASYNC110 - the thread that ends sets no event of ours
            await asyncio.sleep(0)
    await passwords.hash("password")
