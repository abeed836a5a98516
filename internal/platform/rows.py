"""Rows as the structs they stand for, so that a store says its SQL and nothing else.

`await one(tx, Hold, "select id, state from holds where id = %s", [hold_id])`: each column fills the field of its name.
`class_row` of psycopg would do for plain fields; this also makes enums and nested structs of texts and jsonb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec
from psycopg import AsyncConnection, AsyncCursor, Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed

__all__ = ["execute", "many", "maybe", "one", "struct_row"]

T = TypeVar("T")
Sql = str | bytes | SQL | Composed
Params = Sequence[Any] | Mapping[str, Any] | None

_PLAIN = (str, int, float, bool, bytes, datetime, date, Any)


def struct_row(kind: type[T]) -> Callable[[AsyncCursor[Any] | Cursor[Any]], Callable[[Sequence[Any]], T]]:
    """A row factory for psycopg: the row as one of these (a struct, a dataclass, or anything with named arguments)."""

    def for_cursor(cursor: AsyncCursor[Any] | Cursor[Any]) -> Callable[[Sequence[Any]], T]:
        names = [column.name for column in cursor.description or ()]
        converted = [(name, into) for name, into in _converted(cast("Any", kind)) if name in names]

        def make(values: Sequence[Any]) -> T:
            fields = dict(zip(names, values, strict=True))
            for name, into in converted:
                fields[name] = msgspec.convert(fields[name], into)
            return kind(**fields)

        return make

    return for_cursor


@lru_cache(maxsize=1024)  # more structs than the whole system has
def _converted(kind: type[Any]) -> list[tuple[str, Any]]:
    """The fields that psycopg's own types do not fill: enums, nested structs, tuples."""
    if not issubclass(kind, msgspec.Struct):
        return []
    plain = {*_PLAIN, *(given | None for given in _PLAIN if given is not Any)}
    return [(field.name, field.type) for field in msgspec.structs.fields(kind) if field.type not in plain]


async def many(tx: AsyncConnection[TupleRow], kind: type[T], sql: Sql, params: Params = None) -> list[T]:
    """All rows."""
    async with tx.cursor(row_factory=cast("Any", struct_row(kind))) as cursor:
        await cursor.execute(sql, params)
        return cast("list[T]", await cursor.fetchall())


async def maybe(tx: AsyncConnection[TupleRow], kind: type[T], sql: Sql, params: Params = None) -> T | None:
    """The first row, or None."""
    async with tx.cursor(row_factory=cast("Any", struct_row(kind))) as cursor:
        await cursor.execute(sql, params)
        return cast("T | None", await cursor.fetchone())


async def one(tx: AsyncConnection[TupleRow], kind: type[T], sql: Sql, params: Params = None) -> T:
    """The row that must be there: `returning`, counts, and what a foreign key vouches for."""
    found = await maybe(tx, kind, sql, params)
    if found is None:
        raise LookupError(f"no row for {kind.__name__}")
    return found


async def execute(tx: AsyncConnection[TupleRow], sql: Sql, params: Params = None) -> int:
    """How many rows the statement changed."""
    cursor = await tx.execute(sql, params)
    return cursor.rowcount
