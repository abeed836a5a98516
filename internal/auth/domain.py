"""What an account, a session and a signing key are, and what may happen to them. Decides only; knows no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from hmac import compare_digest

import msgspec

from internal.platform.faults import Fault, Kind, Limited, Malformed, Unauthenticated
from internal.platform.ids import is_id

__all__ = [
    "ADMIN",
    "CUSTOMER",
    "EMAIL",
    "EmailTaken",
    "GuestsCannot",
    "KeyTimes",
    "LastAdministrator",
    "LoginRefused",
    "RefreshRefused",
    "RefreshReused",
    "Session",
    "SigningKey",
    "TooManyAttempts",
    "User",
    "UserUnknown",
    "Verdict",
    "address",
    "judge",
    "next_key",
    "outlived",
    "parse_refresh",
    "refresh_digest",
    "require_change",
    "signer",
]

CUSTOMER = "customer"
ADMIN = "admin"
# What HTML's <input type=email> takes, with a dot in the domain; `$(?!\n)` because Python's `$` lets a last newline by.
EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$(?!\n)"
_EMAIL = re.compile(EMAIL)
_LONGEST_EMAIL = 254  # RFC 5321's limit of a path, less its brackets


class LoginRefused(Unauthenticated):
    """The e-mail or the password is not right."""


class TooManyAttempts(Limited, kind=Kind.LIMITED):
    """Too many have tried to log in with this e-mail; try again after the time in Retry-After."""


class RefreshRefused(Unauthenticated):
    """The refresh token is not good, or not any more; log in again."""


class RefreshReused(RefreshRefused):
    """The refresh token had been used before, so its session was ended; log in again."""


class GuestsCannot(Fault, kind=Kind.CONFLICT):
    """A guest has no account that could be changed like this."""


class UserUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such user."""


class EmailTaken(Fault, kind=Kind.CONFLICT):
    """Another user has this e-mail."""


class LastAdministrator(Fault, kind=Kind.CONFLICT):
    """This is the last administrator; make another one first."""


class User(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Somebody with an account, or a guest with a passing one."""

    id: str
    email: str | None
    name: str
    roles: tuple[str, ...]
    guest: bool
    created_at: datetime
    updated_at: datetime


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A login that refresh tokens carry on; one token of it is good at any time."""

    family: str
    user_id: str
    digest: bytes
    expires_at: datetime
    ended_at: datetime | None


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair; the private half is as the database keeps it."""

    kid: str
    private_key: str
    created_at: datetime
    signs_from: datetime


class KeyTimes(msgspec.Struct, frozen=True, kw_only=True):
    """How keys follow each other."""

    rotation: timedelta
    lead: timedelta
    token_life: timedelta


class Verdict(Enum):
    """What a presented refresh token is."""

    GOOD = "good"
    REFUSED = "refused"
    REUSED = "reused"


def address(text: str) -> str:
    """An e-mail as it is kept and compared: in small letters, for no provider tells two mailboxes apart by case."""
    email = text.strip().lower()
    if len(email) > _LONGEST_EMAIL or _EMAIL.match(email) is None:
        raise Malformed("That is not an e-mail address.")
    return email


def require_change(user: User, changes: Mapping[str, object]) -> None:
    """A guest has neither e-mail nor password, and is given none: that would be an account nobody registered."""
    if user.guest and {"email", "password_hash", "roles"} & changes.keys():
        raise GuestsCannot


def parse_refresh(token: str) -> tuple[str, str]:
    """The session and the secret that a refresh token names: `session_….<secret>`."""
    family, _, secret = token.partition(".")
    if not is_id("session", family) or not secret:
        raise RefreshRefused
    return family, secret


def refresh_digest(secret: str) -> bytes:
    """What is kept of a refresh token. The secret is 256 random bits: one SHA-256 is as good as any slow hash."""
    return sha256(secret.encode()).digest()


def judge(session: Session | None, digest: bytes, now: datetime) -> Verdict:
    """Good, refused, or used before. Only tokens carry a session's id, so whoever knows it held one of its tokens."""
    if session is None or session.ended_at is not None or session.expires_at <= now:
        return Verdict.REFUSED
    return Verdict.GOOD if compare_digest(session.digest, digest) else Verdict.REUSED


def signer(keys: list[SigningKey], now: datetime) -> SigningKey | None:
    """The newest key that may sign already. Every replica that has the same keys picks the same one."""
    return max((key for key in keys if key.signs_from <= now), key=_order, default=None)


def next_key(keys: list[SigningKey], now: datetime, times: KeyTimes) -> datetime | None:
    """From when on the key that is to be made now shall sign; None while the newest has long enough to go."""
    if not keys:
        return now  # nothing can be signed before, so nobody is waiting with an older set of keys
    due = max(key.signs_from for key in keys) + times.rotation
    return max(due, now + times.lead) if now >= due - times.lead else None


def outlived(keys: list[SigningKey], now: datetime, times: KeyTimes) -> list[SigningKey]:
    """The keys of which no token can be good any more: another one has signed for longer than a token lives."""
    # a replica's clock may be behind by up to the lead, and sign with the older key for that much longer
    certain = now - times.token_life - times.lead
    current = signer(keys, certain)
    return [key for key in keys if current is not None and _order(key) < _order(current)]


def _order(key: SigningKey) -> tuple[datetime, str]:
    return key.signs_from, key.kid
