"""Builds auth: the only place where its parts are put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from internal.auth.config import AuthSettings
from internal.auth.domain import TooManyAttempts
from internal.auth.handlers import Accounts
from internal.auth.http import routes
from internal.auth.keyring import Keyring
from internal.auth.loops import loops
from internal.auth.passwords import Passwords
from internal.auth.sessions import Sessions
from internal.auth.users import Users
from internal.platform.bus import Endpoint
from internal.platform.config import BadConfig, read
from internal.platform.faults import Limited
from internal.platform.http import Limit, Limiter
from internal.platform.service import Parts, Platform, Service
from proto.auth import FindPeople, GetKeys, Keys

__all__ = ["SERVICE", "attempts", "build"]

# Beside the limit by address, which a thousand addresses pass together: at this pace a password of eight random letters
# takes 100,000 years. Somebody who keeps another one out this way keeps out new logins only, and only while at it.
_ATTEMPTS = Limit(50, 900)
_SHORTEST = 8  # characters; the same as for everybody, see http.Password


def build(platform: Platform) -> Parts:
    """auth, out of what the process offers."""
    settings = _checked(read(AuthSettings, platform.environment))
    database = platform.database
    keyring = Keyring(database, settings, _now)
    passwords = Passwords(settings)
    sessions = Sessions(database, keyring, settings, _now)
    accounts = Accounts(database, passwords, sessions, _now, attempts(Limiter(platform.redis)))
    users = Users(database, passwords, _now)

    async def keys(_: GetKeys) -> Keys:
        return Keys(keys=await keyring.published())

    return Parts(
        routes=routes(accounts, sessions, users, keyring),
        endpoints=[Endpoint(GetKeys, keys), Endpoint(FindPeople, users.people)],
        loops=loops(keyring, sessions, accounts, settings),
        needs={
            "auth.signing-key": lambda: keyring.ready,
            "auth.administrator": lambda: accounts.has_administrator or not settings.admin_email,
        },
    )


def attempts(limiter: Limiter) -> Callable[[str], Awaitable[None]]:
    """Counts the logins with an e-mail, whether it has an account or not, and from wherever they come."""

    async def attempt(email: str) -> None:
        try:
            await limiter.take(f"login {email}", _ATTEMPTS)
        except Limited as limited:
            raise TooManyAttempts(**limited.extra) from None

    return attempt


def _checked(settings: AuthSettings) -> AuthSettings:
    if settings.admin_email and len(settings.admin_password) < _SHORTEST:
        raise BadConfig(
            f"AISLE_AUTH_ADMIN_PASSWORD must have {_SHORTEST} characters where AISLE_AUTH_ADMIN_EMAIL is set"
        )
    return settings


def _now() -> datetime:
    return datetime.now(UTC)


SERVICE = Service("auth", build, migrations=Path(__file__).parent / "migrations")
