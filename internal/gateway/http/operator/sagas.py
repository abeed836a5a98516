"""Sagas: which are under way, how each stands, tried at once, given up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from internal.gateway.http.operator.acting import ACTED, Acts, Words, fresh, refused
from internal.gateway.operating import Operating, Whose
from internal.platform.http import Page, RouteHandler, cursor_of, position_of
from internal.platform.http.forms import Body, Cursor, PageLimit, Web
from internal.platform.http.gate import admin_of
from internal.platform.http.once import IdempotencyKey
from proto.checkout import SagaFacts

__all__ = ["routes"]

Which = Annotated[
    Literal["live", "stuck", "running", "undoing", "completed", "failed", "abandoned", "all"], QueryParameter()
]
_ACTED = ACTED | refused(404, 409)
SagaId = Annotated[str, Meta(pattern=r"^[a-z]{1,20}_[0-9a-f]{32}$(?!\n)")]


class StepSeen(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A step: its tries, those of what takes it back, how often it failed in a row, and its last error."""

    name: str
    state: str
    tries: int
    undos: int
    failures: int
    error: str
    started_at: datetime | None
    tried_at: datetime | None
    ended_at: datetime | None
    deadline_at: datetime | None


class SagaSeen(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A saga; `about` is what it knows, without cards."""

    saga_id: str
    name: str
    status: Literal["running", "undoing", "completed", "failed", "abandoned"]
    stuck: bool
    step: str
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None
    code: str
    message: str
    about: dict[str, Any]
    steps: list[StepSeen]


class AbandonForm(Body, frozen=True, kw_only=True):
    """Why, which the buyer reads; and how it stood when that was decided."""

    reason: Words
    status: Literal["running", "undoing"]


def routes(acts: Acts) -> list[RouteHandler]:
    """All of them."""
    return [*_reading(acts.operating), *_acting(acts)]


def _reading(operating: Operating) -> list[RouteHandler]:
    @get("/api/operator/sagas", tags=["operator"])
    async def list_sagas(
        request: Web, which: Which = "live", limit: PageLimit = 50, cursor: Cursor = None
    ) -> Response[Page[SagaSeen]]:
        """The newest first. Live ones go on by themselves; stuck ones do, too, but have failed many times in a row."""
        admin_of(request)
        (after,) = position_of(cursor, tuple[SagaId]) or ("",)
        found = await operating.sagas(which, after, limit)
        following = cursor_of(found[-1].saga_id) if len(found) == limit else None
        return fresh(Page(items=[_seen(one) for one in found], next_cursor=following))

    @get("/api/operator/sagas/{saga_id:str}", tags=["operator"], responses=refused(404))
    async def get_saga(request: Web, saga_id: FromPath[SagaId]) -> Response[SagaSeen]:
        """One of them, step by step."""
        admin_of(request)
        return fresh(_seen(await operating.saga(saga_id)))

    return [list_sagas, get_saga]


def _acting(acts: Acts) -> list[RouteHandler]:
    @post("/api/operator/sagas/{saga_id:str}/retry", status_code=200, tags=["operator"], responses=_ACTED)
    async def retry_saga(
        request: Web, saga_id: FromPath[SagaId], idempotency_key: IdempotencyKey = None
    ) -> Response[SagaSeen]:
        """Try its next step now: what it failed at is repaired."""

        async def retry(whose: Whose) -> SagaSeen:
            return _seen(await acts.operating.retry(whose, saga_id))

        return await acts.once(request, idempotency_key, SagaSeen, retry, bare=True)

    @post("/api/operator/sagas/{saga_id:str}/abandon", status_code=200, tags=["operator"], responses=_ACTED)
    async def abandon_saga(
        request: Web, saga_id: FromPath[SagaId], data: JSONBody[AbandonForm], idempotency_key: IdempotencyKey = None
    ) -> Response[SagaSeen]:
        """Give it up. One that runs turns back: the money is returned, the seats are released, the order is cancelled.

        One that is on its way back ends where it stands, and what is left to undo is left to you.
        """

        async def abandon(whose: Whose) -> SagaSeen:
            return _seen(await acts.operating.abandon(whose, saga_id, data.reason, data.status))

        return await acts.once(request, idempotency_key, SagaSeen, abandon)

    return [retry_saga, abandon_saga]


def _seen(saga: SagaFacts) -> SagaSeen:
    steps = [StepSeen(**msgspec.structs.asdict(step)) for step in saga.steps]
    return SagaSeen(**{**{name: getattr(saga, name) for name in SagaSeen.__struct_fields__}, "steps": steps})
