"""The price tiers of a showtime. If-Match takes the showtime's ETag: a price is a part of it."""

from __future__ import annotations

from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from internal.catalog.domain import Tier
from internal.catalog.faults import (
    AlreadyCanceled,
    ChangedMeanwhile,
    FrozenByPublication,
    ShowtimeUnknown,
    TierTaken,
    TierUnknown,
    TooManyTiers,
)
from internal.catalog.handlers import Showtimes, Tiers
from internal.catalog.http.answers import expected_of, made
from internal.catalog.http.forms import IfMatch, NewTier, TierChange, utc_changes_of
from internal.platform.http import Page, RouteHandler, json_answer, member_of, problems, visitor_of
from internal.platform.http.forms import Web
from internal.platform.http.once import IdempotencyKey, once_of
from internal.platform.idempotency import InFlight, KeyReused
from internal.platform.roles import NotAllowedHere

__all__ = ["routes"]

_OWNED = (ShowtimeUnknown, NotAllowedHere, ChangedMeanwhile, AlreadyCanceled)


def routes(tiers: Tiers, showtimes: Showtimes) -> list[RouteHandler]:
    """All of them."""

    @get("/api/showtimes/{showtime_id:str}/tiers", tags=["tiers"], responses=problems(ShowtimeUnknown, NotAllowedHere))
    async def list_tiers(request: Web, showtime_id: FromPath[str]) -> Response[Page[Tier]]:
        """A showtime's prices, all on one page."""
        found = await showtimes.get(visitor_of(request).principal, showtime_id)
        answer: Response[Any] = json_answer(request, Page(items=list(found.tiers)))
        return answer

    @post(
        "/api/showtimes/{showtime_id:str}/tiers",
        status_code=201,
        tags=["tiers"],
        responses=problems(*_OWNED, TierTaken, TooManyTiers, KeyReused, InFlight),
    )
    async def add_tier(
        request: Web,
        showtime_id: FromPath[str],
        data: JSONBody[NewTier],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Tier]:
        """One more price. For the organization's staff."""
        once = await once_of(request, idempotency_key)
        who = member_of(request)
        tier = await tiers.add(who, showtime_id, data.name, data.price, expected_of(if_match), once)
        return made(tier, location=f"/api/showtimes/{showtime_id}/tiers/{tier.id}", status=201)

    @patch(
        "/api/showtimes/{showtime_id:str}/tiers/{tier_id:str}",
        tags=["tiers"],
        responses=problems(*_OWNED, TierUnknown, TierTaken, FrozenByPublication),
    )
    async def change_tier(
        request: Web,
        showtime_id: FromPath[str],
        tier_id: FromPath[str],
        data: JSONBody[TierChange],
        if_match: IfMatch = None,
    ) -> Response[Tier]:
        """Another price, for whoever buys from now on; of a draft also another name. For the organization's staff."""
        who = member_of(request)
        return made(await tiers.change(who, showtime_id, tier_id, utc_changes_of(data), expected_of(if_match)))

    @delete(
        "/api/showtimes/{showtime_id:str}/tiers/{tier_id:str}",
        tags=["tiers"],
        responses=problems(*_OWNED, TierUnknown, FrozenByPublication),
    )
    async def remove_tier(
        request: Web, showtime_id: FromPath[str], tier_id: FromPath[str], if_match: IfMatch = None
    ) -> None:
        """Take a price out of a draft. For the organization's staff."""
        await tiers.remove(member_of(request), showtime_id, tier_id, expected_of(if_match))

    return [list_tiers, add_tier, change_tier, remove_tier]
