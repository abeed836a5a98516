"""The book of what was sold and what came back, and what it takes to write it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from internal.ledger.domain import Reservation
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = [
    "Whose",
    "give_back",
    "learn_order",
    "learn_showtime",
    "organization_of",
    "reservations_before",
    "seats_of",
    "turn_of",
    "whose",
    "write",
]

_WRITTEN = "id, event_id, organization_id, showtime_id, user_id, seat_ids, order_id, timestamp"


class Whose(msgspec.Struct, frozen=True):
    """What a fact of a sale does not name."""

    user_id: str
    event_id: str
    organization_id: str


class _Seats(msgspec.Struct, frozen=True):
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


async def learn_order(tx: Tx, order_id: str, user_id: str, showtime_id: str) -> None:
    await execute(
        tx,
        "insert into known_orders (order_id, user_id, showtime_id) values (%s, %s, %s) on conflict do nothing",
        [order_id, user_id, showtime_id],
    )


async def whose(tx: Tx, order_id: str) -> Whose | None:
    """All that was learnt of an order, or nothing if a part of it is missing."""
    return await maybe(
        tx,
        Whose,
        "select user_id, event_id, organization_id from known_orders join known_showtimes using (showtime_id)"
        " where order_id = %s",
        [order_id],
    )


async def organization_of(tx: Tx, entity: str) -> str | None:
    """Whose a showtime or an event is, as far as that was learnt."""
    found = await maybe(
        tx,
        _Organization,
        "select organization_id from known_showtimes where showtime_id = %(id)s or event_id = %(id)s limit 1",
        {"id": entity},
    )
    return found.organization_id if found else None


async def turn_of(tx: Tx, order_id: str) -> None:
    """One writer for each order; it ends with the transaction."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reserves {order_id}"])


async def seats_of(tx: Tx, order_id: str) -> list[str]:
    """All that the book says this order bought."""
    rows = await many(tx, _Seats, "select seat_ids from reservations where order_id = %s", [order_id])
    return [seat for row in rows for seat in row.seat_ids]


async def write(tx: Tx, new: Reservation) -> None:
    await execute(
        tx,
        f"insert into reservations ({_WRITTEN}) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            new.id,
            new.event_id,
            new.organization_id,
            new.showtime_id,
            new.user_id,
            new.seat_ids,
            new.order_id,
            new.timestamp,
        ],
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
