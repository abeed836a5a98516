"""A role and a database for each service, brought up to date before any service starts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from internal.cli.folder import Folder
from internal.cli.settings import PROJECT
from internal.cli.trouble import ServerUnusable
from internal.platform.faults import Unavailable
from internal.platform.schema import MigrationFailed, ensure_database, migrate

__all__ = ["brought_up_to_date", "migrations"]


def migrations(internal: Path = PROJECT / "internal") -> dict[str, Path]:
    """The services that keep a database, each with its folder of SQL."""
    found = {folder.parent.name: folder for folder in sorted(internal.glob("*/migrations"))}
    found.pop("platform", None)  # its tables are every service's: `migrate` brings them along
    return found


async def brought_up_to_date(
    admin_url: str, folder: Folder, services: Mapping[str, Path], environment: Mapping[str, str]
) -> tuple[dict[str, str], int]:
    """What the workers are told (AISLE_<SERVICE>_DATABASE_URL), and how many migrations were applied."""

    def one(service: str) -> tuple[str, int]:
        url = environment.get(_variable(service)) or ensure_database(admin_url, service, folder.password(service))
        return url, migrate(url, service, [services[service]])

    folder.password("")  # makes the secret before there are threads
    try:
        done = await asyncio.gather(*(asyncio.to_thread(one, service) for service in services))
    except (MigrationFailed, Unavailable) as error:
        raise ServerUnusable(f"migration: {error}") from error
    told = {_variable(service): url for service, (url, _) in zip(services, done, strict=True)}
    return told, sum(count for _, count in done)


def _variable(service: str) -> str:
    return f"AISLE_{service.upper()}_DATABASE_URL"
