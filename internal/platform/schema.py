"""Makes a service's database and brings its tables up to date, before the service takes its first request.

Synchronous, because yoyo is and because nothing else runs yet; several replicas that start at once take turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import psycopg.conninfo
from psycopg import sql

from internal.platform.faults import Unavailable

__all__ = ["MigrationFailed", "ensure_database", "migrate"]

_PLATFORM = Path(__file__).parent / "migrations"
_LOCK = 0x_A15_1E  # any number that no other program on this server takes as its advisory lock
_PATIENCE = 60  # seconds: a replica waits this long for another one's migration before it says so


class MigrationFailed(Exception):  # noqa: N818 - told to the operator as it is
    """One line: whose database, which file, and what Postgres said."""


def ensure_database(admin_url: str, service: str, password: str) -> str:
    """Make the role and the database `aisle_<service>` where they are missing; the URL that the service is to use."""
    if not re.fullmatch(r"[a-z][a-z_]{0,40}", service):
        raise ValueError(f"{service!r} is no name of a service")
    name = f"aisle_{service}"
    with _turn(admin_url) as admin:
        _make_role(admin, name, password)
        found = admin.execute("select from pg_database where datname = %s", [name]).fetchone()
        if found is None:
            make = sql.SQL("create database {0} owner {0} encoding 'UTF8' template template0")
            admin.execute(make.format(sql.Identifier(name)))
        admin.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
    return _url(admin_url, user=name, password=password, dbname=name)


def _make_role(admin: psycopg.Connection[Any], name: str, password: str) -> None:
    found = admin.execute("select from pg_roles where rolname = %s", [name]).fetchone()
    verb = sql.SQL("create" if found is None else "alter")
    form = sql.SQL("{} role {} login nosuperuser nocreatedb nocreaterole noreplication password {}")
    if found is not None:  # a managed server's administrator may not name SUPERUSER, not even to deny it
        form = sql.SQL("{} role {} login password {}")
    admin.execute(form.format(verb, sql.Identifier(name), sql.Literal(password)))
    superuser = admin.execute("select usesuper from pg_user where usename = current_user").fetchone()
    if superuser is not None and not superuser[0]:  # who is not may give a database only to a role that it is in
        admin.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))


def migrate(url: str, service: str, folders: Sequence[Path | str]) -> int:
    """Apply what is new of the platform's migrations, then of each folder's, in the order of their names."""
    with _turn(url):
        return sum(_apply(url, service, Path(folder)) for folder in (_PLATFORM, *folders))


def _apply(url: str, service: str, folder: Path) -> int:
    import yoyo  # type: ignore[import-untyped]  # noqa: PLC0415 - 0.1 s, and only a start needs it

    if not folder.is_dir():
        raise MigrationFailed(f"{service}: there is no folder of migrations {folder}")
    backend = yoyo.get_backend(_url(url, scheme="postgresql+psycopg"))
    try:
        # yoyo's own lock is a row that a killed process leaves behind; `_turn` is freed with its connection
        backend.init_database()
        backend.ensure_internal_schema_updated()
        waiting = backend.to_apply(yoyo.read_migrations(str(folder)))
        for migration in waiting:
            try:
                _apply_one(backend, migration)
            except Exception as error:
                raise MigrationFailed(f"{service}: {migration.id}: {_one_line(error)}") from error
        return len(waiting)
    finally:
        backend.connection.close()


def _apply_one(backend: Any, migration: Any) -> None:
    """Not by yoyo's apply_migrations(), which passes over a file that it cannot read and logs the name of the system's
    user: a container that runs under a bare number has none, and fails there.
    """
    with backend.copy() as own:
        migration.process_steps(own, "apply")
    with backend.transaction():
        backend.mark_one(migration, log=False)


@contextmanager
def _turn(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that holds the advisory lock: one replica at a time, and none for ever."""
    try:
        connection = psycopg.connect(_conninfo(url), autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        raise Unavailable(f"Postgres: {_one_line(error)}") from error
    with connection:
        try:
            connection.execute(f"set lock_timeout = '{_PATIENCE}s'")
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
        except psycopg.errors.LockNotAvailable as error:
            raise MigrationFailed(f"another process has been migrating for {_PATIENCE} s") from error
        yield connection


def _conninfo(url: str) -> str:
    return re.sub(r"\Apostgres(ql)?\+\w+://", "postgresql://", url)


def _url(url: str, scheme: str = "postgresql", **changed: str) -> str:
    """The same server, with another user or database or for another driver."""
    parts = {**psycopg.conninfo.conninfo_to_dict(_conninfo(url)), **changed}
    user, password, dbname = (quote(str(parts.pop(name, "") or ""), safe="") for name in ("user", "password", "dbname"))
    host, port = str(parts.pop("host", "") or ""), parts.pop("port", None)
    if host.startswith("/"):  # a socket's folder has no place in the authority
        parts["host"], host = host, ""
        port, parts = None, {**parts, **({"port": port} if port else {})}
    access = f"{user}:{password}@" if password else f"{user}@" if user else ""
    rest = urlencode({name: str(value) for name, value in parts.items() if value is not None})
    return f"{scheme}://{access}{host}{f':{port}' if port else ''}/{dbname}{'?' + rest if rest else ''}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
