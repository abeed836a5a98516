"""What the operator may choose about Stripe: `AISLE_PAYMENTS_STRIPE_...`; without a key it is not offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from structlog.typing import FilteringBoundLogger

from internal.payments.providers.interface import Provider
from internal.payments.providers.stripe.provider import Stripe, calling
from internal.platform.config import BadConfig, Settings, read

__all__ = ["Config", "offered"]


class Config(Settings, frozen=True, kw_only=True):
    """Where Stripe is, and who we are there."""

    prefix: ClassVar[str] = "AISLE_PAYMENTS_STRIPE_"

    url: str = "https://api.stripe.com"
    key: str = ""
    webhook_secret: str = ""
    capture: Literal["manual", "automatic"] = "manual"  # by hand: a claim that fails in between costs the buyer nothing
    redirects: bool = True  # to the bank's page; no: Stripe.js shows it on our return page (all that localstripe knows)


def offered(environment: Mapping[str, str], log: FilteringBoundLogger) -> Provider | None:
    """It, if it has a key. A webhook's secret must be there too: with an empty one everybody could sign."""
    config = read(Config, environment)
    if not config.key:
        return None
    if not config.webhook_secret:
        raise BadConfig("AISLE_PAYMENTS_STRIPE_WEBHOOK_SECRET is not set")
    return Stripe(
        calling(config.url, config.key, log),
        log,
        webhook_secret=config.webhook_secret,
        capture=config.capture,
        redirects=config.redirects,
        keeps_keys=config.url.rstrip("/") == Config().url,
    )
