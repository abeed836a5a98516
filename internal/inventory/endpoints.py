"""What others ask: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from internal.inventory.buying import Buying
from internal.inventory.claims import Claims
from internal.inventory.opening import Openings
from internal.inventory.store import counting
from internal.platform.bus import Endpoint
from internal.platform.postgres import Database
from proto.inventory import (
    BlockedSeats,
    Claim,
    Extend,
    GetClaim,
    GetHold,
    ListBlocked,
    ListHolds,
    ListSold,
    Open,
    Opened,
    Purchase,
    Refund,
    Release,
    SoldOrders,
    Take,
)

__all__ = ["endpoints"]

_MOST = 2_000  # rows of one answer: 200 kB of what NATS takes


def endpoints(claims: Claims, openings: Openings, buying: Buying, database: Database) -> Sequence[Endpoint[Any]]:
    """The answers of the inventory."""

    async def open_showtime(command: Open) -> Opened:
        await openings.open(command.showtime_id)
        return Opened(showtime_id=command.showtime_id)

    async def sold(asked: ListSold) -> SoldOrders:
        async with database.read() as tx:
            found = await counting.sold_after(tx, asked.showtime_id, asked.after, min(asked.limit, _MOST))
        return SoldOrders(sold=found, more=len(found) == min(asked.limit, _MOST))

    async def blocked(asked: ListBlocked) -> BlockedSeats:
        async with database.read() as tx:
            found = await counting.blocked_after(tx, asked.showtime_id, asked.after, min(asked.limit, _MOST))
        return BlockedSeats(blocked=found, more=len(found) == min(asked.limit, _MOST))

    return [
        Endpoint(ListSold, sold),
        Endpoint(ListBlocked, blocked),
        Endpoint(Open, open_showtime),
        Endpoint(Claim, claims.claim),
        Endpoint(GetClaim, claims.look),
        Endpoint(Release, claims.release),
        Endpoint(Purchase, claims.purchase),
        Endpoint(Refund, claims.refund),
        Endpoint(GetHold, buying.look),
        Endpoint(ListHolds, buying.own),
        Endpoint(Take, buying.take),
        Endpoint(Extend, buying.extend),
    ]
