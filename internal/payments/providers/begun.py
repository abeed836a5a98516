"""When a payment was begun, for providers that forget keys or close their pages: our ids carry their time."""

from __future__ import annotations

__all__ = ["begun"]


def begun(our_id: str) -> float:
    """Seconds since 1970, of the 48 bits of milliseconds that every id of ours begins with."""
    return int(our_id.partition("_")[2][:12], 16) / 1000
