"""One line for each event: JSON for machines, colours for people; with the request and the trace it belongs to.

Secrets are masked here as well as in the configuration, so that a careless line does not give one away.
"""

from __future__ import annotations

import logging
import sys
from functools import lru_cache
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from internal.platform.config import MASK, without_password
from internal.platform.context import request_id, traceparent
from internal.platform.telemetry.settings import TelemetrySettings

__all__ = ["bridge", "logger"]

_SECRETS = ("password", "secret", "token", "authorization", "cookie")
_TRACE = slice(3, 35)  # of `00-<trace id>-<span id>-<flags>`


def logger(settings: TelemetrySettings, service: str, output: Any = None) -> FilteringBoundLogger:
    """The process' logger, to standard output unless told otherwise (`output`: a binary stream)."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    processors: list[Processor] = [
        _with_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _masked,
    ]
    stream: Any
    if settings.log_format == "json":
        processors.append(structlog.processors.JSONRenderer(serializer=_encode))
        stream = structlog.BytesLogger(output or sys.stdout.buffer)
    else:
        processors.append(structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty()))
        stream = structlog.PrintLogger(output or sys.stdout)
    log: FilteringBoundLogger = structlog.wrap_logger(
        stream, processors=processors, wrapper_class=structlog.make_filtering_bound_logger(level)
    ).bind(service=settings.service_name or service)
    return log


def bridge(log: FilteringBoundLogger) -> None:
    """What libraries say to Python's own logging becomes lines of ours, from warnings up."""
    logging.basicConfig(level=logging.WARNING, handlers=[_Bridge(log)], force=True)


class _Bridge(logging.Handler):
    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.log(record.levelno, "a library says", library=record.name, said=record.getMessage())


def _with_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if number := request_id.get():
        event.setdefault("request", number)
    if trace := traceparent.get():
        event["trace"] = trace[_TRACE]
    return event


def _masked(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if value and _is_secret(name):
            event[name] = MASK
        elif type(value) is str and ("://" in value or "password=" in value):
            event[name] = without_password(value)
    return event


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRETS)


def _encode(event: Any, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)
