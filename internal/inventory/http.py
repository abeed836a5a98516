"""The routes of the inventory: decode, call the handler, encode. The fast road to a hold is in `fast`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from internal.inventory.best import Wanted
from internal.inventory.blocks import Blocks
from internal.inventory.domain import Hold, state_name
from internal.inventory.faults import (
    HoldClaimed,
    HoldEnded,
    HoldNotYours,
    NoRefreshLeft,
    NotEnoughSeats,
    NotOnSale,
    SeatTaken,
    ShowtimeClosed,
    TooManySeats,
    UnknownSeat,
)
from internal.inventory.handlers import Holds
from internal.inventory.store import Block
from internal.platform import idempotency
from internal.platform.faults import Forbidden, Malformed
from internal.platform.http import RouteHandler, member_of, problems
from internal.platform.http.forms import Body, Web
from internal.platform.ids import is_id
from internal.platform.postgres import Database
from proto import SeatId

__all__ = ["HoldRequest", "routes"]


_HOLDING = (SeatTaken, UnknownSeat, ShowtimeClosed, NotOnSale, TooManySeats, NotEnoughSeats)
_HOLD = (HoldEnded, HoldNotYours, HoldClaimed)
# The scripts have their own limit for holds, so the gate's general one for writes does not count them too.
_OWN_LIMIT = {"own_limit": True}
_HOLD_ANSWERS = problems(*_HOLDING, idempotency.KeyReused, idempotency.InFlight)
_SHORT = "/api/seats/{event_id:str}/{seat_number:str}"
_SHOWTIME = "/api/showtimes/{showtime_id:str}"


class BestAvailable(Body, frozen=True, kw_only=True):
    """A party that leaves the choice to us. `accessible` of its places are for wheelchairs."""

    quantity: Annotated[int, Meta(ge=1, le=50)]
    tiers: Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=20)] | None = None
    sections: Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=50)] | None = None
    accessible: Annotated[int, Meta(ge=0, le=50)] = 0


class Standing(Body, frozen=True, kw_only=True):
    """Places in a standing area."""

    area_id: SeatId
    quantity: Annotated[int, Meta(ge=1, le=50)]


class HoldRequest(Body, frozen=True, kw_only=True):
    """Exactly one of: seats by their ids, the best available, places in a standing area."""

    seat_ids: Annotated[list[SeatId], Meta(min_length=1, max_length=500)] | None = None
    best_available: BestAvailable | None = None
    standing: Standing | None = None


class Seats(Body, frozen=True, kw_only=True):
    """Some seats."""

    seat_ids: Annotated[list[SeatId], Meta(min_length=1, max_length=2000)]


class BlockRequest(Body, frozen=True, kw_only=True):
    """Seats to take off sale, and why."""

    seat_ids: Annotated[list[SeatId], Meta(min_length=1, max_length=2000)]
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class Status(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state of one seat."""

    event_id: str
    showtime_id: str
    seat_number: str
    status: str


class HoldList(msgspec.Struct, frozen=True):
    """Holds."""

    holds: list[Hold]


class BlockList(msgspec.Struct, frozen=True):
    """Seats that are off sale."""

    blocks: list[Block]


class Unblocked(msgspec.Struct, frozen=True, rename="camel"):
    """Seats that are on sale again."""

    seat_ids: list[str]


def routes(holds: Holds, blocks: Blocks, database: Database) -> list[RouteHandler]:
    """Every route."""
    return [*_holding(holds, database), *_short(holds), *_blocking(blocks)]


def _holding(holds: Holds, database: Database) -> list[RouteHandler]:
    @post(
        _SHOWTIME + "/holds",
        status_code=201,
        tags=["holds"],
        responses=_HOLD_ANSWERS,
        opt=_OWN_LIMIT,
    )
    async def hold(request: Web, showtime_id: FromPath[str], data: JSONBody[HoldRequest]) -> Response[Hold]:
        """Hold seats: all of those asked for, or none. With an Idempotency-Key the same answer comes again."""
        who = member_of(request)
        _known_form(showtime_id)

        key = request.headers.get("idempotency-key")
        if key is None:
            made = await _ask(holds, showtime_id, who.user_id, data, None)
            return Response(made, status_code=201, headers=_located(made))

        async def produce() -> idempotency.StoredAnswer:
            hold_id = await holds.keyed(showtime_id, who.user_id, key)
            made = await holds.made(hold_id, who.user_id)  # by a process that died before it could answer
            made = made or await _ask(holds, showtime_id, who.user_id, data, hold_id)
            return idempotency.StoredAnswer(201, _located(made), msgspec.json.encode(made))

        scope = idempotency.scope(who.user_id, "hold")
        mark = idempotency.fingerprint(showtime_id, msgspec.json.encode(data))
        answer = await idempotency.run(database, scope, key, mark, produce)
        return Response(answer.body, status_code=answer.status, headers=answer.headers, media_type="application/json")  # type: ignore[arg-type]

    @get("/api/holds/{hold_id:str}", tags=["holds"], responses=problems(HoldEnded, HoldNotYours))
    async def look(request: Web, hold_id: FromPath[str]) -> Hold:
        """A hold of one's own."""
        return await holds.look(hold_id, member_of(request).user_id)

    @post(
        "/api/holds/{hold_id:str}/refresh",
        status_code=200,
        tags=["holds"],
        responses=problems(*_HOLD, NoRefreshLeft, ShowtimeClosed),
    )
    async def refresh(request: Web, hold_id: FromPath[str]) -> Hold:
        """Give a hold its time anew, as often as is allowed."""
        return await holds.refresh(hold_id, member_of(request).user_id)

    @delete("/api/holds/{hold_id:str}", tags=["holds"], responses=problems(*_HOLD))
    async def release(request: Web, hold_id: FromPath[str]) -> None:
        """Give all seats of a hold back."""
        await holds.release(hold_id, member_of(request).user_id)

    @post("/api/holds/{hold_id:str}/release", status_code=200, tags=["holds"], responses=problems(*_HOLD, UnknownSeat))
    async def release_some(request: Web, hold_id: FromPath[str], data: JSONBody[Seats]) -> HoldList:
        """Give some seats of a hold back; what remains of it, if anything does."""
        rest = await holds.release(hold_id, member_of(request).user_id, data.seat_ids)
        return HoldList([] if rest is None else [rest])

    return [hold, look, refresh, release, release_some]


def _short(holds: Holds) -> list[RouteHandler]:
    @post(
        _SHORT + "/hold",
        status_code=201,
        tags=["short routes"],
        responses=problems(*_HOLDING),
        opt=_OWN_LIMIT,
    )
    async def hold(request: Web, event_id: FromPath[str], seat_number: FromPath[str]) -> Response[Hold]:
        """Hold one seat of an event's next showtime."""
        who = member_of(request)
        made = await holds.hold(await holds.showtime_of(event_id), who.user_id, [_seat(seat_number)])
        return Response(made, status_code=201, headers=_located(made))

    @post(
        _SHORT + "/refresh",
        status_code=200,
        tags=["short routes"],
        responses=problems(*_HOLD, NoRefreshLeft, UnknownSeat, ShowtimeClosed),
    )
    async def refresh(request: Web, event_id: FromPath[str], seat_number: FromPath[str]) -> Hold:
        """Give one's hold of this seat its time anew."""
        who = member_of(request)
        return await holds.refresh_seat(await holds.showtime_of(event_id), _seat(seat_number), who.user_id)

    @get(
        _SHORT + "/status",
        tags=["short routes"],
        responses=problems(UnknownSeat, ShowtimeClosed),
    )
    async def status(event_id: FromPath[str], seat_number: FromPath[str]) -> Status:
        """The state of one seat of an event's next showtime."""
        showtime_id = await holds.showtime_of(event_id)
        state = await holds.status(showtime_id, _seat(seat_number))
        return Status(event_id=event_id, showtime_id=showtime_id, seat_number=seat_number, status=state_name(state))

    @get("/api/seats/{event_id:str}/user/{user_id:str}/holds", tags=["short routes"], responses=problems(Forbidden))
    async def mine(request: Web, event_id: FromPath[str], user_id: FromPath[str]) -> HoldList:
        """One's own live holds in an event; an administrator may see anybody's."""
        who = member_of(request)
        if who.user_id != user_id and not who.is_admin:
            raise Forbidden
        return HoldList(await holds.holds_of(event_id, user_id))

    return [hold, refresh, status, mine]


def _blocking(blocks: Blocks) -> list[RouteHandler]:
    @post(
        _SHOWTIME + "/blocks",
        status_code=200,
        tags=["blocks"],
        responses=problems(SeatTaken, UnknownSeat, ShowtimeClosed),
    )
    async def block(request: Web, showtime_id: FromPath[str], data: JSONBody[BlockRequest]) -> BlockList:
        """Take free seats off sale, all or none, with a reason. For staff."""
        who = member_of(request)
        _known_form(showtime_id)
        await blocks.block(who, showtime_id, data.seat_ids, data.reason)
        return BlockList(await blocks.blocked(who, showtime_id))

    @post(
        _SHOWTIME + "/unblocks",
        status_code=200,
        tags=["blocks"],
        responses=problems(ShowtimeClosed),
    )
    async def unblock(request: Web, showtime_id: FromPath[str], data: JSONBody[Seats]) -> Unblocked:
        """Put blocked seats on sale again. For staff."""
        who = member_of(request)
        _known_form(showtime_id)
        return Unblocked(await blocks.unblock(who, showtime_id, data.seat_ids))

    @get(_SHOWTIME + "/blocks", tags=["blocks"], responses=problems(ShowtimeClosed))
    async def blocked(request: Web, showtime_id: FromPath[str]) -> BlockList:
        """What is off sale, and why. For staff."""
        who = member_of(request)
        _known_form(showtime_id)
        return BlockList(await blocks.blocked(who, showtime_id))

    return [block, unblock, blocked]


async def _ask(holds: Holds, showtime_id: str, user_id: str, data: HoldRequest, hold_id: str | None) -> Hold:
    if [data.seat_ids, data.best_available, data.standing].count(None) != 2:  # noqa: PLR2004 - one of three
        raise Malformed("Ask for exactly one of seatIds, bestAvailable and standing.", path="$")
    if data.seat_ids is not None:
        return await holds.hold(showtime_id, user_id, data.seat_ids, hold_id=hold_id)
    if data.standing is not None:
        area_id, quantity = data.standing.area_id, data.standing.quantity
        return await holds.hold_standing(showtime_id, user_id, area_id, quantity, hold_id=hold_id)
    best = data.best_available
    assert best is not None
    if best.accessible > best.quantity:
        raise Malformed("More accessible places than places.", path="$.bestAvailable.accessible")
    need = Wanted(
        size=best.quantity,
        tiers=frozenset(best.tiers) if best.tiers else None,
        sections=frozenset(best.sections) if best.sections else None,
        accessible=best.accessible,
    )
    return await holds.hold_best(showtime_id, user_id, need, hold_id=hold_id)


def _located(hold: Hold) -> dict[str, str]:
    return {"location": f"/api/holds/{hold.hold_id}"}


def _known_form(showtime_id: str) -> None:
    if not is_id("showtime", showtime_id):
        raise ShowtimeClosed


def _seat(seat_number: str) -> str:
    try:
        return msgspec.convert(seat_number, SeatId)
    except msgspec.ValidationError:
        raise UnknownSeat(seatId=seat_number) from None
