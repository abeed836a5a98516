"""What Postgres remembers: showtimes and layouts as they were told, and the truth about every seat that is not free."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from internal.inventory.domain import HoldClaimed, SeatTaken
from internal.platform.postgres import Tx, execute, many, maybe
from proto.catalog import ShowtimeCanceled, ShowtimePublished, ShowtimeUpdated
from proto.seatmap import Point, Section

__all__ = [
    "Block",
    "Claim",
    "Layout",
    "SeatRow",
    "Showtime",
    "block",
    "blocks",
    "capacity",
    "claim",
    "claim_of_hold",
    "claim_of_order",
    "close_showtime",
    "drop",
    "keep_layout",
    "keep_showtime",
    "last_claim_of_seat",
    "layout",
    "lock_order",
    "publish_showtime",
    "refund",
    "seats",
    "sell",
    "showtime",
    "showtimes_of_event",
    "showtimes_on_sale",
    "unblock",
]

_SHOWTIME = """showtime_id, event_id, organization_id, layout_hash, starts_at, on_sale_from, on_sale_until,
    seats_per_buyer, hold_seconds, published and not closed as on_sale"""
_CLAIM = "order_id, hold_id, showtime_id, user_id, seat_ids, fence, state"


class Showtime(msgspec.Struct, frozen=True):
    """A showtime as far as the inventory needs it."""

    showtime_id: str
    event_id: str
    organization_id: str
    layout_hash: str
    starts_at: datetime
    on_sale_from: datetime | None
    on_sale_until: datetime | None
    seats_per_buyer: int
    hold_seconds: int
    on_sale: bool


class Layout(msgspec.Struct, frozen=True):
    """A layout: all its pages in one."""

    layout_hash: str
    focal_point: Point
    sections: list[Section]


class Claim(msgspec.Struct, frozen=True):
    """A hold that reached an order."""

    order_id: str
    hold_id: str
    showtime_id: str
    user_id: str
    seat_ids: list[str]
    fence: int
    state: str


class SeatRow(msgspec.Struct, frozen=True):
    """A seat that is not free."""

    seat_id: str
    state: str
    order_id: str | None
    user_id: str | None


class Block(msgspec.Struct, frozen=True, rename="camel"):
    """A seat that staff took off sale, and why."""

    seat_id: str
    reason: str
    changed_at: datetime


# -- showtimes and layouts -------------------------------------------------------------------------------------------


async def keep_showtime(tx: Tx, told: ShowtimePublished | ShowtimeUpdated, at: datetime) -> None:
    """What the catalog told, unless something newer is known; a layout stays what it was when sales began."""
    await execute(
        tx,
        "insert into showtimes (showtime_id, event_id, organization_id, layout_hash, starts_at, on_sale_from,"
        " on_sale_until, seats_per_buyer, hold_seconds, told_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (showtime_id) do update set"
        " layout_hash = case when showtimes.published then showtimes.layout_hash else excluded.layout_hash end,"
        " starts_at = excluded.starts_at, on_sale_from = excluded.on_sale_from,"
        " on_sale_until = excluded.on_sale_until, seats_per_buyer = excluded.seats_per_buyer,"
        " hold_seconds = excluded.hold_seconds, told_at = excluded.told_at"
        " where showtimes.told_at < excluded.told_at",
        [
            told.showtime_id,
            told.event_id,
            told.organization_id,
            told.layout_hash,
            told.starts_at,
            told.on_sale_from,
            told.on_sale_until,
            told.seats_per_buyer,
            told.hold_seconds,
            at,
        ],
    )


async def publish_showtime(tx: Tx, showtime_id: str) -> bool:
    """It is sold from now on; False if that was so, or it is cancelled."""
    sql = "update showtimes set published = true where showtime_id = %s and not published and not closed"
    return bool(await execute(tx, sql, [showtime_id]))


async def close_showtime(tx: Tx, told: ShowtimeCanceled) -> bool:
    """Nothing of it is sold, now or when its publication comes late; False if nothing of it was sold before."""
    sql = "update showtimes set closed = true where showtime_id = %s and published and not closed"
    was_sold = await execute(tx, sql, [told.showtime_id])
    await execute(
        tx,
        "insert into showtimes (showtime_id, event_id, organization_id, layout_hash, starts_at, seats_per_buyer,"
        " hold_seconds, closed, told_at) values (%s, %s, %s, '', now(), 1, 1, true, '-infinity')"
        " on conflict (showtime_id) do update set closed = true",
        [told.showtime_id, told.event_id, told.organization_id],
    )
    return bool(was_sold)


async def showtime(tx: Tx, showtime_id: str) -> Showtime | None:
    """One showtime."""
    return await maybe(tx, Showtime, f"select {_SHOWTIME} from showtimes where showtime_id = %s", [showtime_id])


async def showtimes_of_event(tx: Tx, event_id: str) -> list[Showtime]:
    """An event's showtimes of which seats are sold, the earliest first."""
    sql = (
        f"select {_SHOWTIME} from showtimes where event_id = %s and published and not closed"
        " order by starts_at, showtime_id"
    )
    return await many(tx, Showtime, sql, [event_id])


async def showtimes_on_sale(tx: Tx, after: str, limit: int) -> list[Showtime]:
    """Showtimes that are not over, in the order of their ids."""
    sql = (
        f"select {_SHOWTIME} from showtimes where published and not closed and starts_at > now() - interval '1 day'"
        " and showtime_id > %s order by showtime_id limit %s"
    )
    return await many(tx, Showtime, sql, [after, limit])


async def keep_layout(tx: Tx, layout: Layout, capacity: int) -> None:
    """A layout, for ever: its hash is its name."""
    body = zlib.compress(msgspec.msgpack.encode(layout), 1)
    sql = "insert into layouts (layout_hash, capacity, body) values (%s, %s, %s) on conflict do nothing"
    await execute(tx, sql, [layout.layout_hash, capacity, body])


async def layout(tx: Tx, layout_hash: str) -> Layout | None:
    """A layout."""
    cursor = await tx.execute("select body from layouts where layout_hash = %s", [layout_hash])
    row = await cursor.fetchone()
    return None if row is None else msgspec.msgpack.decode(zlib.decompress(row[0]), type=Layout)


async def capacity(tx: Tx, layout_hash: str) -> int:
    """How many places a layout has."""
    cursor = await tx.execute("select capacity from layouts where layout_hash = %s", [layout_hash])
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


# -- claims ----------------------------------------------------------------------------------------------------------


async def lock_order(tx: Tx, order_id: str) -> None:
    """Commands about one order one after another, even before there is a row to lock."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [order_id])


async def claim_of_order(tx: Tx, order_id: str) -> Claim | None:
    """The claim of an order, live or dropped."""
    return await maybe(tx, Claim, f"select {_CLAIM} from holds where order_id = %s", [order_id])


async def claim_of_hold(tx: Tx, hold_id: str) -> Claim | None:
    """The live claim on a hold."""
    sql = f"select {_CLAIM} from holds where hold_id = %s and state in ('claimed', 'purchased')"
    return await maybe(tx, Claim, sql, [hold_id])


async def claim(
    tx: Tx, order_id: str, hold_id: str, showtime_id: str, user_id: str, saga_id: str, seat_ids: Sequence[str]
) -> Claim:
    """Claim these seats for the order: all of them, or `SeatTaken`. Here a seat cannot be sold twice."""
    made = await maybe(
        tx,
        Claim,
        "insert into holds (order_id, hold_id, showtime_id, user_id, saga_id, seat_ids, fence, state)"
        f" values (%s, %s, %s, %s, %s, %s, nextval('fences'), 'claimed') on conflict do nothing returning {_CLAIM}",
        [order_id, hold_id, showtime_id, user_id, saga_id, list(seat_ids)],
    )
    if made is None:
        raise HoldClaimed
    # In the order of their ids, so that two claims of overlapping seats wait for each other in one direction only.
    taken = await execute(
        tx,
        "insert into seat_states (showtime_id, seat_id, state, order_id, user_id, fence)"
        " select %s, seat, 'claimed', %s, %s, %s from unnest(%s::text[]) seat order by seat on conflict do nothing",
        [showtime_id, order_id, user_id, made.fence, list(seat_ids)],
    )
    if taken != len(seat_ids):
        raise SeatTaken
    return made


async def last_claim_of_seat(tx: Tx, showtime_id: str, seat_id: str) -> Claim | None:
    """The last order that had a seat which it has no more."""
    sql = (
        f"select {_CLAIM} from holds where showtime_id = %s and seat_ids @> array[%s] and state <> 'claimed'"
        " order by changed_at desc limit 1"
    )
    return await maybe(tx, Claim, sql, [showtime_id, seat_id])


async def drop(tx: Tx, order_id: str, saga_id: str) -> Claim | None:
    """Drop the order's claim, and remember that, so that a claim which comes late finds it dropped."""
    await execute(tx, "delete from seat_states where order_id = %s and state = 'claimed'", [order_id])
    return await maybe(
        tx,
        Claim,
        "insert into holds (order_id, hold_id, showtime_id, user_id, saga_id, seat_ids, fence, state)"
        " values (%s, '', '', '', %s, '{}', 0, 'released')"
        " on conflict (order_id) do update set state = 'released', changed_at = now()"
        f" where holds.state = 'claimed' returning {_CLAIM}",
        [order_id, saga_id],
    )


async def sell(tx: Tx, order_id: str) -> Claim | None:
    """Turn the order's claim into sold seats; None if there is no claim to turn."""
    sold = await maybe(
        tx,
        Claim,
        "update holds set state = 'purchased', changed_at = now() where order_id = %s and state = 'claimed'"
        f" returning {_CLAIM}",
        [order_id],
    )
    if sold is not None:
        changed = await execute(
            tx,
            "update seat_states set state = 'sold', changed_at = now()"
            " where order_id = %s and state = 'claimed' and fence = %s",
            [order_id, sold.fence],
        )
        if changed != len(sold.seat_ids):
            raise SeatTaken
    return sold


async def refund(tx: Tx, order_id: str, seat_ids: Sequence[str] | None) -> list[str]:
    """Give sold seats of the order back; which ones went."""
    cursor = await tx.execute(
        "delete from seat_states where order_id = %s and state = 'sold'"
        " and (%s::text[] is null or seat_id = any(%s)) returning seat_id",
        [order_id, seat_ids, seat_ids],
    )
    freed = [row[0] for row in await cursor.fetchall()]
    await execute(
        tx,
        "update holds set state = 'refunded', changed_at = now() where order_id = %s and state = 'purchased'"
        " and not exists (select from seat_states where order_id = %s)",
        [order_id, order_id],
    )
    return freed


# -- seats -----------------------------------------------------------------------------------------------------------


async def seats(tx: Tx, showtime_id: str) -> list[SeatRow]:
    """Every seat of a showtime that is not free."""
    sql = "select seat_id, state, order_id, user_id from seat_states where showtime_id = %s"
    return await many(tx, SeatRow, sql, [showtime_id])


async def block(tx: Tx, showtime_id: str, seat_ids: Sequence[str], user_id: str, reason: str) -> None:
    """Take seats off sale, all or none; blocking a blocked seat changes its reason."""
    changed = await execute(
        tx,
        "insert into seat_states (showtime_id, seat_id, state, user_id, reason)"
        " select %s, seat, 'blocked', %s, %s from unnest(%s::text[]) seat order by seat"
        " on conflict (showtime_id, seat_id) do update set reason = excluded.reason"
        " where seat_states.state = 'blocked'",
        [showtime_id, user_id, reason, list(seat_ids)],
    )
    if changed != len(seat_ids):
        raise SeatTaken


async def unblock(tx: Tx, showtime_id: str, seat_ids: Sequence[str]) -> list[str]:
    """Put blocked seats on sale again; which ones were."""
    cursor = await tx.execute(
        "delete from seat_states where showtime_id = %s and state = 'blocked' and seat_id = any(%s) returning seat_id",
        [showtime_id, list(seat_ids)],
    )
    return [row[0] for row in await cursor.fetchall()]


async def blocks(tx: Tx, showtime_id: str) -> list[Block]:
    """What is off sale, and why."""
    sql = "select seat_id, reason, changed_at from seat_states where showtime_id = %s and state = 'blocked' order by 1"
    return await many(tx, Block, sql, [showtime_id])
