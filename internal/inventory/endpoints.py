"""What others ask: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from internal.inventory.buying import Buying
from internal.inventory.claims import Claims
from internal.inventory.opening import Openings
from internal.platform.bus import Endpoint
from proto.inventory import Claim, Extend, GetClaim, GetHold, Open, Opened, Purchase, Refund, Release, Take

__all__ = ["endpoints"]


def endpoints(claims: Claims, openings: Openings, buying: Buying) -> Sequence[Endpoint[Any]]:
    """The answers of the inventory."""

    async def open_showtime(command: Open) -> Opened:
        await openings.open(command.showtime_id)
        return Opened(showtime_id=command.showtime_id)

    return [
        Endpoint(Open, open_showtime),
        Endpoint(Claim, claims.claim),
        Endpoint(GetClaim, claims.look),
        Endpoint(Release, claims.release),
        Endpoint(Purchase, claims.purchase),
        Endpoint(Refund, claims.refund),
        Endpoint(GetHold, buying.look),
        Endpoint(Take, buying.take),
        Endpoint(Extend, buying.extend),
    ]
