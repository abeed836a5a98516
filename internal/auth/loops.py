"""What auth does without being asked."""

from __future__ import annotations

from internal.auth.config import AuthSettings
from internal.auth.handlers import Accounts
from internal.auth.keyring import Keyring
from internal.auth.sessions import Sessions
from internal.platform.loops import Loop

__all__ = ["loops"]


def loops(keyring: Keyring, sessions: Sessions, accounts: Accounts, settings: AuthSettings) -> list[Loop]:
    """Keys in time, sessions that are over forgotten, and an administrator from the first minute."""
    running = [
        # a tenth of the lead: a key that another replica made is here long before it signs
        Loop("auth-keys", keyring.run_once, interval=min(60.0, settings.lead_seconds / 10)),
        Loop("auth-sessions", sessions.sweep, interval=300.0),
    ]
    if settings.admin_email:

        async def first_administrator() -> int:
            await accounts.ensure_administrator(settings.admin_email, settings.admin_password)
            return 0

        # the interval matters only to whoever removed the operator's own account by mistake
        running.append(Loop("auth-administrator", first_administrator, interval=3600.0))
    return running
