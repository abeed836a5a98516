"""A database of its own for each test or module that wants one, made as in production, and dropped afterwards.

The migrations run once for each set of folders, into a template; every database is a copy of one. So a test has its
tables in 0.1 s instead of 0.6 s, and that they can be made from nothing is still tried in each run.
"""

from __future__ import annotations

import random
import string
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from internal.platform.postgres import Database, DatabaseSettings
from internal.platform.schema import ensure_database, migrate

__all__ = ["drop_templates", "fresh_database", "fresh_database_url", "opened"]

_templates: dict[tuple[str, tuple[Path, ...]], str] = {}  # their URLs, by server and folders; this process's own


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
    """Migrated, for a process that opens it itself; it belongs to the role that its template was migrated by."""
    template = _template(admin_url, tuple(folders))
    owner = str(conninfo_to_dict(template)["dbname"])
    name = "aisle_" + _drawn()
    make = sql.SQL("create database {} owner {} template {}")
    _as_admin(admin_url, make.format(*map(sql.Identifier, (name, owner, owner))))
    try:
        _as_admin(admin_url, sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
        yield urlsplit(template)._replace(path=f"/{name}").geturl()
    finally:
        _as_admin(admin_url, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def drop_templates() -> None:
    """Nothing is left on a server that was given by URL; one that this run started may have been stopped already."""
    for (admin_url, _), url in _templates.items():
        name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
        with suppress(psycopg.OperationalError):
            _as_admin(admin_url, sql.SQL("drop database if exists {} with (force)").format(name))
            _as_admin(admin_url, sql.SQL("drop role if exists {}").format(name))
    _templates.clear()


def _template(admin_url: str, folders: tuple[Path, ...]) -> str:
    if (admin_url, folders) not in _templates:
        service = _drawn()
        url = ensure_database(admin_url, service, "secret")
        migrate(url, service, folders)
        _templates[admin_url, folders] = url
    return _templates[admin_url, folders]


def _drawn() -> str:
    return "test_" + "".join(random.choices(string.ascii_lowercase, k=10))


def _as_admin(admin_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(statement)


@asynccontextmanager
async def opened(url: str, settings: DatabaseSettings | None = None) -> AsyncIterator[Database]:
    """One more pool onto a database that exists, as another replica has it."""
    database = Database(url, "test", structlog.get_logger(), settings)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
