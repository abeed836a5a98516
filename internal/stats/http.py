"""The routes of the statistics: for everybody, with more in it for those who sell."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from internal.platform.http import RouteHandler, json_answer, problems, visitor_of
from internal.platform.http.forms import Web
from internal.stats.domain.figures import EventFigures, NothingOfEvent, OneSection, SectionUnknown
from internal.stats.handlers import Views

__all__ = ["routes"]

Which = Annotated[
    str | None,
    QueryParameter(
        name="showtimeId", pattern=r"^showtime_[0-9a-f]{32}$(?!\n)", description="One of its showtimes alone"
    ),
]
Minutes = Annotated[
    int, QueryParameter(ge=1, le=525_600, description="How far back sales are told by minute, to those who see them")
]
_UNCHANGED = ResponseSpec(None, generate_examples=False, description="Nothing has changed since this ETag.")
_DAY = 1_440


def routes(views: Views) -> list[RouteHandler]:
    """Each under both of its names."""

    @get(
        ["/stats/event/{event_id:str}", "/api/stats/event/{event_id:str}"],
        tags=["stats"],
        responses=_shown(EventFigures, NothingOfEvent),
    )
    async def event_stats(
        request: Web, event_id: FromPath[str], which: Which = None, minutes: Minutes = _DAY
    ) -> Response[bytes]:
        """How many seats of an event are held, sold, blocked and free; for its organisation's staff also its sales."""
        return _answer(request, await views.event(visitor_of(request).principal, event_id, which, minutes))

    @get(
        [
            "/stats/event/{event_id:str}/section/{section_id:str}",
            "/api/stats/event/{event_id:str}/section/{section_id:str}",
        ],
        tags=["stats"],
        responses=_shown(OneSection, NothingOfEvent, SectionUnknown),
    )
    async def section_stats(
        request: Web,
        event_id: FromPath[str],
        section_id: FromPath[str],
        which: Which = None,
        minutes: Minutes = _DAY,
    ) -> Response[bytes]:
        """The same of one section of its halls."""
        who = visitor_of(request).principal
        return _answer(request, await views.section(who, event_id, section_id, which, minutes))

    return [event_stats, section_stats]


def _answer(request: Web, figures: msgspec.Struct) -> Response[bytes]:
    answer = json_answer(request, figures, cache="private, no-cache")
    answer.headers["vary"] = "authorization"
    return answer


def _shown(kind: type, *faults: type) -> dict[int, ResponseSpec]:
    seen = ResponseSpec(kind, generate_examples=False, description="The counts; the ETag names them.")
    return {200: seen, 304: _UNCHANGED, **problems(*faults)}
