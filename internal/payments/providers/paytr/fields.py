"""What is sent to PayTR, spelt as it wants it. Pure.

The order's number is ours without its underscore (letters and digits only), followed by what was asked for:
`pay0199…x3456`. The callback signs the number, and so the amount that its own is compared with, in a room that knows no
payments.
"""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from decimal import Decimal
from ipaddress import ip_address
from typing import Any

from internal.payments.providers.interface import PaymentOrder, PaymentRef

__all__ = ["CURRENCIES", "basket", "from_text", "merchant_oid", "parsed_oid", "plain", "text_of", "to_text", "user_ip"]

CURRENCIES = {"TRY": "TL", "EUR": "EUR", "USD": "USD", "GBP": "GBP", "RUB": "RUB"}  # each has two decimals

_OID = re.compile(r"([a-z]{2,12})([0-9a-f]{32})x([0-9]{1,12})")


def merchant_oid(payment: PaymentOrder | PaymentRef) -> str:
    """The order's number at PayTR: 36 characters and the amount, of 64 that are allowed."""
    return f"{plain(payment.payment_id)}x{payment.amount}"


def parsed_oid(oid: str) -> tuple[str, int] | None:
    """Our payment's id, and what was asked for; None of a number that we did not make."""
    found = _OID.fullmatch(oid)
    return (f"{found[1]}_{found[2]}", int(found[3])) if found else None


def plain(our_id: str) -> str:
    """An id of ours in letters and digits only."""
    return our_id.replace("_", "")


def to_text(amount: int) -> str:
    """Hundredths as text: 3456 is 34.56."""
    return f"{amount // 100}.{amount % 100:02d}"


def from_text(text: str) -> int:
    """And back, of what PayTR writes: 10,8 and 10.8 and 1.234,50 are all seen."""
    whole, point, decimals = text.strip().replace(",", ".").rpartition(".")
    if not point:
        return int(decimals) * 100
    return int(Decimal(f"{whole.replace('.', '')}.{decimals}") * 100)


def basket(order: PaymentOrder) -> str:
    """What is bought, as PayTR shows it to the buyer: one line."""
    lines = [[f"Aisle {order.order_id}", to_text(order.amount), 1]]
    return base64.b64encode(json.dumps(lines).encode()).decode()


def text_of(method: dict[str, Any], name: str, longest: int, otherwise: str) -> str:
    """A field that the buyer filled in, cut to what PayTR takes."""
    value = method.get(name)
    return (value.strip()[:longest] if isinstance(value, str) else "") or otherwise


def user_ip(order: PaymentOrder) -> str:
    """Where the buyer pays from: as our gate saw it, or else as the page says. PayTR's own page sees the real one."""
    for said in (order.buyer_ip, order.method.get("ip")):
        with suppress(ValueError):
            return str(ip_address(str(said)))
    return "127.0.0.1"  # some address it must be
