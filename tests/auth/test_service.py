from __future__ import annotations

import asyncio

import pytest
import structlog

from internal.auth.config import AuthSettings
from internal.auth.domain import LoginRefused, TooManyAttempts
from internal.auth.service import SERVICE, attempts
from internal.platform.config import BadConfig
from internal.platform.http import Limiter
from internal.platform.http.limits import GCRA
from internal.platform.postgres import Database
from internal.platform.redis import Lane
from internal.platform.service import Platform
from tests.auth.conftest import PASSWORD, auth_on, new_email


async def test_one_account_is_not_guessed_at_from_everywhere(database: Database, redis_url: str) -> None:
    """After fifty wrong passwords at once an e-mail is closed to logins, existing or not; other e-mails are not."""
    lane = Lane(redis_url, [GCRA], structlog.get_logger())
    connected = asyncio.create_task(lane.run())
    await lane.until_ready()
    settings = AuthSettings(argon2_memory_kib=64, argon2_passes=1, hashes_waiting=100)
    auth = auth_on(database, settings, attempts(Limiter(lane)))
    await auth.keyring.run_once()
    there, missing, other = new_email(), new_email(), new_email()
    for email in (there, other):
        await auth.accounts.register(email, PASSWORD, "")
    for email in (there, missing):
        tries = [auth.accounts.login(email.upper(), "wrong password") for _ in range(50)]
        outcome = await asyncio.gather(*tries, return_exceptions=True)
        assert {type(result) for result in outcome} == {LoginRefused}
        with pytest.raises(TooManyAttempts) as refused:
            await auth.accounts.login(email, PASSWORD)
        assert refused.value.extra["retryAfter"] >= 1
    assert (await auth.accounts.login(other, PASSWORD)).user.email == other
    connected.cancel()
    await asyncio.gather(connected, return_exceptions=True)


def test_an_administrator_needs_a_password(database: Database) -> None:
    """A start with an administrator's e-mail and no proper password is refused in one line, not made up for."""
    for password in ({}, {"AISLE_AUTH_ADMIN_PASSWORD": "short"}):
        platform = Platform(
            environment={"AISLE_AUTH_ADMIN_EMAIL": "root@example.com", **password},
            replica="replica_a",
            log=structlog.get_logger(),
            bus=None,  # type: ignore[arg-type]  # nothing is asked of it
            redis=None,  # type: ignore[arg-type]
            verifier=None,  # type: ignore[arg-type]
            roles=None,  # type: ignore[arg-type]
            own_database=database,
        )
        with pytest.raises(BadConfig, match="AISLE_AUTH_ADMIN_PASSWORD"):
            SERVICE.build(platform)
