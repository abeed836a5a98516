"""Builds auth: the only place where its parts are put together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from internal.auth.config import AuthSettings
from internal.auth.handlers import Accounts
from internal.auth.http import routes
from internal.auth.keyring import Keyring
from internal.auth.loops import loops
from internal.auth.passwords import Passwords
from internal.auth.sessions import Sessions
from internal.auth.users import Users
from internal.platform.bus import Endpoint
from internal.platform.config import BadConfig, read
from internal.platform.service import Parts, Platform, Service
from proto.auth import GetKeys, Keys

__all__ = ["SERVICE", "build"]

_SHORTEST = 8  # characters; the same as for everybody, see http.Password


def build(platform: Platform) -> Parts:
    """auth, out of what the process offers."""
    settings = _checked(read(AuthSettings, platform.environment))
    database = platform.database
    keyring = Keyring(database, settings, _now)
    passwords = Passwords(settings)
    sessions = Sessions(database, keyring, settings, _now)
    accounts = Accounts(database, passwords, sessions, _now)
    users = Users(database, passwords, _now)

    async def keys(_: GetKeys) -> Keys:
        return Keys(keys=keyring.public())

    return Parts(
        routes=routes(accounts, sessions, users, keyring),
        endpoints=[Endpoint(GetKeys, keys)],
        loops=loops(keyring, sessions, accounts, settings),
    )


def _checked(settings: AuthSettings) -> AuthSettings:
    if settings.admin_email and len(settings.admin_password) < _SHORTEST:
        raise BadConfig(
            f"AISLE_AUTH_ADMIN_PASSWORD must have {_SHORTEST} characters where AISLE_AUTH_ADMIN_EMAIL is set"
        )
    return settings


def _now() -> datetime:
    return datetime.now(UTC)


SERVICE = Service("auth", build, migrations=Path(__file__).parent / "migrations")
