"""What is there and how it fares, and two truths compared."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from internal.gateway.http.operator.acting import ActKey, fresh, whose
from internal.gateway.operating import Operating, ServiceUnknown
from internal.platform.http import RouteHandler, problems
from internal.platform.http.forms import Body, Web
from internal.platform.http.gate import admin_of
from proto.reconcile import Look

__all__ = ["routes"]


class Process(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A process that answers; `parts` is what it needs, each `up` or `down`."""

    replica: str
    services: list[str]
    parts: dict[str, str]
    started_at: datetime


class Durable(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A consumer that has something left to do."""

    stream: str
    durable: str
    waiting: int
    unacknowledged: int


class System(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state of everything; null is what cannot be known just now."""

    processes: list[Process]
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


def routes(operating: Operating) -> list[RouteHandler]:
    """All of them."""

    @get("/api/operator/system", tags=["operator"])
    async def look_at_system(request: Web) -> Response[System]:
        """Every process that answers, the consumers that are behind, and how much waits for a person."""
        admin_of(request)
        found = await operating.overview()
        answer: Response[Any] = fresh(
            System(
                processes=[Process(**msgspec.structs.asdict(one)) for one in found.processes],
                behind=None if found.behind is None else [Durable(**one._asdict()) for one in found.behind],
                letters=found.letters,
                stuck=found.stuck,
                owed=found.owed,
            )
        )
        return answer

    @post(
        "/api/operator/services/{service:str}/reconcile",
        status_code=200,
        tags=["operator"],
        responses=problems(ServiceUnknown),
    )
    async def reconcile_service(
        request: Web,
        service: FromPath[ServiceName],
        data: JSONBody[ReconcileForm],
        idempotency_key: ActKey = None,
    ) -> Response[Seen]:
        """Let a service compare its truths once, now, and say what differs. It may take a minute."""
        looks = await operating.reconcile(whose(request, idempotency_key), service, repair=data.repair)
        answer: Response[Any] = fresh(Seen(service=service, looks=looks))
        return answer

    return [look_at_system, reconcile_service]
