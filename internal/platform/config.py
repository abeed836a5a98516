"""Configuration is a frozen struct read from the environment once, at start; every fault is told at once.

A `Config(Settings)` whose `prefix` is `AISLE_CATALOG_` and that has `hold_seconds: int = 300` reads
`AISLE_CATALOG_HOLD_SECONDS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import msgspec

__all__ = ["MASK", "BadConfig", "Front", "Settings", "given", "masked", "read", "without_password"]

S = TypeVar("S", bound="Settings")

MASK = "***"
_SECRET_WORDS = ("password", "secret", "key", "token")
_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@/\s]*(?=@)|(\bpassword=)(?:'[^']*'|[^&\s]*)")  # in a URL, or Postgres' words
_TOKEN = re.compile(r"(\b(?:nats|tls|wss?)://)[^:/@\s]+(?=@)")  # NATS takes a lone user for a token


class BadConfig(Exception):  # noqa: N818 - told to the operator as it is
    """The environment does not hold what is needed; each line names one variable and what is wrong with it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a part of the system lets the operator choose. Subclasses set `prefix`."""

    prefix: ClassVar[str] = "AISLE_"


class Front(Settings, frozen=True, kw_only=True):
    """Where a laptop's house answers: what its operator gives no address of is looked for there."""

    port: int = 8080

    @property
    def url(self) -> str:
        """From this machine."""
        return f"http://127.0.0.1:{self.port}"


def read(settings: type[S], environment: Mapping[str, str]) -> S:
    """The settings as the environment gives them, or one `BadConfig` that names every fault."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for field in msgspec.structs.fields(settings):
        name = settings.prefix + field.name.upper()
        text = environment.get(name)
        if text is None:
            if field.required:
                wrong.append(f"{name} is not set")
            continue
        try:
            values[field.name] = msgspec.convert(text, field.type, strict=False)
        except msgspec.ValidationError as error:
            wrong.append(f"{name}={text!r}: {error}")
    if wrong:
        raise BadConfig("\n".join(wrong))
    return settings(**values)


def masked(settings: Settings) -> dict[str, Any]:
    """The settings for the log: what is secret shows only that it is set."""
    shown = msgspec.to_builtins(settings)
    assert isinstance(shown, dict)
    return {name: _masked(name, value) for name, value in shown.items()}


def given(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the operator chose, of whatever part of the system, for the log."""
    return {name: _masked(name.lower(), environment[name]) for name in sorted(environment) if name.startswith("AISLE_")}


def without_password(text: str) -> str:
    """The text, with the secret of each server's address in it masked."""
    return _TOKEN.sub(rf"\1{MASK}", _PASSWORD.sub(rf"\1\2{MASK}", text))


def _masked(name: str, value: Any) -> Any:
    if value and any(word in name for word in _SECRET_WORDS):
        return MASK
    return without_password(value) if isinstance(value, str) else value
