"""Showtimes: planned, shown, changed, put on sale, cancelled."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from internal.catalog.domain import Showtime, Status
from internal.catalog.faults import (
    AlreadyCanceled,
    AlreadyPublished,
    BadTerms,
    ChangedMeanwhile,
    EventNotPublished,
    EventUnknown,
    FrozenByPublication,
    LayoutMissing,
    NotPublished,
    ReferenceUnknown,
    ShowtimeOver,
    ShowtimeUnknown,
    TiersMissing,
    TierTaken,
    TooManyShowtimes,
    TooManyTiers,
)
from internal.catalog.handlers import Showtimes
from internal.catalog.http.answers import PRIVATE, PUBLIC, dated_position, expected_of, made, sent
from internal.catalog.http.forms import Cancellation, IfMatch, NewShowtime, ShowtimeChange
from internal.catalog.http.forms import utc_changes_of as changes
from internal.platform.http import Page, RouteHandler, cursor_of, json_answer, member_of, problems, visitor_of
from internal.platform.http.forms import Cursor, PageLimit, Web
from internal.platform.http.once import IdempotencyKey, once_of
from internal.platform.idempotency import InFlight, KeyReused
from internal.platform.roles import NotAllowedHere

__all__ = ["routes"]

_KEYED = (KeyReused, InFlight)
_OWNED = (ShowtimeUnknown, EventUnknown, NotAllowedHere, ChangedMeanwhile, AlreadyCanceled)
Drafts = Annotated[bool, QueryParameter(description="Drafts too; for the organization's staff")]


def routes(showtimes: Showtimes) -> list[RouteHandler]:
    """All of them."""
    return [*_of_event(showtimes), *_of_one(showtimes), *_staging(showtimes)]


def _of_event(showtimes: Showtimes) -> list[RouteHandler]:
    @get("/api/events/{event_id:str}/showtimes", tags=["showtimes"], responses=problems(EventUnknown, NotAllowedHere))
    async def list_showtimes(
        request: Web, event_id: FromPath[str], limit: PageLimit = 50, cursor: Cursor = None, drafts: Drafts = False
    ) -> Response[Page[Showtime]]:
        """An event's showtimes with their prices, the earliest first."""
        position, principal = dated_position(cursor, "showtime"), visitor_of(request).principal
        found = await showtimes.of_event(principal, event_id, position, limit, drafts=drafts)
        last = (found[-1].starts_at.isoformat(), found[-1].id) if len(found) == limit else None
        page = Page(items=found, next_cursor=None if last is None else cursor_of(*last))
        return _typed(json_answer(request, page))

    @post(
        "/api/events/{event_id:str}/showtimes",
        status_code=201,
        tags=["showtimes"],
        responses=problems(
            EventUnknown,
            NotAllowedHere,
            AlreadyCanceled,
            ReferenceUnknown,
            BadTerms,
            TierTaken,
            TooManyTiers,
            TooManyShowtimes,
            *_KEYED,
        ),
    )
    async def add_showtime(
        request: Web, event_id: FromPath[str], data: JSONBody[NewShowtime], idempotency_key: IdempotencyKey = None
    ) -> Response[Showtime]:
        """Plan a showtime, perhaps with its prices. For the organization's staff."""
        once = await once_of(request, idempotency_key)
        terms = changes(data)
        tiers = [(tier.name, tier.price) for tier in terms.pop("tiers")]
        showtime = await showtimes.add(member_of(request), event_id, terms, tiers, once)
        return made(showtime, version=showtime.version, location=f"/api/showtimes/{showtime.id}", status=201)

    return [list_showtimes, add_showtime]


def _of_one(showtimes: Showtimes) -> list[RouteHandler]:
    @get("/api/showtimes/{showtime_id:str}", tags=["showtimes"], responses=problems(ShowtimeUnknown, NotAllowedHere))
    async def get_showtime(request: Web, showtime_id: FromPath[str]) -> Response[Showtime]:
        """One showtime with its prices. A draft for its organization's staff only."""
        found = await showtimes.get(visitor_of(request).principal, showtime_id)
        body, tag = sent(found, found.version)
        cache = PRIVATE if found.status is Status.DRAFT else PUBLIC
        return _typed(json_answer(request, body, etag=tag, cache=cache))

    @patch(
        "/api/showtimes/{showtime_id:str}",
        tags=["showtimes"],
        responses=problems(*_OWNED, ReferenceUnknown, BadTerms, FrozenByPublication),
    )
    async def change_showtime(
        request: Web, showtime_id: FromPath[str], data: JSONBody[ShowtimeChange], if_match: IfMatch = None
    ) -> Response[Showtime]:
        """Change what is given; once it is published, neither venue nor currency. For the organization's staff."""
        found = await showtimes.change(member_of(request), showtime_id, changes(data), expected_of(if_match))
        return made(found, version=found.version)

    @delete("/api/showtimes/{showtime_id:str}", tags=["showtimes"], responses=problems(*_OWNED, FrozenByPublication))
    async def remove_showtime(request: Web, showtime_id: FromPath[str], if_match: IfMatch = None) -> None:
        """Throw a draft away. What is published is canceled instead. For the organization's staff."""
        await showtimes.remove(member_of(request), showtime_id, expected_of(if_match))

    return [get_showtime, change_showtime, remove_showtime]


def _staging(showtimes: Showtimes) -> list[RouteHandler]:
    @post(
        "/api/showtimes/{showtime_id:str}/publish",
        status_code=200,
        tags=["showtimes"],
        responses=problems(
            *_OWNED,
            ReferenceUnknown,
            AlreadyPublished,
            EventNotPublished,
            ShowtimeOver,
            LayoutMissing,
            TiersMissing,
            *_KEYED,
        ),
    )
    async def publish_showtime(
        request: Web, showtime_id: FromPath[str], if_match: IfMatch = None, idempotency_key: IdempotencyKey = None
    ) -> Response[Showtime]:
        """Put it on sale, on the layout that its venue has now and keeps for this showtime. For staff."""
        once = await once_of(request, idempotency_key)
        found = await showtimes.publish(member_of(request), showtime_id, expected_of(if_match), once)
        return made(found, version=found.version)

    @post(
        "/api/showtimes/{showtime_id:str}/cancel",
        status_code=200,
        tags=["showtimes"],
        responses=problems(*_OWNED, NotPublished, *_KEYED),
    )
    async def cancel_showtime(
        request: Web,
        showtime_id: FromPath[str],
        data: JSONBody[Cancellation],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Showtime]:
        """Call it off: holds end, and what was sold is refunded. For the organization's staff."""
        once = await once_of(request, idempotency_key)
        who = member_of(request)
        found = await showtimes.cancel(who, showtime_id, data.reason, expected_of(if_match), once)
        return made(found, version=found.version)

    return [publish_showtime, cancel_showtime]


def _typed(answer: Response[bytes]) -> Response[Any]:
    """An answer that is JSON already; the handler's annotation says of what, for the OpenAPI document."""
    return answer
