"""Whether a message is Stripe's: `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]` over `<t>.<raw body>`.

There are several v1 while a secret is being rolled: any that matches is good. Other schemes (v0) are ignored.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

__all__ = ["TOLERANCE", "is_signed", "signature"]

TOLERANCE = 300  # seconds, Stripe's own figure: each delivery is signed anew, so only a replay is older

_SECONDS = re.compile(r"[0-9]{1,12}")  # `int` alone would take underscores, signs and the digits of every script


def signature(secret: str, seconds: str, body: bytes) -> str:
    """The v1 of this body at this time."""
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(secret: str, header: str, body: bytes, now: datetime) -> bool:
    """Whether one of the header's signatures is good, and its time near now, to either side: clocks differ."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]):
        return False
    if abs(now.timestamp() - int(times[0])) > TOLERANCE:
        return False
    good = signature(secret, times[0], body).encode()
    return any(name == "v1" and hmac.compare_digest(value.encode(), good) for name, _, value in parts)
