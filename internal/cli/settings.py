"""What the operator chooses: by option, else by variable, else the default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from internal.cli.trouble import BadSetting
from internal.platform.config import BadConfig, Settings, read

__all__ = ["PROJECT", "Launch", "chosen"]

PROJECT = Path(__file__).resolve().parents[2]


class Launch(Settings, frozen=True, kw_only=True):
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8080
    data: str = str(PROJECT / ".aisle")
    workers: Annotated[int, msgspec.Meta(ge=1, le=256)] = os.cpu_count() or 1
    nats_url: str = ""
    redis_url: str = ""
    database_url: str = ""
    env: str = ""  # what kind of installation this is: a laptop's, unless it says otherwise
    demo: bool | None = None  # None: where it is a laptop's

    @property
    def folder(self) -> Path:
        """Where the data is kept; a relative path is relative to where the operator stands."""
        return Path(self.data).resolve()

    def given(self) -> dict[str, str]:
        """The servers that the operator names, by the name of their variable."""
        named = {"NATS": self.nats_url, "REDIS": self.redis_url, "DATABASE": self.database_url}
        return {f"AISLE_{name}_URL": url for name, url in named.items() if url}


def chosen(environment: Mapping[str, str], **options: str | None) -> Launch:
    """The settings; an option that was given stands before its variable, and an empty variable is none."""
    told = {name: value for name, value in environment.items() if value}
    told |= {f"AISLE_{name.upper()}": value for name, value in options.items() if value is not None}
    try:
        return read(Launch, told)
    except BadConfig as bad:
        raise BadSetting("; ".join(str(bad).splitlines())) from bad
