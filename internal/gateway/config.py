"""What the operator chooses of the gateway."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from internal.platform.config import Settings

__all__ = ["GatewaySettings"]


class GatewaySettings(Settings, frozen=True, kw_only=True):
    """Where the other services' documents are, if they run apart from this process, and who should be there."""

    prefix: ClassVar[str] = "AISLE_GATEWAY_"

    services: str = ""  # base URLs, with commas between; none where one process has all services
    # "catalog, inventory=3": missed even if they never came; whoever came once is missed without being named here
    expected: Annotated[str, Meta(pattern=r"^(\s*[a-z]{1,40}(=\d{1,3})?\s*(,|$))*$")] = ""

    @property
    def bases(self) -> list[str]:
        """The base URLs."""
        return [base.strip().rstrip("/") for base in self.services.split(",") if base.strip()]

    @property
    def replicas(self) -> dict[str, int]:
        """How many of each service there should be at least."""
        named = [one.strip().partition("=") for one in self.expected.split(",") if one.strip()]
        return {name: int(replicas or 1) for name, _, replicas in named}
