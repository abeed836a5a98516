"""What the process tells of itself."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger

from internal.platform.config import Settings
from internal.platform.context import request_id

__all__ = ["TelemetrySettings", "logger"]


class TelemetrySettings(Settings, frozen=True, kw_only=True):
    """How much is told."""

    prefix = "AISLE_TELEMETRY_"

    log_level: str = "info"


def logger(settings: TelemetrySettings) -> FilteringBoundLogger:
    """One JSON line for each event, with the request that it belongs to."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            _with_request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    log: FilteringBoundLogger = structlog.get_logger()
    return log


def _with_request(_: Any, __: str, event: Any) -> Any:
    if number := request_id.get():
        event["request"] = number
    return event


def _encode(event: Any, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)
