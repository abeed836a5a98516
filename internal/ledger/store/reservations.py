"""The book of what was sold and what came back, and what it takes to write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from internal.ledger.domain import Reservation
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = [
    "Whose",
    "give_back",
    "learn_orders",
    "learn_showtime",
    "organization_of",
    "reservations_before",
    "seats_of",
    "turns_of",
    "whose",
    "write",
]

_WRITTEN = "id, event_id, organization_id, showtime_id, user_id, seat_ids, order_id, timestamp"


class Whose(msgspec.Struct, frozen=True):
    """What a fact of a sale does not name."""

    user_id: str
    event_id: str
    organization_id: str


class _WhoseOrder(Whose, frozen=True, kw_only=True):
    order_id: str


class _Seats(msgspec.Struct, frozen=True):
    order_id: str
    seat_ids: list[str]


class _Organization(msgspec.Struct, frozen=True):
    organization_id: str


async def learn_showtime(tx: Tx, showtime_id: str, event_id: str, organization_id: str) -> None:
    """None of it ever changes."""
    await execute(
        tx,
        "insert into known_showtimes (showtime_id, event_id, organization_id) values (%s, %s, %s)"
        " on conflict do nothing",
        [showtime_id, event_id, organization_id],
    )


async def learn_orders(tx: Tx, known: Mapping[str, tuple[str, str]]) -> None:
    """Of each, whose it is and of which showtime. In the order of their ids, as everybody who learns several."""
    rows = sorted(known.items())
    await execute(
        tx,
        "insert into known_orders (order_id, user_id, showtime_id)"
        " select * from unnest(%s::text[], %s::text[], %s::text[]) on conflict do nothing",
        [[order_id for order_id, _ in rows], [user for _, (user, _) in rows], [showtime for _, (_, showtime) in rows]],
    )


async def whose(tx: Tx, order_ids: Sequence[str]) -> dict[str, Whose]:
    """All that was learnt of these orders; one of which a part is missing is left out."""
    found = await many(
        tx,
        _WhoseOrder,
        "select order_id, user_id, event_id, organization_id from known_orders join known_showtimes using (showtime_id)"
        " where order_id = any(%s)",
        [list(order_ids)],
    )
    return {one.order_id: Whose(one.user_id, one.event_id, one.organization_id) for one in found}


async def organization_of(tx: Tx, entity: str) -> str | None:
    """Whose a showtime or an event is, as far as that was learnt."""
    found = await maybe(
        tx,
        _Organization,
        "select organization_id from known_showtimes where showtime_id = %(id)s or event_id = %(id)s limit 1",
        {"id": entity},
    )
    return found.organization_id if found else None


async def turns_of(tx: Tx, order_ids: Sequence[str]) -> None:
    """One writer for each order; it ends with the transaction. Everybody gives them in the order of their ids."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended('reserves ' || id, 0)) from unnest(%s::text[]) as id",
        [list(order_ids)],
    )


async def seats_of(tx: Tx, order_ids: Sequence[str]) -> dict[str, list[str]]:
    """All that the book says each of these orders bought."""
    found: dict[str, list[str]] = {order_id: [] for order_id in order_ids}
    sql = "select order_id, seat_ids from reservations where order_id = any(%s)"
    for row in await many(tx, _Seats, sql, [list(order_ids)]):
        found[row.order_id] += row.seat_ids
    return found


async def write(tx: Tx, new: Sequence[Reservation]) -> None:
    await execute(
        tx,
        f"insert into reservations ({_WRITTEN}) select {_WRITTEN}"
        " from jsonb_populate_recordset(null::reservations, %s)",
        [Jsonb([msgspec.structs.asdict(one) for one in new])],
    )


async def give_back(tx: Tx, order_id: str, seat_ids: Sequence[str], when: datetime) -> None:
    """A seat of an order comes back once."""
    await execute(
        tx,
        "insert into given_back (order_id, seat_id, timestamp) select %s, unnest(%s::text[]), %s"
        " on conflict do nothing",
        [order_id, list(seat_ids), when],
    )


_BEFORE = f"""
select {_WRITTEN}, back.seats as released_seat_ids, back.at as released_at
from reservations as written, lateral (
    select coalesce(array_agg(seat_id order by seat_id), '{{}}') as seats, max(timestamp) as at from given_back
    where given_back.order_id = written.order_id and seat_id = any(written.seat_ids)
) as back
where (%(user)s::text is null or user_id = %(user)s)
and (%(organization)s::text is null or organization_id = %(organization)s)
and (%(showtime)s::text is null or showtime_id = %(showtime)s)
and (%(position)s = '' or id < %(position)s)
order by id desc limit %(limit)s
"""


async def reservations_before(
    tx: Tx, *, user: str | None, organization: str | None, showtime: str | None, position: str, limit: int
) -> list[Reservation]:
    """The next ones, the newest first."""
    asked = {
        "user": user,
        "organization": organization,
        "showtime": showtime,
        "position": position,
        "limit": limit,
    }
    return await many(tx, Reservation, _BEFORE, asked)
