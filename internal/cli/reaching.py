"""The servers of an installation that runs: as `aisle up` wrote them into its folder, or as the environment names them.

On a laptop `--data` is enough; in a cluster AISLE_NATS_URL, AISLE_REDIS_URL and either AISLE_<SERVICE>_DATABASE_URL for
each service or AISLE_DATABASE_URL of an administrator, who may read all of them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import structlog
from structlog.typing import FilteringBoundLogger

from internal.cli.folder import told
from internal.cli.settings import chosen
from internal.cli.trouble import BadSetting, ServerUnusable
from internal.platform.bus import Bus, BusSettings
from internal.platform.config import BadConfig, read, without_password
from proto import Answer, Request

__all__ = ["answered", "bus", "database_urls", "quiet", "reached", "url"]

A = TypeVar("A", bound=Answer)

_SERVERS = ("_NATS_URL", "_REDIS_URL", "_DATABASE_URL")
_PATIENCE = 5  # seconds: more than a far server needs, less than an operator wonders


def reached(environment: Mapping[str, str], data: str | None) -> dict[str, str]:
    """The settings of the installation: who names its folder means that one, whatever servers the shell still names.

    Without `--data`, what the environment names stands before what the folder says.
    """
    found = told(chosen(environment, data=data).folder)
    named = {name: value for name, value in environment.items() if value}
    if data is None:
        return {**found, **named}
    return {name: value for name, value in named.items() if not name.endswith(_SERVERS)} | found


def url(settings: Mapping[str, str], name: str) -> str:
    """One server's address, or one line that says how to give it."""
    if name not in settings:
        raise BadSetting(f"nothing runs on this folder and {name} is not set: name --data, or the servers by URL")
    return settings[name]


def database_urls(settings: Mapping[str, str], services: Iterable[str]) -> dict[str, str]:
    """Each service's database."""
    found = {}
    for service in services:
        name = f"AISLE_{service.upper()}_DATABASE_URL"
        own = settings.get(name)
        found[service] = own or _of(url(settings, "AISLE_DATABASE_URL"), f"aisle_{service}")
    return found


@asynccontextmanager
async def bus(settings: Mapping[str, str]) -> AsyncIterator[Bus]:
    """Connected, or one line that says why not."""
    address = url(settings, "AISLE_NATS_URL")
    try:
        opened = Bus(read(BusSettings, settings), name="aisle-operator", log=quiet(), lost=lambda: None)
    except BadConfig as bad:
        raise BadSetting("; ".join(str(bad).splitlines())) from bad
    opened.start()
    try:
        try:
            await asyncio.wait_for(opened.connected(), _PATIENCE)
        except TimeoutError:
            raise ServerUnusable(f"NATS at {without_password(address)} does not answer within {_PATIENCE} s") from None
        yield opened
    finally:
        await opened.close()


def answered(data: str | None, request: Request[A]) -> A:
    """One answer of the installation."""

    async def ask() -> A:
        async with bus(reached(os.environ, data)) as opened:
            return await opened.request(request)

    return asyncio.run(ask())


def quiet() -> FilteringBoundLogger:
    """What goes wrong is told as the command's own line."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(), wrapper_class=structlog.make_filtering_bound_logger("critical")
    )
    return logger


def _of(admin_url: str, database: str) -> str:
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{database}"))
