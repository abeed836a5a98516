"""Check-ins: each time that a code was shown at a door, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from internal.orders.admission import Pass, Ruling, Way
from internal.platform.postgres import Tx, execute, many, maybe, one

__all__ = ["Checkin", "Counts", "Standing", "Told", "add", "after", "counts", "passes", "rule", "told", "turn"]

Standing = Literal["counted", "conflict", "refused"]


class Told(msgspec.Struct, frozen=True):
    """What was answered to a nonce, and to which question."""

    mark: bytes
    answer: Ruling


class Checkin(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A line of the door's book. `counted`: somebody went through; `conflict`: somebody did, and should not have."""

    id: str
    showtime_id: str
    ticket_id: str | None
    seat_id: str
    type: Way
    gate: str
    at: datetime
    received_at: datetime
    user_id: str
    standing: Standing
    reason: str


class Counts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How full the house is: good tickets; those that came in ever, and are in now; and what went wrong."""

    tickets: int
    entered: int
    inside: int
    conflicts: int
    refused: int


_CHECKINS = (
    "select id, showtime_id, ticket_id, seat_id, type, gate, at, received_at, user_id, standing, reason from checkins"
)


async def turn(tx: Tx, organization_id: str, nonce: str) -> None:
    """A nonce that comes twice at once waits for its first answer."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"nonce {organization_id} {nonce}"])


async def told(tx: Tx, organization_id: str, nonce: str) -> Told | None:
    return await maybe(
        tx,
        Told,
        "select mark, answer from checkins where organization_id = %s and nonce = %s",
        [organization_id, nonce],
    )


async def add(tx: Tx, new: Checkin, organization_id: str, nonce: str, mark: bytes, answer: Ruling) -> None:
    """Write down what was answered."""
    await execute(
        tx,
        "insert into checkins (id, showtime_id, ticket_id, seat_id, type, gate, at, received_at, user_id, standing,"
        " reason, organization_id, nonce, mark, answer) values (%(id)s, %(showtime_id)s, %(ticket_id)s, %(seat_id)s,"
        " %(type)s, %(gate)s, %(at)s, %(received_at)s, %(user_id)s, %(standing)s, %(reason)s, %(organization_id)s,"
        " %(nonce)s, %(mark)s, %(answer)s::text::jsonb)",
        {
            **msgspec.structs.asdict(new),
            "organization_id": organization_id,
            "nonce": nonce,
            "mark": mark,
            "answer": msgspec.json.encode(answer).decode(),
        },
    )


async def passes(tx: Tx, ticket_id: str) -> list[Pass]:
    """Whoever went through with this ticket; lock the ticket first."""
    return await many(
        tx,
        Pass,
        "select id, type, at, gate, standing from checkins where ticket_id = %s and standing <> 'refused'",
        [ticket_id],
    )


async def rule(tx: Tx, changed: Sequence[Pass]) -> None:
    """These stand otherwise than was thought when they were written down."""
    for one_pass in changed:
        await execute(tx, "update checkins set standing = %s where id = %s", [one_pass.standing, one_pass.id])


async def after(tx: Tx, showtime_id: str, position: str | None, standing: Standing | None, limit: int) -> list[Checkin]:
    """The next lines, the newest first."""
    params: dict[str, Any] = {"showtime": showtime_id, "position": position, "standing": standing, "limit": limit}
    return await many(
        tx,
        Checkin,
        _CHECKINS + " where showtime_id = %(showtime)s and (%(position)s::text is null or id < %(position)s)"
        " and (%(standing)s::text is null or standing = %(standing)s) order by id desc limit %(limit)s",
        params,
    )


async def counts(tx: Tx, showtime_id: str) -> Counts:
    return await one(
        tx,
        Counts,
        "select count(*) filter (where revoked_by is null) as tickets,"
        " count(*) filter (where entered_at is not null) as entered, count(*) filter (where inside) as inside,"
        " (select count(*) from checkins where showtime_id = %(id)s and standing = 'conflict') as conflicts,"
        " (select count(*) from checkins where showtime_id = %(id)s and standing = 'refused') as refused"
        " from tickets where showtime_id = %(id)s",
        {"id": showtime_id},
    )
