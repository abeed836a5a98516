"""What the operator may choose about the ledger: `AISLE_LEDGER_...`."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["Config"]


class Config(Settings, frozen=True, kw_only=True):
    """Times are in seconds."""

    prefix: ClassVar[str] = "AISLE_LEDGER_"

    # Who rewrites the chain unseen must do so before its end is anchored. The 20,000 anchors of the 14 days that a
    # stream keeps are read in a second.
    anchor_every: float = 60.0
