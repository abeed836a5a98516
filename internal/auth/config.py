"""What the operator may choose about accounts and tokens."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["AuthSettings"]


class AuthSettings(Settings, frozen=True):
    """Times are in seconds."""

    prefix: ClassVar[str] = "AISLE_AUTH_"
    # 15 minutes: how long a stolen access token is of use, and how often a client refreshes
    access_seconds: int = 900
    # a month from the login, then the password is asked for again; refreshing does not prolong it
    session_seconds: int = 30 * 86_400
    # a guest buys in one sitting; a day lets the tab stay open over night
    guest_session_seconds: int = 86_400
    # a key signs for a week: long enough that a week of trouble in the loop harms nobody, short enough to be exercised
    rotation_seconds: int = 7 * 86_400
    # published this long before it signs: twice the interval at which services fetch the keys
    lead_seconds: int = 600
    # argon2id as OWASP's cheat sheet gives it first: 19 MiB, two passes, one lane; 24 ms on a core of the machine of
    # docs/PERFORMANCE.md
    argon2_memory_kib: int = 19_456
    argon2_passes: int = 2
    # hashes at once: each takes a core and 19 MiB; more would only take both from the buyers' holds
    hashers: int = 2
    # hashes that may wait behind those: 32 / 2 x 24 ms = 0.4 s, more than that and 503 is the kinder answer
    hashes_waiting: int = 32
    # seals the private keys in the database (PKCS #8, scrypt, AES-256); empty leaves them as open as the database is
    key_passphrase: str = ""
    # the first administrator, made at start if there is none of this e-mail; no defaults, so none is ever left behind
    admin_email: str = ""
    admin_password: str = ""
