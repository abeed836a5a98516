"""PayTR's one way to sign, both ways: base64 of HMAC-SHA256 with the merchant's key, the salt among what is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac

__all__ = ["callback_hash", "is_signed", "token"]


def token(key: str, salt: str, *fields: str) -> str:
    """Of a request: its fields in the documented order, then the salt."""
    return _signed(key, *fields, salt)


def callback_hash(key: str, salt: str, merchant_oid: str, status: str, total_amount: str) -> str:
    """Of a callback, where the salt stands second. The reason of a failure is not under it: it is never acted on."""
    return _signed(key, merchant_oid, salt, status, total_amount)


def is_signed(key: str, salt: str, merchant_oid: str, status: str, total_amount: str, given: str) -> bool:
    """Whether the hash that came with it is this callback's."""
    return hmac.compare_digest(callback_hash(key, salt, merchant_oid, status, total_amount).encode(), given.encode())


def _signed(key: str, *parts: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), "".join(parts).encode(), hashlib.sha256).digest()).decode()
