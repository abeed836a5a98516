"""One event: written down, shown, changed, published, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from internal.catalog.domain import Event
from internal.catalog.faults import (
    AlreadyCanceled,
    AlreadyPublished,
    BadTerms,
    ChangedMeanwhile,
    EventUnknown,
    FrozenByPublication,
    NotPublished,
    ReferenceUnknown,
)
from internal.catalog.handlers import Events, Simple
from internal.catalog.http.answers import PRIVATE, PUBLIC, expected_of, made, sent, wants_fresh
from internal.catalog.http.forms import (
    CacheControl,
    Cancellation,
    EventChange,
    EventForm,
    IfMatch,
    NewEvent,
    utc,
    utc_changes_of,
)
from internal.catalog.recent import Sent, Shelf
from internal.catalog.store.events import EventPage
from internal.platform.faults import Malformed
from internal.platform.http import RouteHandler, json_answer, member_of, problems, visitor_of
from internal.platform.http.forms import Web
from internal.platform.http.once import IdempotencyKey, once_of
from internal.platform.idempotency import InFlight, KeyReused
from internal.platform.roles import NotAllowedHere

__all__ = ["routes"]

_SOLD = ("price", "currency", "starts_at", "time_zone")
_KEYED = (KeyReused, InFlight)
_OWNED = (EventUnknown, NotAllowedHere, ChangedMeanwhile, AlreadyCanceled)


def routes(events: Events, simple: Simple, shelf: Shelf) -> list[RouteHandler]:
    """All of them."""
    return [_adding(events, simple), _showing(events, shelf), *_changing(events), *_staging(events)]


def _adding(events: Events, simple: Simple) -> RouteHandler:
    @post(
        "/api/events",
        status_code=201,
        tags=["events"],
        responses=problems(NotAllowedHere, ReferenceUnknown, BadTerms, *_KEYED),
    )
    async def add_event(
        request: Web, data: JSONBody[NewEvent], idempotency_key: IdempotencyKey = None
    ) -> Response[EventPage]:
        """Write a draft down; or, with `totalSeats`, put a whole event on sale at once. For staff."""
        principal, once = member_of(request), await once_of(request, idempotency_key)
        described, sold = _described(data), _sold(data)
        if data.total_seats is not None:
            page = await simple.add(principal, data.organization_id, described, sold, data.total_seats, once)
        else:
            page = await events.add(principal, data.organization_id, described, once)
        return made(page, version=page.version, location=f"/api/events/{page.id}", status=201)

    return add_event


def _described(data: EventForm) -> dict[str, Any]:
    return {name: getattr(data, name) for name in EventForm.__struct_fields__}


def _sold(data: NewEvent) -> Mapping[str, Any]:
    sold = {name: getattr(data, name) for name in _SOLD}
    if data.total_seats is None and any(value is not None for value in sold.values()):
        raise Malformed("Price, currency, start and time zone are a showtime's; they go with totalSeats.", path="$")
    if data.starts_at is not None:
        sold["starts_at"] = utc(data.starts_at, "startsAt")
    return sold


def _showing(events: Events, shelf: Shelf) -> RouteHandler:
    @get("/api/events/{event_id:str}", tags=["events"], responses=problems(EventUnknown, NotAllowedHere))
    async def get_event(
        request: Web, event_id: FromPath[str], cache_control: CacheControl = None
    ) -> Response[EventPage]:
        """One event with its next showtimes and prices. A draft for its organization's staff only.

        The answer may be a second old; who has just changed it asks with `Cache-Control: no-cache`.
        """

        async def load() -> Sent:
            page = await events.page(event_id)
            return sent(page, page.version)

        if wants_fresh(cache_control):
            shelf.events.drop(event_id)
        try:
            body, tag = await shelf.events.get(event_id, load)
            return _typed(json_answer(request, body, etag=tag, cache=PUBLIC))
        except EventUnknown:
            principal = visitor_of(request).principal
            if principal is None:
                raise
            draft = await events.draft(principal, event_id)
            body, tag = sent(draft, draft.version)
            return _typed(json_answer(request, body, etag=tag, cache=PRIVATE))

    return get_event


def _changing(events: Events) -> list[RouteHandler]:
    changed = problems(*_OWNED, ReferenceUnknown)

    @patch("/api/events/{event_id:str}", tags=["events"], responses=changed)
    async def change_event(
        request: Web, event_id: FromPath[str], data: JSONBody[EventChange], if_match: IfMatch = None
    ) -> Response[Event]:
        """Change what is given. For the organization's staff."""
        event = await events.change(member_of(request), event_id, utc_changes_of(data), expected_of(if_match))
        return made(event, version=event.version)

    @put("/api/events/{event_id:str}", tags=["events"], responses=changed)
    async def replace_event(
        request: Web, event_id: FromPath[str], data: JSONBody[EventForm], if_match: IfMatch = None
    ) -> Response[Event]:
        """Say all of it anew. For the organization's staff."""
        described = msgspec.structs.asdict(data)
        event = await events.change(member_of(request), event_id, described, expected_of(if_match))
        return made(event, version=event.version)

    @delete("/api/events/{event_id:str}", tags=["events"], responses=problems(*_OWNED, FrozenByPublication))
    async def remove_event(request: Web, event_id: FromPath[str], if_match: IfMatch = None) -> None:
        """Throw a draft away, with its showtimes. What is published is canceled instead. For staff."""
        await events.remove(member_of(request), event_id, expected_of(if_match))

    return [change_event, replace_event, remove_event]


def _staging(events: Events) -> list[RouteHandler]:
    @post(
        "/api/events/{event_id:str}/publish",
        status_code=200,
        tags=["events"],
        responses=problems(*_OWNED, AlreadyPublished, *_KEYED),
    )
    async def publish_event(
        request: Web, event_id: FromPath[str], if_match: IfMatch = None, idempotency_key: IdempotencyKey = None
    ) -> Response[Event]:
        """Let everybody see it; its showtimes are published one by one. For the organization's staff."""
        once = await once_of(request, idempotency_key)
        event = await events.publish(member_of(request), event_id, expected_of(if_match), once)
        return made(event, version=event.version)

    @post(
        "/api/events/{event_id:str}/cancel",
        status_code=200,
        tags=["events"],
        responses=problems(*_OWNED, NotPublished, *_KEYED),
    )
    async def cancel_event(
        request: Web,
        event_id: FromPath[str],
        data: JSONBody[Cancellation],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Event]:
        """Call it off with all its showtimes: holds end, and what was sold is refunded. For staff."""
        once = await once_of(request, idempotency_key)
        event = await events.cancel(member_of(request), event_id, data.reason, expected_of(if_match), once)
        return made(event, version=event.version)

    return [publish_event, cancel_event]


def _typed(answer: Response[bytes]) -> Response[Any]:
    """An answer that is JSON already; the handler's annotation says of what, for the OpenAPI document."""
    return answer
