"""The audit trail: appended under a lock, read by position or by what it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.types.json import Json

from internal.ledger.domain import AuditEvent, Head, Row, Said, entities_of
from internal.platform.postgres import Tx, execute, many, maybe, one

__all__ = [
    "append",
    "beyond_head",
    "first_naming",
    "hashes_at",
    "head",
    "known",
    "naming",
    "new_end",
    "row_at",
    "rows_between",
]

_ROW = "position, event_id, subject, time, actor, request_id, body, hash"
_LEAST = -(2**63)
_TABS = 4  # between the five texts of a row
_ODD = re.compile(r"[\\\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class _Head(msgspec.Struct, frozen=True):
    position: int
    hash: bytes


class _Id(msgspec.Struct, frozen=True):
    event_id: str


class _Position(msgspec.Struct, frozen=True):
    position: int


class _Row(msgspec.Struct, frozen=True):
    position: int
    event_id: str
    subject: str
    time: datetime
    actor: str
    request_id: str
    body: bytes
    hash: bytes

    def placed(self) -> Row:
        said = Said(self.event_id, self.subject, self.time.isoformat(), self.actor, self.request_id, self.body)
        return Row(self.position, said, self.hash)

    def shown(self) -> AuditEvent:
        return AuditEvent(
            position=self.position,
            id=self.event_id,
            subject=self.subject,
            time=self.time,
            actor=self.actor,
            request_id=self.request_id,
            body=_read(self.body),
            hash=self.hash.hex(),
        )


def _read(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:  # was told as it stands there, and is kept so
        return body.decode(errors="replace")


async def head(tx: Tx, *, lock: bool = False) -> Head:
    """The end of the chain; locked until the transaction ends, for whoever appends."""
    found = await one(tx, _Head, f"select position, hash from audit_head{' for update' if lock else ''}")
    return Head(found.position, found.hash)


async def known(tx: Tx, event_ids: Sequence[str]) -> set[str]:
    """Those of them that stand in the trail already."""
    sql = "select event_id from audit_events where event_id = any(array(select json_array_elements_text(%s)))"
    return {found.event_id for found in await many(tx, _Id, sql, [Json(event_ids)])}


async def append(tx: Tx, rows: Sequence[Row]) -> None:
    """All of them, by COPY; its text is made here, because psycopg takes 20 us for the row that it makes."""
    named = sorted([f"{entity}\t{row.position}\n" for row in rows for entity in entities_of(row.said)])
    async with tx.cursor() as cursor:
        async with cursor.copy(f"copy audit_events ({_ROW}) from stdin") as copy:
            await copy.write("".join(map(_line, rows)))
        async with cursor.copy("copy audit_entities (entity, position) from stdin") as copy:
            await copy.write("".join(named))
    last = rows[-1]
    await execute(tx, "update audit_head set position = %s, hash = %s", [last.position, last.hash])


def _line(row: Row) -> str:
    said = row.said
    texts = f"{said.event_id}\t{said.subject}\t{said.time}\t{said.actor}\t{said.request_id}"
    if _ODD.search(texts) or texts.count("\t") != _TABS:  # headers may hold anything; ours do not
        parts = (said.event_id, said.subject, said.time, said.actor, said.request_id)
        texts = "\t".join([part.translate(_ESCAPES) for part in parts])
    return f"{row.position}\t{texts}\t\\\\x{said.body.hex()}\t\\\\x{row.hash.hex()}\n"


async def rows_between(tx: Tx, after: int, end: int, limit: int) -> list[Row]:
    """The next rows of the chain. From the beginning, also those that claim to stand before it."""
    sql = f"select {_ROW} from audit_events where position > %s and position <= %s order by position limit %s"
    return [row.placed() for row in await many(tx, _Row, sql, [after or _LEAST, end, limit])]


async def beyond_head(tx: Tx) -> int | None:
    """A row behind the end of the chain, in one statement, because the chain grows meanwhile."""
    sql = (
        "select position from audit_events where position > (select position from audit_head) order by position limit 1"
    )
    found = await maybe(tx, _Position, sql)
    return found.position if found else None


async def new_end(tx: Tx) -> Head | None:
    """The end of the chain, if it was not taken for an anchor yet; it counts as taken from here on."""
    sql = "update audit_head set anchored = position where position not in (0, anchored) returning position, hash"
    found = await maybe(tx, _Head, sql)
    return Head(found.position, found.hash) if found else None


async def hashes_at(tx: Tx, positions: Sequence[int]) -> dict[int, bytes]:
    """Of those of these rows that are there."""
    sql = "select position, hash from audit_events where position = any(%s)"
    return {found.position: found.hash for found in await many(tx, _Head, sql, [list(positions)])}


async def row_at(tx: Tx, position: int) -> Row | None:
    rows = await many(tx, _Row, f"select {_ROW} from audit_events where position = %s", [position])
    return rows[0].placed() if rows else None


async def naming(tx: Tx, entity: str, before: int | None, limit: int) -> list[AuditEvent]:
    """The rows that name this thing, the newest first."""
    rows = await many(
        tx,
        _Row,
        f"select {_ROW} from audit_events join ("
        "  select position from audit_entities where entity = %(entity)s"
        "  and (%(before)s::bigint is null or position < %(before)s) order by position desc limit %(limit)s"
        " ) as named using (position) order by position desc",
        {"entity": entity, "before": before, "limit": limit},
    )
    return [row.shown() for row in rows]


async def first_naming(tx: Tx, entity: str, prefix: str) -> AuditEvent | None:
    """The first row that names it and whose subject begins so."""
    found = await maybe(
        tx,
        _Row,
        f"select {_ROW} from audit_entities join audit_events using (position)"
        " where entity = %s and starts_with(subject, %s) order by position limit 1",
        [entity, prefix],
    )
    return found.shown() if found else None
