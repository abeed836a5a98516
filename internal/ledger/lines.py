"""Rows as a stream of lines, for people with a spreadsheet and for programs."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Sequence
from io import StringIO
from typing import Any

import msgspec

__all__ = ["CSV", "NDJSON", "csv_lines", "json_lines"]

CSV, NDJSON = "text/csv; charset=utf-8", "application/x-ndjson"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would calculate a cell that begins so


async def json_lines(chunks: AsyncIterator[Sequence[msgspec.Struct]]) -> AsyncIterator[bytes]:
    """One object a line."""
    encoder = msgspec.json.Encoder()
    async for rows in chunks:
        yield encoder.encode_lines(rows)


async def csv_lines(kind: type[msgspec.Struct], chunks: AsyncIterator[Sequence[Any]]) -> AsyncIterator[bytes]:
    """A head with the fields' names, then one row a line; what is no plain value is JSON within its cell."""
    names = [field.encode_name for field in msgspec.structs.fields(kind)]
    yield _written([names])
    async for rows in chunks:
        yield _written([[_cell(value) for value in msgspec.to_builtins(row).values()] for row in rows])


def _written(rows: Sequence[Sequence[Any]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = " ".join(value)
    elif isinstance(value, list | dict):
        value = msgspec.json.encode(value).decode()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
