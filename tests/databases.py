"""A database of its own for each test or module that wants one, made as in production, and dropped afterwards."""

from __future__ import annotations

import random
import string
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psycopg
import structlog

from internal.platform.postgres import Database, DatabaseSettings, ensure_database, migrate

__all__ = ["fresh_database", "fresh_database_url", "opened"]


@asynccontextmanager
async def fresh_database(
    admin_url: str, folders: Sequence[Path] = (), settings: DatabaseSettings | None = None
) -> AsyncIterator[Database]:
    """Migrated and open."""
    with fresh_database_url(admin_url, folders) as url:
        async with opened(url, settings) as database:
            yield database


@contextmanager
def fresh_database_url(admin_url: str, folders: Sequence[Path] = ()) -> Iterator[str]:
    """Migrated, for a process that opens it itself."""
    service = "test_" + "".join(random.choices(string.ascii_lowercase, k=10))
    url = ensure_database(admin_url, service, "secret")
    try:
        migrate(url, service, folders)
        yield url
    finally:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(f"drop database if exists aisle_{service} with (force)")
            admin.execute(f"drop role if exists aisle_{service}")


@asynccontextmanager
async def opened(url: str, settings: DatabaseSettings | None = None) -> AsyncIterator[Database]:
    """One more pool onto a database that exists, as another replica has it."""
    database = Database(url, "test", structlog.get_logger(), settings)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
