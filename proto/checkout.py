"""What the orchestrator is asked, and what it tells of a saga that ended."""

from __future__ import annotations

from typing import Any, Literal

from proto import Answer, Event, Moment, Part, Request, event, rpc

__all__ = [
    "AbandonSaga",
    "CheckoutEnded",
    "CheckoutFacts",
    "CheckoutStatus",
    "GetCheckout",
    "GetSaga",
    "ListSagas",
    "RetrySaga",
    "SagaFacts",
    "SagaStatus",
    "SagaStep",
    "Sagas",
    "StartCheckout",
    "WhichSagas",
]

# `requires_action`: the buyer is to go to `actionUrl`. `completed`: the seats are sold. `failed`: nothing was charged,
# or it went back; `code` and `message` say why.
CheckoutStatus = Literal["running", "requires_action", "completed", "failed"]
SagaStatus = Literal["running", "undoing", "completed", "failed", "abandoned"]
WhichSagas = Literal["live", "stuck", "running", "undoing", "completed", "failed", "abandoned", "all"]


@event("checkout.ended")
class CheckoutEnded(Event, frozen=True, kw_only=True):
    """A checkout reached its end, one way or the other."""

    checkout_id: str
    order_id: str
    user_id: str
    status: Literal["completed", "failed"]
    code: str = ""
    message: str = ""


class CheckoutFacts(Answer, frozen=True, kw_only=True):
    """A checkout as it stands."""

    checkout_id: str
    order_id: str
    user_id: str
    hold_id: str
    status: CheckoutStatus
    action_url: str | None = None
    code: str = ""
    message: str = ""


@rpc("rpc.checkout.start")
class StartCheckout(Request[CheckoutFacts], frozen=True, kw_only=True):
    """Buy what is held; the same checkout id is one checkout. Answers as soon as it is written down."""

    checkout_id: str
    user_id: str
    hold_id: str
    provider: str = ""
    method: dict[str, Any] = {}
    buyer_name: str = ""
    buyer_email: str = ""
    return_url: str = ""
    buyer_ip: str = ""


@rpc("rpc.checkout.get")
class GetCheckout(Request[CheckoutFacts], frozen=True, kw_only=True):
    """How does this checkout stand?"""

    checkout_id: str


class SagaStep(Part, frozen=True, kw_only=True):
    """One step of a saga: its tries, those of what takes it back, how often it failed in a row, and its last error."""

    name: str
    state: str
    tries: int
    undos: int
    failures: int = 0
    error: str = ""
    started_at: Moment | None = None
    tried_at: Moment | None = None
    ended_at: Moment | None = None
    deadline_at: Moment | None = None


class SagaFacts(Answer, frozen=True, kw_only=True):
    """A saga as it stands, for those who look after the system; `about` is what it knows, without cards."""

    saga_id: str
    name: str
    status: SagaStatus
    stuck: bool
    step: str
    due_at: Moment
    created_at: Moment
    ended_at: Moment | None = None
    code: str = ""
    message: str = ""
    about: dict[str, Any] = {}
    steps: list[SagaStep] = []


class Sagas(Answer, frozen=True, kw_only=True):
    """Some sagas, the newest first."""

    sagas: list[SagaFacts]


@rpc("rpc.checkout.sagas")
class ListSagas(Request[Sagas], frozen=True, kw_only=True):
    """Which sagas are there, older than `after`? `live` ones go on, `stuck` ones fail again and again."""

    which: WhichSagas = "live"
    after: str = ""
    limit: int = 50


@rpc("rpc.checkout.saga")
class GetSaga(Request[SagaFacts], frozen=True, kw_only=True):
    """How does this saga stand, step by step?"""

    saga_id: str


@rpc("rpc.checkout.retry")
class RetrySaga(Request[SagaFacts], frozen=True, kw_only=True):
    """A person repaired what was wrong: try at once."""

    saga_id: str


@rpc("rpc.checkout.abandon")
class AbandonSaga(Request[SagaFacts], frozen=True, kw_only=True):
    """A person gives it up: one that runs turns back; one that cannot get back ends where it stands.

    With `status` only if it still stands so: told twice, it turns back and does not end where it stands.
    """

    saga_id: str
    reason: str
    status: SagaStatus | None = None
