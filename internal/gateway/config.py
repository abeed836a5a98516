"""What the operator chooses of the gateway."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["GatewaySettings"]


class GatewaySettings(Settings, frozen=True, kw_only=True):
    """Where the other services' documents are, if they run apart from this process."""

    prefix: ClassVar[str] = "AISLE_GATEWAY_"

    services: str = ""  # base URLs, with commas between; none where one process has all services

    @property
    def bases(self) -> list[str]:
        """The base URLs."""
        return [base.strip().rstrip("/") for base in self.services.split(",") if base.strip()]
