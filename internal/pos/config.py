"""What the point of sale and its merchant share: `AISLE_PAYMENTS_MOCK_...`, read by both."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["Config"]


class Config(Settings, frozen=True, kw_only=True):
    """Without a key nobody is served."""

    prefix: ClassVar[str] = "AISLE_PAYMENTS_MOCK_"

    key: str = ""
    webhook_secret: str = ""
