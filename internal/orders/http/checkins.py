"""The door over HTTP: one scan, what a scanner saw while it was offline, and the door's book."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from internal.orders.admission import DoorsUnknown, NonceReused, Ruling, Scan, Way
from internal.orders.checkins import Checkins
from internal.orders.store.checkins import Checkin, Counts
from internal.platform.faults import Malformed
from internal.platform.http import Limit, RouteHandler, cursor_of, member_of, position_of, problems
from internal.platform.http.forms import LINE, Body, Cursor, PageLimit, Web
from internal.platform.ids import is_id
from internal.platform.roles import NotAllowedHere

__all__ = ["routes"]

# whatever somebody shows to a scanner: what is no ticket's code is `invalid`, and not a mistake of the request
Code = Annotated[str, Meta(min_length=1, max_length=2_000)]
Gate = Annotated[str, Meta(min_length=1, max_length=100, pattern=LINE)]
Nonce = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$(?!\n)", description="The scanner's, for this scan")
]
ShowtimeId = Annotated[str, Meta(pattern=r"^showtime_[0-9a-f]{32}$(?!\n)")]
Moment = Annotated[datetime, Meta(tz=True)]
_LARGEST_BATCH = 1024 * 1024  # bytes: 500 items with the longest names have 400 kB
_AT_ONCE = 500  # items of a batch: 3 seconds on a small machine, and the passes of one gate in half an hour
_FIRST_YEAR, _LAST_YEAR = 2000, 9000
# a gate lets somebody in every two seconds, and four gates may share a login
_PACE = {"limit": Limit(3_600, 900)}  # requests in seconds


class ScanForm(Body, frozen=True, kw_only=True):
    """A code that was shown at a gate; `showtimeId` where the scanner is set to one. Without `at`, it is now."""

    code: Code
    gate: Gate
    nonce: Nonce
    type: Way = "entry"
    at: Moment | None = None
    showtime_id: ShowtimeId | None = None


class LateScanForm(ScanForm, frozen=True, kw_only=True):
    """The same of somebody who has passed already, while the scanner could not ask."""

    at: Moment


class BatchForm(Body, frozen=True, kw_only=True):
    """What a scanner let pass while it was offline."""

    items: Annotated[list[LateScanForm], Meta(min_length=1, max_length=_AT_ONCE)]


class Rulings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An answer for each item, in the items' order; and how many of them are conflicts."""

    items: list[Ruling]
    conflicts: int


class Book(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How full the house is, and who came when, the newest first."""

    counts: Counts
    items: list[Checkin]
    next_cursor: str | None


def routes(checkins: Checkins) -> list[RouteHandler]:
    """All of them."""
    return [*_passing(checkins), _reading(checkins)]


def _passing(checkins: Checkins) -> list[RouteHandler]:
    @post(
        "/api/checkins",
        status_code=200,
        tags=["check-ins"],
        responses=problems(NotAllowedHere, DoorsUnknown, NonceReused),
        opt=_PACE,
    )
    async def check_in(request: Web, data: JSONBody[ScanForm]) -> Ruling:
        """May the bearer of this code pass? The same nonce gets the same answer. For the organization's staff."""
        return await checkins.check(member_of(request), _scan(data, "$.at"))

    @post(
        "/api/checkins/batch",
        status_code=200,
        tags=["check-ins"],
        request_max_body_size=_LARGEST_BATCH,
        opt=_PACE,
    )
    async def check_in_late(request: Web, data: JSONBody[BatchForm]) -> Rulings:
        """What a scanner let pass while it was offline. Of two entries with one ticket the earlier one counts."""
        scans = [_scan(item, f"$.items[{at}].at") for at, item in enumerate(data.items)]
        rulings = await checkins.check_all(member_of(request), scans)
        return Rulings(items=rulings, conflicts=sum(one.conflict for one in rulings))

    return [check_in, check_in_late]


def _reading(checkins: Checkins) -> RouteHandler:
    @get(
        "/api/showtimes/{showtime_id:str}/checkins",
        tags=["check-ins"],
        responses=problems(NotAllowedHere, DoorsUnknown),
    )
    async def list_checkins(
        request: Web,
        showtime_id: FromPath[str],
        standing: Annotated[Literal["counted", "conflict", "refused", "any"], QueryParameter()] = "any",
        limit: PageLimit = 50,
        cursor: Cursor = None,
    ) -> Book:
        """How full the house is, and who came when. For the organization's staff."""
        wanted = None if standing == "any" else standing
        counts, found = await checkins.book(member_of(request), showtime_id, _position(cursor), wanted, limit)
        following = cursor_of(found[-1].id) if len(found) == limit else None
        return Book(counts=counts, items=found, next_cursor=following)

    return list_checkins


def _scan(form: ScanForm, path: str) -> Scan:
    at = None if form.at is None else _utc(form.at, path)
    return Scan(code=form.code, gate=form.gate, nonce=form.nonce, type=form.type, at=at, showtime_id=form.showtime_id)


def _utc(moment: datetime, path: str) -> datetime:
    """The same moment; what no scanner's clock says is refused before it reaches a calendar's end."""
    if moment.year < _FIRST_YEAR or moment.year > _LAST_YEAR:
        raise Malformed("This is not when somebody came through a door.", path=path)
    return moment.astimezone(UTC)


def _position(cursor: str | None) -> str | None:
    (last,) = position_of(cursor, tuple[str]) or (None,)
    if last is not None and not is_id("checkin", last):
        raise Malformed("This cursor was not given by this list.", path="$.cursor")
    return last
