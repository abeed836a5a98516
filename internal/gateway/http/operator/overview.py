"""What is there and how it fares, and two truths compared."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from internal.gateway.http.operator.acting import ACTED, Acts, fresh
from internal.gateway.operating import Operating, ServiceUnknown, Whose
from internal.platform.http import RouteHandler, problems
from internal.platform.http.forms import Body, Web
from internal.platform.http.gate import admin_of
from internal.platform.http.once import IdempotencyKey
from proto.reconcile import Look

__all__ = ["routes"]


class Process(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A process. `here`: it answers, and `parts` is what it needs, each `up` or `down`.

    `silent`: it signs the roster, but did not answer. `gone`: neither, since `seenAt`, and no other took its place.
    """

    replica: str
    services: list[str]
    state: Literal["here", "silent", "gone"]
    parts: dict[str, str]
    started_at: datetime
    seen_at: datetime


class ServiceSeen(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A service: how many of its replicas answer, of how many; `seenAt` is null where none ever came."""

    service: str
    here: int
    of: int
    seen_at: datetime | None


class Durable(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A consumer that has something left to do."""

    stream: str
    durable: str
    waiting: int
    unacknowledged: int


class System(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state of everything; null is what cannot be known just now."""

    processes: list[Process]
    services: list[ServiceSeen] | None
    behind: list[Durable] | None
    letters: int | None
    stuck: int | None
    owed: int | None


class ReconcileForm(Body, frozen=True, kw_only=True):
    """Whether what differs is put right, where that can be done."""

    repair: bool


class Seen(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a service's reconcilers saw."""

    service: str
    looks: list[Look]


ServiceName = Annotated[str, Meta(pattern=r"^[a-z]{1,40}$(?!\n)")]


def routes(acts: Acts) -> list[RouteHandler]:
    """Both."""
    return [_looking(acts.operating), _comparing(acts)]


def _looking(operating: Operating) -> RouteHandler:

    @get("/api/operator/system", tags=["operator"])
    async def look_at_system(request: Web) -> Response[System]:
        """Every process that is there or is missed, the consumers that are behind, and how much waits for a person."""
        admin_of(request)
        found = await operating.overview()
        return fresh(
            System(
                processes=[Process(**one._asdict()) for one in found.processes],
                services=None if found.services is None else [ServiceSeen(**one._asdict()) for one in found.services],
                behind=None if found.behind is None else [Durable(**one._asdict()) for one in found.behind],
                letters=found.letters,
                stuck=found.stuck,
                owed=found.owed,
            )
        )

    return look_at_system


def _comparing(acts: Acts) -> RouteHandler:
    @post(
        "/api/operator/services/{service:str}/reconcile",
        status_code=200,
        tags=["operator"],
        responses=ACTED | problems(ServiceUnknown),
    )
    async def reconcile_service(
        request: Web,
        service: FromPath[ServiceName],
        data: JSONBody[ReconcileForm],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Seen]:
        """Let a service compare its truths once, now, and say what differs. It may take a minute."""

        async def reconcile(whose: Whose) -> Seen:
            return Seen(service=service, looks=await acts.operating.reconcile(whose, service, repair=data.repair))

        return await acts.once(request, idempotency_key, Seen, reconcile)

    return reconcile_service
