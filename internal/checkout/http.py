"""The routes of checkout: decode, call the handler, encode."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from internal.checkout.domain import (
    CheckoutData,
    CheckoutUnderWay,
    CheckoutUnknown,
    HoldChanged,
    PaymentDeclined,
    PaymentNeeded,
    SeatNotHeld,
    SeatUnknown,
    facts_of,
    fault_of,
)
from internal.checkout.handlers import Checkouts
from internal.checkout.seats import Seats
from internal.platform.http import RouteHandler, member_of, problems, visitor_of
from internal.platform.http.forms import Body, Web
from internal.platform.http.once import IdempotencyKey, once_of
from internal.platform.http.paying import Method, Paying, ReturnElsewhere, ReturnUrl, require_plain
from internal.platform.http.problems import MEDIA_TYPE, Problem
from internal.platform.idempotency import InFlight, KeyReused
from internal.platform.saga import Saga
from proto.checkout import CheckoutStatus, StartCheckout

__all__ = ["routes"]


HoldId = Annotated[str, Meta(pattern=r"^hold_[0-9a-f]{32}$(?!\n)")]
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$(?!\n)")]
Provider = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}$(?!\n)")]


class Payment(Body, frozen=True, kw_only=True):
    """How one pays. `method` is for the provider alone; `returnUrl` is where its page sends the buyer back to."""

    provider: Provider
    method: Method = msgspec.field(default_factory=dict)
    return_url: ReturnUrl | None = None

    def __post_init__(self) -> None:
        require_plain(self.method)


class Buyer(Body, frozen=True, kw_only=True):
    """Whose name is on the tickets, and whom the house can write to."""

    name: Line
    email: Email


class CheckoutForm(Body, frozen=True, kw_only=True):
    """What is held, and how it is paid; what costs nothing needs no payment."""

    hold_id: HoldId
    payment: Payment | None = None
    buyer: Buyer | None = None


class ReserveForm(Body, frozen=True, kw_only=True):
    """How the seat is paid, if it costs anything. One's own hold of just this seat is found; `holdId` names another."""

    hold_id: HoldId | None = None
    payment: Payment | None = None
    buyer: Buyer | None = None


class StepPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One step, its tries, and those of what takes it back."""

    name: str
    state: str
    tries: int
    undos: int
    started_at: datetime | None
    ended_at: datetime | None


class CheckoutPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A checkout as it stands. `requires_action`: send the buyer to `actionUrl`."""

    checkout_id: str
    order_id: str
    hold_id: str
    status: CheckoutStatus
    created_at: datetime
    steps: list[StepPage]
    action_url: str | None = None
    code: str = ""
    message: str = ""
    showtime_id: str = ""
    total: int = 0
    currency: str = ""
    ended_at: datetime | None = None


_NOTHING_SAID = ReserveForm()
_ANSWERS = {
    202: ResponseSpec(CheckoutPage, generate_examples=False, description="It goes on: look at Location"),
    410: ResponseSpec(
        Problem,
        generate_examples=False,
        description="`hold_ended`: the hold is over; hold the seats again.",
        media_type=MEDIA_TYPE,
    ),
    **problems(ReturnElsewhere, CheckoutUnderWay, HoldChanged, PaymentDeclined, PaymentNeeded, KeyReused, InFlight),
}


def routes(checkouts: Checkouts, seats: Seats, paying: Paying) -> list[RouteHandler]:
    """Every route."""
    return [*_checkouts(checkouts, paying), _reserving(seats, paying)]


def _reserving(seats: Seats, paying: Paying) -> RouteHandler:
    @post(
        "/api/seats/{event_id:str}/{seat_number:str}/reserve",
        status_code=201,
        tags=["short routes"],
        responses={**_ANSWERS, **problems(SeatUnknown, SeatNotHeld)},
    )
    async def reserve(
        request: Web,
        event_id: FromPath[str],
        seat_number: FromPath[str],
        data: JSONBody[ReserveForm] = _NOTHING_SAID,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[CheckoutPage]:
        """Hold and buy one seat of an event's next showtime, or buy what one holds of it already.

        Answers as `POST /api/checkouts` does.
        """
        asked, once = _asked(request, data, paying), await once_of(request, idempotency_key)
        return _answer(await seats.reserve(event_id, seat_number, asked, once))

    return reserve


def _checkouts(checkouts: Checkouts, paying: Paying) -> list[RouteHandler]:
    @post("/api/checkouts", status_code=201, tags=["checkouts"], responses=_ANSWERS)
    async def buy(
        request: Web, data: JSONBody[CheckoutForm], idempotency_key: IdempotencyKey = None
    ) -> Response[CheckoutPage]:
        """Buy what is held. 201: it is bought, or the buyer is to go to `actionUrl` first, as `status` says.

        202: it goes on; look at Location. A problem: nothing was charged, or it was given back; with 402 the seats are
        still held, and another checkout with another card may be tried.
        """
        asked, once = _asked(request, data, paying), await once_of(request, idempotency_key)
        return _answer(await checkouts.buy(asked, once))

    @get("/api/checkouts/{checkout_id:str}", tags=["checkouts"], responses=problems(CheckoutUnknown))
    async def look(request: Web, checkout_id: FromPath[str]) -> CheckoutPage:
        """A checkout of one's own, with every step."""
        who = member_of(request)
        return page_of(await checkouts.look(checkout_id, None if who.is_admin else who.user_id))

    return [buy, look]


def _asked(request: Web, form: CheckoutForm | ReserveForm, paying: Paying) -> StartCheckout:
    payment, buyer = form.payment, form.buyer
    return StartCheckout(
        checkout_id="",
        user_id=member_of(request).user_id,
        hold_id=form.hold_id or "",
        provider=payment.provider if payment else "",
        method=payment.method if payment else {},
        return_url=paying.back(payment.return_url) if payment else "",
        buyer_name=buyer.name if buyer else "",
        buyer_email=buyer.email if buyer else "",
        buyer_ip=visitor_of(request).address,
    )


def _answer(saga: Saga) -> Response[CheckoutPage]:
    page = page_of(saga)
    if page.status == "failed":
        raise fault_of(saga)
    status = 202 if page.status == "running" else 201
    return Response(page, status_code=status, headers={"location": f"/api/checkouts/{saga.id}"})


def page_of(saga: Saga) -> CheckoutPage:
    """A saga as its buyer sees it: what went wrong inside is for people at the desk."""
    facts, data = facts_of(saga), msgspec.convert(saga.data, CheckoutData)
    return CheckoutPage(
        checkout_id=saga.id,
        order_id=facts.order_id,
        hold_id=facts.hold_id,
        status=facts.status,
        created_at=saga.created_at,
        steps=[
            StepPage(
                name=step.name,
                state=step.state.value,
                tries=step.tries,
                undos=step.undos,
                started_at=step.started_at,
                ended_at=step.ended_at,
            )
            for step in saga.steps
        ],
        action_url=facts.action_url,
        code=facts.code,
        message=facts.message,
        showtime_id=data.showtime_id,
        total=data.total,
        currency=data.currency,
        ended_at=saga.ended_at,
    )
