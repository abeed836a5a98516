"""The built-in provider: the virtual point of sale, spoken to by HTTP as any other."""

from __future__ import annotations

from collections.abc import Mapping

from structlog.typing import FilteringBoundLogger

from internal.payments.providers.interface import Provider

__all__ = ["offered"]


def offered(environment: Mapping[str, str], log: FilteringBoundLogger) -> Provider | None:
    """It, unless it is switched off."""
    return None
