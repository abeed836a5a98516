"""Signed messages of the form `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `t.raw_body`, as Stripe began it."""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256

from internal.payments.providers.interface import BadWebhook

__all__ = ["TOLERANCE", "check"]

TOLERANCE = 300  # seconds either way: clocks differ, and who records a message must not use it tomorrow


def check(header: str, body: bytes, secret: str, now: datetime) -> None:
    """Nothing, or `BadWebhook`. While a secret is changed there are two signatures; any that fits is good."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdecimal() or len(times[0]) > len("9999999999"):
        raise BadWebhook
    if abs(now.timestamp() - int(times[0])) > TOLERANCE:
        raise BadWebhook("This message is too old, or a clock is wrong.")
    wanted = hmac.new(secret.encode(), f"{times[0]}.".encode() + body, sha256).hexdigest().encode()
    given = [value.encode() for name, _, value in parts if name == "v1"]
    if not any(hmac.compare_digest(wanted, one) for one in given):
        raise BadWebhook
