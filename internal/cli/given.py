"""Servers that the operator names by URL: tried before anything starts, so that a wrong one is one line at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import psycopg

from internal.cli.trouble import BadSetting, ServerUnusable

__all__ = ["try_given"]

_PATIENCE = 5  # seconds: more than a far server needs, less than an operator wonders
_SCHEMES = {
    "AISLE_NATS_URL": ({"nats", "tls", "ws", "wss"}, 4222),
    "AISLE_REDIS_URL": ({"redis", "rediss", "valkey", "valkeys"}, 6379),
    "AISLE_DATABASE_URL": ({"postgresql", "postgres"}, 5432),
}


async def try_given(given: Mapping[str, str]) -> None:
    """Raises for the first URL that is not of its kind or has nobody behind it."""
    for name, url in given.items():
        parts = _parsed(name, url)
        try:
            async with asyncio.timeout(_PATIENCE):
                await (_session(name, url) if name == "AISLE_DATABASE_URL" else _open(name, parts))
        except TimeoutError:
            raise ServerUnusable(f"{name}: {parts.hostname} does not answer within {_PATIENCE} s") from None


def _parsed(name: str, url: str) -> SplitResult:
    schemes, _ = _SCHEMES[name]
    try:
        parts = urlsplit(url.split(",", maxsplit=1)[0])  # of a cluster's URLs the first
        _ = parts.port  # raises when it is no number
    except ValueError as error:
        raise BadSetting(f"{name}: {error}") from error
    if parts.scheme not in schemes or not (parts.hostname or name == "AISLE_DATABASE_URL"):
        raise BadSetting(f"{name} must be of the form {min(schemes)}://host:port")
    return parts


async def _open(name: str, parts: SplitResult) -> None:
    port = parts.port or _SCHEMES[name][1]
    try:
        _, writer = await asyncio.open_connection(parts.hostname, port)
    except OSError as error:
        raise ServerUnusable(
            f"{name}: nobody answers at {parts.hostname}:{port} ({error.strerror or error})"
        ) from error
    writer.close()


async def _session(name: str, url: str) -> None:
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=_PATIENCE):
            return
    except psycopg.OperationalError as error:
        raise ServerUnusable(f"{name}: {' '.join(str(error).split())}") from error
    except psycopg.ProgrammingError as error:
        raise BadSetting(f"{name}: {' '.join(str(error).split())}") from error
