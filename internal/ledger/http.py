"""The routes of the ledger: pages, and the same as a stream of lines for whoever wants all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter
from litestar.response import Stream
from msgspec import Meta

from internal.ledger.domain import AuditEvent, EntityUnknown, Reservation
from internal.ledger.handlers import Reservations, Trail
from internal.ledger.lines import CSV, NDJSON, csv_lines, json_lines
from internal.platform.http import Page, RouteHandler, cursor_of, member_of, position_of, problems
from internal.platform.http.forms import Cursor, PageLimit, Web
from internal.platform.roles import NotAllowedHere

__all__ = ["routes"]

Entity = Annotated[
    str, QueryParameter(pattern=r"^[a-z]{2,12}_[0-9a-f]{32}$(?!\n)", description="The id of an order, a showtime, …")
]
Organization = Annotated[str | None, QueryParameter(name="organizationId", pattern=r"^org_[0-9a-f]{32}$(?!\n)")]
Showtime = Annotated[str | None, QueryParameter(name="showtimeId", pattern=r"^showtime_[0-9a-f]{32}$(?!\n)")]
_ReservationId = Annotated[str, Meta(pattern=r"^reservation_[0-9a-f]{32}$(?!\n)")]
_Position = Annotated[int, Meta(ge=1, lt=2**63)]


def routes(reservations: Reservations, trail: Trail) -> list[RouteHandler]:
    """All of them."""
    return [*_of_reservations(reservations), *_of_trail(trail)]


def _of_reservations(reservations: Reservations) -> list[RouteHandler]:
    @get("/api/reservations", tags=["ledger"], responses=problems(NotAllowedHere))
    async def list_reservations(
        request: Web,
        organization_id: Organization = None,
        showtime_id: Showtime = None,
        limit: PageLimit = 50,
        cursor: Cursor = None,
    ) -> Page[Reservation]:
        """What was sold, the newest first: one's own; an organization's for its staff; all for administrators."""
        asked = await reservations.allowed(member_of(request), organization_id, showtime_id)
        (position,) = position_of(cursor, tuple[_ReservationId]) or ("",)
        found = await reservations.before(asked, position, limit)
        return Page(items=found, next_cursor=cursor_of(found[-1].id) if len(found) == limit else None)

    @get("/api/reservations.csv", tags=["ledger"], media_type="text/csv", responses=problems(NotAllowedHere))
    async def reservations_as_csv(
        request: Web, organization_id: Organization = None, showtime_id: Showtime = None
    ) -> Stream:
        """The same, all of it, as CSV."""
        asked = await reservations.allowed(member_of(request), organization_id, showtime_id)
        return _download("reservations.csv", CSV, csv_lines(Reservation, reservations.all(asked)))

    @get("/api/reservations.ndjson", tags=["ledger"], media_type=NDJSON, responses=problems(NotAllowedHere))
    async def reservations_as_lines(
        request: Web, organization_id: Organization = None, showtime_id: Showtime = None
    ) -> Stream:
        """The same, all of it, as lines of JSON."""
        asked = await reservations.allowed(member_of(request), organization_id, showtime_id)
        return _download("reservations.ndjson", NDJSON, json_lines(reservations.all(asked)))

    return [list_reservations, reservations_as_csv, reservations_as_lines]


def _of_trail(trail: Trail) -> list[RouteHandler]:
    @get("/api/audit", tags=["ledger"], responses=problems(EntityUnknown, NotAllowedHere))
    async def list_audit(
        request: Web, entity: Entity, limit: PageLimit = 50, cursor: Cursor = None
    ) -> Response[Page[AuditEvent]]:
        """Every event that names this thing, the newest first. For owners of the organization it belongs to."""
        whose = await trail.allowed(member_of(request), entity)
        (position,) = position_of(cursor, tuple[_Position]) or (None,)
        found, further = await trail.naming(entity, whose, position, limit)
        page = Page(items=found, next_cursor=None if further is None else cursor_of(further))
        return Response(page, headers={"cache-control": "no-store"})

    @get("/api/audit.csv", tags=["ledger"], media_type="text/csv", responses=problems(EntityUnknown, NotAllowedHere))
    async def audit_as_csv(request: Web, entity: Entity) -> Stream:
        """The same, all of it, as CSV."""
        whose = await trail.allowed(member_of(request), entity)
        return _download("audit.csv", CSV, csv_lines(AuditEvent, trail.all(entity, whose)))

    @get("/api/audit.ndjson", tags=["ledger"], media_type=NDJSON, responses=problems(EntityUnknown, NotAllowedHere))
    async def audit_as_lines(request: Web, entity: Entity) -> Stream:
        """The same, all of it, as lines of JSON."""
        whose = await trail.allowed(member_of(request), entity)
        return _download("audit.ndjson", NDJSON, json_lines(trail.all(entity, whose)))

    return [list_audit, audit_as_csv, audit_as_lines]


def _download(name: str, media_type: str, lines: AsyncIterator[bytes]) -> Stream:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Stream(lines, media_type=media_type, headers=headers)
