"""Which providers this installation has: each module says by the environment whether it is set up."""

from __future__ import annotations

from collections.abc import Mapping

from structlog.typing import FilteringBoundLogger

from internal.payments.providers import mock, paytr, stripe
from internal.payments.providers.interface import Provider

__all__ = ["offered"]

# Each has `offered(environment, log) -> Provider | None`.
_MODULES = (mock, stripe, paytr)


def offered(environment: Mapping[str, str], log: FilteringBoundLogger) -> dict[str, Provider]:
    """The providers that are set up, by name."""
    found = [provider for module in _MODULES if (provider := module.offered(environment, log)) is not None]
    return {provider.name: provider for provider in found}
