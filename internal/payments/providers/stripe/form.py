"""Nested fields as Stripe's forms spell them: `metadata[payment_id]=…`, `expand[0]=…`.

By hand because httpx encodes one level only, and Stripe's library brings a client of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

__all__ = ["Fields", "flat"]

Field: TypeAlias = "str | int | bool | Mapping[str, Field] | Sequence[Field] | None"
Fields: TypeAlias = "Mapping[str, Field]"


def flat(fields: Fields) -> dict[str, str]:
    """One level; what is None is left out, for an empty value would unset the field."""
    found: dict[str, str] = {}
    for name, value in fields.items():
        _spell(found, name, value)
    return found


def _spell(found: dict[str, str], name: str, value: Field) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _spell(found, f"{name}[{key}]", inner)
    elif isinstance(value, bool):
        found[name] = "true" if value else "false"
    elif isinstance(value, str | int):
        found[name] = str(value)
    elif value is not None:
        for at, inner in enumerate(value):
            _spell(found, f"{name}[{at}]", inner)
