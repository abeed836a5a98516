"""What the operator may choose about PayTR: `AISLE_PAYMENTS_PAYTR_...`; offered to who is a merchant there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from structlog.typing import FilteringBoundLogger

from internal.payments.providers.interface import Provider
from internal.payments.providers.paytr.provider import Merchant, PayTR, calling
from internal.platform.config import BadConfig, Settings, read

__all__ = ["Config", "offered"]


class Config(Settings, frozen=True, kw_only=True):
    """Who we are there, and how its page behaves. The salt is called a secret so that the log masks it."""

    prefix: ClassVar[str] = "AISLE_PAYMENTS_PAYTR_"

    url: str = "https://www.paytr.com"
    merchant_id: str = ""
    merchant_key: str = ""
    merchant_secret_salt: str = ""
    minutes: int = 10  # that its page waits for the buyer: two holds' time, and what is paid later must go back
    instalments: int = 1  # the most that a buyer may choose; 0: as many as the contract allows
    language: Literal["tr", "en"] = "tr"
    test: bool = False
    page_url: str = ""  # of ours, framing PayTR's; the token is put at its end. Empty: the buyer is sent to PayTR's


def offered(environment: Mapping[str, str], log: FilteringBoundLogger) -> Provider | None:
    """It, if we are a merchant there. Key and salt must be there too: with empty ones everybody could sign."""
    config = read(Config, environment)
    if not config.merchant_id:
        return None
    missing = [name for name in ("merchant_key", "merchant_secret_salt") if not getattr(config, name)]
    if missing:
        raise BadConfig("\n".join(f"{Config.prefix}{name.upper()} is not set" for name in missing))
    merchant = Merchant(
        id=config.merchant_id,
        key=config.merchant_key,
        salt=config.merchant_secret_salt,
        minutes=config.minutes,
        instalments=config.instalments,
        language=config.language,
        test=config.test,
        page_url=config.page_url or config.url.rstrip("/") + "/odeme/guvenli/",
    )
    return PayTR(calling(config.url, log), log, merchant)
