"""Dead letters: seen, and handed in again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from internal.gateway.http.operator.acting import ACTED, Acts, fresh
from internal.gateway.operating import LetterUnknown, Operating, Whose
from internal.platform.bus import Parked
from internal.platform.http import RouteHandler, cursor_of, position_of, problems
from internal.platform.http.forms import Cursor, PageLimit, Web
from internal.platform.http.gate import admin_of
from internal.platform.http.once import IdempotencyKey

__all__ = ["routes"]

Name = Annotated[str, QueryParameter(max_length=100, pattern=r"^[A-Za-z0-9_-]*$(?!\n)")]
Words = Annotated[str, QueryParameter(max_length=200)]
Number = Annotated[int, Meta(ge=1, le=2**53)]


class Letter(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message that could not be handled, and why."""

    number: int
    stream: str
    durable: str
    subject: str
    deliveries: int
    replays: int
    reason: str
    error: str
    parked_at: datetime
    stored_at: datetime
    size: int


class WholeLetter(Letter, frozen=True, kw_only=True):
    """The same with its headers and its body; null where the body is nowhere any more."""

    headers: dict[str, str]
    body: str | None


class Letters(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The newest first; `total` is how many there are, on all pages."""

    items: list[Letter]
    total: int
    next_cursor: str | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`handled`: it is gone. `failed`: it lies there again, as `number`. `gone`: it was none. `left`: not tried."""

    outcome: str
    reason: str
    number: int | None


def routes(acts: Acts) -> list[RouteHandler]:
    """All of them."""
    return [*_reading(acts.operating), _replaying(acts)]


def _reading(operating: Operating) -> list[RouteHandler]:
    @get("/api/operator/letters", tags=["operator"])
    async def list_letters(
        request: Web,
        stream: Name = "",
        durable: Name = "",
        reason: Words = "",
        limit: PageLimit = 50,
        cursor: Cursor = None,
    ) -> Response[Letters]:
        """The dead letters, the newest first; `reason` is words that the reason or the error holds."""
        admin_of(request)
        (before,) = position_of(cursor, tuple[int]) or (None,)
        found = await operating.letters(stream, durable, reason)
        left = [one for one in found if before is None or one.number < before]
        following = cursor_of(left[limit - 1].number) if len(left) > limit else None
        page = Letters(items=[_letter(one) for one in left[:limit]], total=len(found), next_cursor=following)
        return fresh(page)

    @get("/api/operator/letters/{number:int}", tags=["operator"], responses=problems(LetterUnknown))
    async def get_letter(request: Web, number: FromPath[Number]) -> Response[WholeLetter]:
        """One of them, with its headers and its body."""
        admin_of(request)
        parked, body = await operating.letter(number)
        plain = msgspec.structs.asdict(_letter(parked))
        text = None if body is None else body.decode(errors="backslashreplace")
        return fresh(WholeLetter(**{**plain, "size": len(body or b"")}, headers=parked.letter.headers, body=text))

    return [list_letters, get_letter]


def _replaying(acts: Acts) -> RouteHandler:
    @post("/api/operator/letters/{number:int}/replay", status_code=200, tags=["operator"], responses=ACTED)
    async def replay_letter(
        request: Web, number: FromPath[Number], idempotency_key: IdempotencyKey = None
    ) -> Response[Outcome]:
        """Hand it in again, to the durable that could not handle it and to no other. It may take a minute."""

        async def replay(whose: Whose) -> Outcome:
            told = await acts.operating.replay(whose, number)
            return Outcome(outcome=told.outcome, reason=told.reason, number=told.number)

        return await acts.once(request, idempotency_key, Outcome, replay, bare=True)

    return replay_letter


def _letter(parked: Parked) -> Letter:
    said = {name: getattr(parked.letter, name) for name in Letter.__struct_fields__ if name not in {"number", "size"}}
    return Letter(number=parked.number, size=parked.size, **said)
