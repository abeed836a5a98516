"""Tables read side by side in the order of one key: what belongs together arrives together, and little at a time.

Each table is a cursor of the server, sorted there. A slice is all rows of all tables up to a key that every cursor has
passed; so a million orders are checked in the memory of some thousands, or of the largest showtime.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection, AsyncServerCursor

from internal.cli.check.tables import By, Table

__all__ = ["Lost", "Stream", "side_by_side"]

_AT_ONCE = 2_000  # rows of each table: a millisecond's work between two round trips


class Lost(Exception):  # noqa: N818 - told as what could not be read
    """A table that could not be read to its end."""

    def __init__(self, table: Table, error: psycopg.Error) -> None:
        super().__init__(" ".join(str(error).split()))
        self.table = table


class Stream:
    """The rows of one table by one key, as far as they are read and not handed on."""

    def __init__(self, connection: AsyncConnection[Any], table: Table, by: By) -> None:
        self.table = table
        self.ended = False
        self._by = by
        self._cursor: AsyncServerCursor[Any] = connection.cursor(name=f"{table.field}_{by.value}")
        self._names: list[str] = []
        self._keys: list[str] = []
        self._rows: list[Any] = []

    async def fill(self, *, further: bool = False) -> None:
        """So many as there should be at once; `further`: as many more."""
        if self.ended or (len(self._rows) >= _AT_ONCE and not further):
            return
        try:
            if not self._names:
                await self._cursor.execute(self.table.keyed(self._by))
                self._names = [column.name for column in self._cursor.description or ()][1:]
            found = await self._cursor.fetchmany(_AT_ONCE)
        except psycopg.Error as error:
            raise Lost(self.table, error) from error
        self.ended = len(found) < _AT_ONCE
        for key, *values in found:
            self._keys.append(key)
            self._rows.append(msgspec.convert(dict(zip(self._names, values, strict=True)), self.table.kind))

    async def close(self) -> None:
        """The server sorts no more for it."""
        if not self._cursor.closed and not self._cursor.connection.closed:
            await self._cursor.close()

    @property
    def reached(self) -> str:
        """The last key that was read; more rows of it may follow."""
        return self._keys[-1]

    def take(self, edge: str | None) -> list[Any]:
        """The rows before this key; None: all."""
        at = len(self._keys) if edge is None else bisect_left(self._keys, edge)
        taken, self._rows, self._keys = self._rows[:at], self._rows[at:], self._keys[at:]
        return taken


async def side_by_side(streams: Sequence[Stream]) -> AsyncGenerator[dict[str, list[Any]], None]:
    """Slice after slice, by the tables' fields; each with all rows of its keys."""
    while True:
        for stream in streams:
            await stream.fill()
        edge = min((stream.reached for stream in streams if not stream.ended), default=None)
        taken = {stream.table.field: stream.take(edge) for stream in streams}
        if any(taken.values()):
            yield taken
        if edge is None:
            return
        for stream in streams:
            if not stream.ended and stream.reached == edge and not any(taken.values()):
                await stream.fill(further=True)  # a key with more rows than are read at once
