"""After each run: is what the buyers were told true? Redis, Postgres and JetStream are read, not Aisle asked.

Reading and judging are apart, so that the judging can be shown to find what it is there to find.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from time import monotonic
from typing import cast

import psycopg
import redis
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from proto.inventory import HoldCreated
from proto.seatkeys import HELD, SHARDS, map_key, shard_of, tag_of

__all__ = ["Found", "Record", "found", "stored", "told_within", "verdict"]

Seat = tuple[str, str]  # showtime, seat

_PIECE = 1_000
_LOOK_EVERY = 0.02
_IN_FLIGHT = 64  # holds that were made while wrk hung up: one for each of its connections


@dataclass(frozen=True)
class Record:
    """A hold as Redis remembers it."""

    hold_id: str
    user_id: str
    showtime_id: str
    seats: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What the stores say of some showtimes."""

    records: list[Record] = field(default_factory=list)
    locks: dict[Seat, str] = field(default_factory=dict)  # who has the seat's lock: a hold, or an order
    held: dict[str, int] = field(default_factory=dict)  # seats that the map shows as held, of each showtime
    claims: list[tuple[Seat, str]] = field(default_factory=list)  # what Postgres says: seat, and the hold it came from


def verdict(
    found: Found, answered: Collection[str], created: int, earlier: AbstractSet[str] = frozenset()
) -> list[str]:
    """Everything that is wrong; empty when all is well.

    `answered` are the holds that a buyer was told 201 of, `created` the inventory.hold.created facts of the run,
    `earlier` the holds that were there before it.
    """
    wrong = _double_owners(found)
    records = {record.hold_id: record for record in found.records}
    missing = [hold for hold in answered if hold not in records]
    if missing:
        wrong.append(f"{len(missing)} holds were answered 201 and are not there, the first is {missing[0]}")
    for record in found.records:
        loose = [seat for seat in record.seats if found.locks.get((record.showtime_id, seat)) != record.hold_id]
        if loose:
            wrong.append(f"{record.hold_id} does not have the lock of {loose[0]} ({len(loose)} such seats)")
    made = records.keys() - earlier
    unheard = len(made - set(answered))
    if unheard > _IN_FLIGHT:
        wrong.append(f"{unheard} holds were made that nobody was told of; {_IN_FLIGHT} may be")
    seats = sum(len(record.seats) for record in found.records)
    if seats != sum(found.held.values()):
        wrong.append(f"the maps show {sum(found.held.values())} held seats, the holds have {seats}")
    if created != len(made):
        wrong.append(f"{created} holds were told on JetStream, {len(made)} were made")
    return wrong


def _double_owners(found: Found) -> list[str]:
    """Seats that two holds have, or that Postgres gives to another one than Redis."""
    owners: dict[Seat, set[str]] = {}
    for record in found.records:
        for seat in record.seats:
            owners.setdefault((record.showtime_id, seat), set()).add(record.hold_id)
    for place, hold in found.claims:
        owners.setdefault(place, set()).add(hold)
    return [
        f"seat {seat} of {showtime} has {len(holds)} owners: {', '.join(sorted(holds))}"
        for (showtime, seat), holds in owners.items()
        if len(holds) > 1
    ]


async def found(redis_url: str, database_url: str, showtimes: Sequence[str]) -> Found:
    """Read it all; on a thread, so that waiting for the facts goes on meanwhile."""
    return await asyncio.to_thread(_found, redis_url, database_url, showtimes)


def _found(redis_url: str, database_url: str, showtimes: Sequence[str]) -> Found:
    with redis.Redis.from_url(redis_url) as client:
        records = _records(client, set(showtimes))
        places = [(record.showtime_id, seat, record.hold_id) for record in records for seat in record.seats]
        owners = _values(client, [f"{tag_of(shard_of(show))}:seat:{show}:{seat}" for show, seat, _ in places])
        maps = _values(client, [map_key(showtime) for showtime in showtimes])
    return Found(
        records=records,
        locks={
            (showtime, seat): owner.decode()
            for (showtime, seat, _), owner in zip(places, owners, strict=True)
            if owner is not None
        },
        held={
            showtime: states.count(HELD.encode())
            for showtime, states in zip(showtimes, maps, strict=True)
            if states is not None
        },
        claims=_claims(database_url, showtimes),
    )


def _records(client: redis.Redis, showtimes: set[str]) -> list[Record]:
    records = []
    for shard in range(SHARDS):
        tag = tag_of(shard)
        holds = [hold.decode() for hold in cast("list[bytes]", client.zrange(f"{tag}:expiry", 0, -1))]
        known = cast("dict[bytes, bytes]", client.hgetall(f"{tag}:holds"))
        for hold in holds:
            text = known.get(hold.encode())
            if text is None:
                continue
            _, _, _, user, showtime, seats, _ = text.decode().split("|")
            if showtime in showtimes:
                records.append(Record(hold, user, showtime, tuple(seats.split(","))))
    return records


def _values(client: redis.Redis, keys: Sequence[str]) -> list[bytes | None]:
    values: list[bytes | None] = []
    for start in range(0, len(keys), _PIECE):
        values += cast("list[bytes | None]", client.mget(keys[start : start + _PIECE]))
    return values


def _claims(database_url: str, showtimes: Sequence[str]) -> list[tuple[Seat, str]]:
    with psycopg.connect(database_url) as database:
        rows = database.execute(
            "select s.showtime_id, s.seat_id, coalesce(h.hold_id, 'nobody') from seat_states s"
            " left join holds h using (order_id) where s.showtime_id = any(%s)",
            [list(showtimes)],
        ).fetchall()
    return [((showtime, seat), hold) for showtime, seat, hold in rows]


async def stored(stream: JetStreamContext, subject: str = HoldCreated.subject) -> int:
    """How many facts of this kind JetStream has."""
    try:
        info = await stream.stream_info("INVENTORY", subjects_filter=subject)
    except NotFoundError:
        return 0
    return (info.state.subjects or {}).get(subject, 0)


async def told_within(
    stream: JetStreamContext, expected: int, since: float, patience: float, subject: str = HoldCreated.subject
) -> tuple[float, int]:
    """Wait until JetStream has as many of these facts: the seconds since that moment, and how many there are."""
    while True:
        count, elapsed = await stored(stream, subject), monotonic() - since
        if count >= expected or elapsed > patience:
            return elapsed, count
        await asyncio.sleep(_LOOK_EVERY)
