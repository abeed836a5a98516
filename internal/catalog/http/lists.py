"""Lists of events: what is on, and what fits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Response, get
from litestar.params import QueryParameter

from internal.catalog.domain import Event
from internal.catalog.handlers import Events
from internal.catalog.http.answers import PUBLIC, dated_position, named_position, sent, wants_fresh
from internal.catalog.http.forms import CacheControl, utc
from internal.catalog.recent import Sent, Shelf
from internal.catalog.store.events import ActiveEvent, Search
from internal.platform.faults import Malformed
from internal.platform.http import Page, RouteHandler, cursor_of, json_answer, problems, visitor_of
from internal.platform.http.forms import Cursor, PageLimit, Web
from internal.platform.ids import is_id
from internal.platform.roles import NotAllowedHere

__all__ = ["routes"]

Organization = Annotated[str | None, QueryParameter(name="organizationId", pattern=r"^org_[0-9a-f]{32}$")]
Category = Annotated[str | None, QueryParameter(name="categoryId", pattern=r"^category_[0-9a-f]{32}$")]
Text = Annotated[
    str | None,
    QueryParameter(
        name="q", min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Words of name or text"
    ),
]
From = Annotated[datetime | None, QueryParameter(name="from", description="Played at this moment or later")]
Until = Annotated[datetime | None, QueryParameter(name="until", description="Played before this moment")]
Status = Annotated[
    Literal["draft", "published", "canceled", "any"],
    QueryParameter(description="Drafts, and so `any`, are for the staff of the organization that must then be named"),
]


def routes(events: Events, shelf: Shelf) -> list[RouteHandler]:
    """Both of them."""

    @get("/api/events", tags=["events"], responses=problems(NotAllowedHere))
    async def list_events(
        request: Web,
        organization_id: Organization = None,
        category_id: Category = None,
        text: Text = None,
        starts_from: From = None,
        starts_until: Until = None,
        status: Status = "published",
        limit: PageLimit = 50,
        cursor: Cursor = None,
    ) -> Response[Page[Event]]:
        """Events that fit, the newest first."""
        wanted = Search(
            organization_id=organization_id,
            category_id=category_id,
            text=text,
            starts_from=None if starts_from is None else utc(starts_from, "from"),
            starts_until=None if starts_until is None else utc(starts_until, "until"),
            status=status,
        )
        position = named_position(cursor)
        if position and not is_id("event", position):
            raise Malformed("This cursor was not given by this list.", path="$.cursor")
        found = await events.search(visitor_of(request).principal, wanted, position, limit)
        page = Page(items=found, next_cursor=cursor_of(found[-1].id) if len(found) == limit else None)
        return _typed(json_answer(request, page))

    @get("/api/events/active", tags=["events"])
    async def active_events(
        request: Web,
        limit: PageLimit = 50,
        cursor: Cursor = None,
        category_id: Category = None,
        cache_control: CacheControl = None,
    ) -> Response[Page[ActiveEvent]]:
        """Published events that are still to be played, the soonest first."""
        key = (cursor, limit, category_id)

        async def load() -> Sent:
            found = await events.active(dated_position(cursor, "event"), limit, category_id)
            following = cursor_of(_text(found[-1].next_starts_at), found[-1].id) if len(found) == limit else None
            return sent(Page(items=found, next_cursor=following))

        if wants_fresh(cache_control):
            shelf.active.drop(key)
        body, tag = await shelf.active.get(key, load)
        return _typed(json_answer(request, body, etag=tag, cache=PUBLIC))

    return [list_events, active_events]


def _text(moment: datetime) -> str:
    return moment.isoformat()


def _typed(answer: Response[bytes]) -> Response[Any]:
    """An answer that is JSON already; the handler's annotation says of what, for the OpenAPI document."""
    return answer
