"""Claims: the holds that reached an order. Here a seat cannot be sold twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from internal.inventory.domain import HoldClaimed, SeatTaken
from internal.platform.postgres import Tx, execute, maybe

__all__ = [
    "Claim",
    "claim",
    "claim_of_hold",
    "claim_of_order",
    "drop",
    "last_claim_of_seat",
    "lock_order",
    "refund",
    "sell",
]

_CLAIM = "order_id, hold_id, showtime_id, user_id, seat_ids, fence, state"


class Claim(msgspec.Struct, frozen=True):
    """A hold that reached an order."""

    order_id: str
    hold_id: str
    showtime_id: str
    user_id: str
    seat_ids: list[str]
    fence: int
    state: Literal["claimed", "purchased", "released", "refunded"]


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
