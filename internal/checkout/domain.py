"""What a checkout knows, what it tells, and what a payment's state means for it. Decides only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from internal.platform.faults import Fault, Kind, fault_from_wire
from internal.platform.ids import is_id
from internal.platform.saga.domain import Answer, Done, Failed, Reason, RetryLater, Saga, Status, Wait
from proto.checkout import CheckoutFacts
from proto.payments import PaymentFacts

__all__ = [
    "CHECKOUT",
    "REFUND",
    "CheckoutData",
    "CheckoutUnderWay",
    "CheckoutUnknown",
    "HoldChanged",
    "MoneyKept",
    "PaymentDeclined",
    "PaymentNeeded",
    "RefundData",
    "SeatNotHeld",
    "SeatUnknown",
    "checkout_of",
    "facts_of",
    "fault_of",
    "given_back",
    "is_settled",
    "order_of",
    "paid",
    "payment_of",
    "refused",
    "without_card",
]

CHECKOUT: Final = "checkout"
REFUND: Final = "refund"


class CheckoutUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such checkout of yours."""


class CheckoutUnderWay(Fault, kind=Kind.CONFLICT):
    """This hold is being bought already; another try is possible when that one has failed."""


class HoldChanged(Fault, kind=Kind.CONFLICT):
    """Seats of this hold were given back while it was being bought; nothing was charged, and the rest is still held."""


class SeatUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such seat, or no such event on sale."""


class SeatNotHeld(Fault, kind=Kind.UNPROCESSABLE):
    """This hold has not the seat that is to be reserved."""


class MoneyKept(Fault, kind=Kind.CONFLICT):
    """The buyer's money is still kept: given up now, nobody would give it back."""


class PaymentNeeded(Fault, kind=Kind.UNPROCESSABLE):
    """These seats cost something: say how you pay."""


class PaymentDeclined(Fault, kind=Kind.UNPAID):
    """The payment was declined; the seats are still held for you, so try another card."""


class CheckoutData(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkout remembers."""

    user_id: str
    hold_id: str
    order_id: str
    payment_id: str
    provider: str = ""
    method: dict[str, Any] = {}
    buyer_name: str = ""
    buyer_email: str = ""
    return_url: str = ""
    buyer_ip: str = ""
    showtime_id: str = ""
    seat_ids: list[str] = []  # that the order is for
    total: int = 0
    currency: str = ""
    asked: bool = False  # payments knows of it, so it is looked at and not asked for again
    action_url: str | None = None
    extended: bool = False


class RefundData(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund remembers."""

    order_id: str
    payment_id: str
    seat_ids: list[str]
    amount: int
    reason: str
    by_hand: str = ""  # how a person gave it back already, and who says so
    settled_by: str = ""
    returned: bool = False


def order_of(checkout_id: str) -> str:
    return "order_" + checkout_id.removeprefix("checkout_")


def payment_of(checkout_id: str) -> str:
    return "pay_" + checkout_id.removeprefix("checkout_")


def checkout_of(order_id: str) -> str | None:
    """The checkout that made this order, if one did."""
    return "checkout_" + order_id.removeprefix("order_") if is_id("order", order_id) else None


# Payments as they stand before any provider has said a word about them.
_NOT_BEGUN = {"created", "unknown"}
# What is wrong at this moment, and not with the request.
_PASSING = {Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.INTERNAL, Kind.LIMITED, Kind.STALE}


def refused(fault: Fault) -> Failed:
    """A peer's no as the saga's end; trouble that passes is raised again, to be tried again."""
    if fault.kind in _PASSING:
        raise fault
    return Failed(Reason(code=fault.code, message=fault.detail, kind=fault.kind.name))


def without_card(data: CheckoutData) -> CheckoutData:
    """Without what payments alone has to know, and only once."""
    return replace(data, method={}, buyer_ip="")


def paid(facts: PaymentFacts, known: CheckoutData, again: datetime) -> Answer:
    """What a payment's state means for the checkout that waits for it."""
    if facts.status in _NOT_BEGUN:  # the card is still needed: whoever was to ask the provider may be dead
        return Wait(again, known)
    data = replace(without_card(known), asked=True, action_url=None)
    if facts.status == "succeeded":
        return Done(data)
    if facts.status in {"failed", "canceled"}:
        code, message = facts.code or "payment_failed", facts.message or PaymentDeclined.title
        return Failed(Reason(code=code, message=message, kind=Kind.UNPAID.name), data)
    if facts.status == "requires_action":
        data = replace(data, action_url=facts.action_url)
    return Wait(again, data)


def given_back(facts: PaymentFacts, again: datetime) -> Answer:
    """Whether a payment that was given up is over: nothing was captured, or all of it went back."""
    if facts.status in {"succeeded", "failed", "canceled"}:
        # what was given up may be captured all the same, later than anybody waits
        whole = facts.captured or (facts.amount if facts.status == "succeeded" else 0)
        return Done() if facts.refunded >= whole else Wait(again)
    return RetryLater(f"the payment is still {facts.status}")


def is_settled(saga: Saga) -> bool:
    """Whether the buyer can be told something that they wait for."""
    return facts_of(saga).status != "running"


def facts_of(saga: Saga) -> CheckoutFacts:
    """A checkout as others are told of it."""
    data = msgspec.convert(saga.data, CheckoutData)
    told = CheckoutFacts(
        checkout_id=saga.id, order_id=data.order_id, user_id=data.user_id, hold_id=data.hold_id, status="running"
    )
    if saga.status is Status.COMPLETED:
        return replace(told, status="completed")
    if not saga.status.live:
        reason = saga.reason or Reason(code="internal", message="")
        return replace(told, status="failed", code=reason.code, message=reason.message)
    if saga.status is Status.RUNNING and data.action_url is not None:
        return replace(told, status="requires_action", action_url=data.action_url)
    return told


def fault_of(saga: Saga) -> Fault:
    """Why a checkout failed, as an answer to the one who asked for it."""
    assert saga.reason is not None, "what failed has a reason"
    data = msgspec.convert(saga.data, CheckoutData)
    extra: dict[str, Any] = {"checkoutId": saga.id, "orderId": data.order_id}
    if saga.reason.kind == Kind.UNPAID.name:
        return PaymentDeclined(saga.reason.message, reason=saga.reason.code, **extra)
    kind = saga.reason.kind if saga.reason.kind in Kind.__members__ else Kind.INTERNAL.name
    return fault_from_wire(saga.reason.code, kind, saga.reason.message, extra)
