"""What the orchestrator is asked, and what it tells of a saga that ended."""

from __future__ import annotations

from typing import Any, Literal

from proto import Answer, Event, Request, event, rpc

__all__ = ["CheckoutEnded", "CheckoutFacts", "CheckoutStatus", "GetCheckout", "StartCheckout"]

# `requires_action`: the buyer is to go to `actionUrl`. `completed`: the seats are sold. `failed`: nothing was charged,
# or it went back; `code` and `message` say why.
CheckoutStatus = Literal["running", "requires_action", "completed", "failed"]


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


@rpc("rpc.checkout.get")
class GetCheckout(Request[CheckoutFacts], frozen=True, kw_only=True):
    """How does this checkout stand?"""

    checkout_id: str
