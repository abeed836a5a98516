"""Claims: the holds that reached an order. Here a seat cannot be sold twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from internal.inventory.faults import SeatTaken
from internal.platform.postgres import Tx, execute, maybe

__all__ = [
    "Claim",
    "claim",
    "claim_of_hold",
    "claim_of_order",
    "claim_that_bought",
    "drop",
    "given_back",
    "last_claim_of_seat",
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


class _Moved(Claim, frozen=True):
    """A claim, and how many of its seats went its way."""

    seats: int

    def whole(self) -> Claim:
        if self.seats != len(self.seat_ids):
            raise SeatTaken
        return self


async def claim_of_order(tx: Tx, order_id: str, *, lock: bool = False) -> Claim | None:
    """The claim of an order, live or dropped; locked, so that commands about it take turns."""
    sql = f"select {_CLAIM} from holds where order_id = %s{' for update' if lock else ''}"
    return await maybe(tx, Claim, sql, [order_id])


async def claim_of_hold(tx: Tx, hold_id: str) -> Claim | None:
    """The live claim on a hold."""
    sql = f"select {_CLAIM} from holds where hold_id = %s and state in ('claimed', 'purchased')"
    return await maybe(tx, Claim, sql, [hold_id])


async def claim_that_bought(tx: Tx, hold_id: str) -> Claim | None:
    """The claim by which a hold was bought, refunded since or not."""
    one = f"select {_CLAIM} from holds where hold_id = %(hold)s and state ="  # one for each index
    return await maybe(tx, Claim, f"{one} 'purchased' union all {one} 'refunded' limit 1", {"hold": hold_id})


async def claim(
    tx: Tx, order_id: str, hold_id: str, showtime_id: str, user_id: str, saga_id: str, seat_ids: Sequence[str]
) -> Claim | None:
    """Claim these seats for the order: all of them, or `SeatTaken`. Here a seat cannot be sold twice.

    None if the order has a claim already, live or dropped, or the hold one of another order. The order's line is what
    commands about it wait for each other at.
    """
    made = await maybe(
        tx,
        _Moved,
        # In the order of their ids, so that two claims of overlapping seats wait for each other in one direction only.
        "with made as ("
        "  insert into holds (order_id, hold_id, showtime_id, user_id, saga_id, seat_ids, fence, state)"
        "  values (%(order)s, %(hold)s, %(showtime)s, %(user)s, %(saga)s, %(seats)s, nextval('fences'), 'claimed')"
        f" on conflict do nothing returning {_CLAIM}"
        "), taken as ("
        "  insert into seat_states (showtime_id, seat_id, state, order_id, user_id, fence)"
        "  select made.showtime_id, seat, 'claimed', made.order_id, made.user_id, made.fence"
        "  from made, unnest(made.seat_ids) seat order by seat on conflict do nothing returning 1"
        ") select made.*, (select count(*) from taken) as seats from made",
        {
            "order": order_id,
            "hold": hold_id,
            "showtime": showtime_id,
            "user": user_id,
            "saga": saga_id,
            "seats": list(seat_ids),
        },
    )
    return made and made.whole()


async def last_claim_of_seat(tx: Tx, showtime_id: str, seat_id: str) -> Claim | None:
    """The last order that had a seat which it has no more."""
    sql = (
        f"select {_CLAIM} from holds where showtime_id = %s and seat_ids @> array[%s] and state <> 'claimed'"
        " order by changed_at desc limit 1"
    )
    return await maybe(tx, Claim, sql, [showtime_id, seat_id])


async def drop(tx: Tx, order_id: str, saga_id: str) -> Claim | None:
    """Drop the order's claim, and remember that, so that a claim which comes late finds it dropped.

    First its line, then the seats: one statement would not see those of a claim that it had to wait for.
    """
    dropped = await maybe(
        tx,
        Claim,
        "insert into holds (order_id, hold_id, showtime_id, user_id, saga_id, seat_ids, fence, state)"
        " values (%s, '', '', '', %s, '{}', 0, 'released')"
        " on conflict (order_id) do update set state = 'released', changed_at = now()"
        f" where holds.state = 'claimed' returning {_CLAIM}",
        [order_id, saga_id],
    )
    if dropped is not None:
        await execute(tx, "delete from seat_states where order_id = %s and state = 'claimed'", [order_id])
    return dropped


async def sell(tx: Tx, order_id: str) -> Claim | None:
    """Turn the order's claim into sold seats; None if there is no claim to turn."""
    sold = await maybe(
        tx,
        _Moved,
        "with moved as ("
        "  update holds set state = 'purchased', changed_at = now() where order_id = %s and state = 'claimed'"
        f" returning {_CLAIM}"
        "), sold as ("
        "  update seat_states set state = 'sold', changed_at = now() from moved"
        "  where seat_states.order_id = moved.order_id and seat_states.state = 'claimed'"
        "  and seat_states.fence = moved.fence returning 1"
        ") select moved.*, (select count(*) from sold) as seats from moved",
        [order_id],
    )
    return sold and sold.whole()


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


async def given_back(tx: Tx, claim: Claim, seat_ids: Sequence[str] | None) -> list[str]:
    """Those seats of a claim that are the order's no more."""
    cursor = await tx.execute(
        "select seat from unnest(%s::text[]) as seat where (%s::text[] is null or seat = any(%s))"
        " and not exists (select from seat_states where order_id = %s and seat_id = seat)",
        [claim.seat_ids, seat_ids, seat_ids, claim.order_id],
    )
    return [row[0] for row in await cursor.fetchall()]
