"""What all acts of operators have in common: who, under which key, and that a peer's refusals pass through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, TypeVar

from litestar import Response
from litestar.openapi import ResponseSpec
from msgspec import Meta

from internal.gateway.operating import Operating, Whose
from internal.platform.faults import Malformed
from internal.platform.http import problems
from internal.platform.http.forms import LINE, Web
from internal.platform.http.gate import admin_of
from internal.platform.http.once import once_of
from internal.platform.http.problems import MEDIA_TYPE, Problem
from internal.platform.idempotency import InFlight, KeyReused
from internal.platform.postgres import Database

__all__ = ["ACTED", "Acts", "Words", "fresh", "refused"]

T = TypeVar("T")
Words = Annotated[str, Meta(min_length=1, max_length=500, pattern=LINE)]

_LEASE = 100.0  # seconds, of which an act has four fifths: a replay takes 70, ten thousand showtimes compared 60


@dataclass(frozen=True)
class Acts:
    """What is done for operators. With an Idempotency-Key it is done once, and answered the same again for a day.

    The answers are in the gateway's own database: the acts' own services have no table for a caller's answers in common
    (a letter's durable may have no database at all), and one place keeps all acts of a person under one rule.
    """

    operating: Operating
    database: Database

    async def once(
        self, request: Web, key: str | None, kind: type[T], work: Callable[[Whose], Awaitable[T]], *, bare: bool = False
    ) -> Response[T]:
        """Done by an administrator, or refused; a `bare` act has nothing to be told."""
        whose = Whose(admin_of(request), key or "")
        if bare and (await request.body()).strip() not in {b"", b"{}"}:
            raise Malformed("There is nothing to be told here.", path="$")
        once = await once_of(request, key)
        return fresh(await once.apart(self.database, kind, partial(work, whose), _LEASE))


ACTED = problems(KeyReused, InFlight)  # the `responses` of an act


def refused(*statuses: int) -> dict[int, ResponseSpec]:
    """The `responses` of a route that passes on what the owner of the thing says against it."""
    said = {404: "There is no such thing.", 409: "It stands otherwise by now, or may not be done; `code` says why."}
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=said[status], media_type=MEDIA_TYPE)
        for status in statuses
    }


def fresh(content: T) -> Response[T]:
    """An answer that nobody keeps: it is of this moment."""
    return Response(content, headers={"cache-control": "no-store"})
