"""What a provider must be able to do, and what it answers; everything about money is written against this alone.

Our own id of the payment or refund is the key of every call: the same call again does nothing new. A provider without
idempotency keys uses the id as its order number, looks before it repeats, and calls with `repeatable=False`.

What a call says:
    an Outcome    the provider's word. `declined` is one: it worked, and the answer is no
    ProviderDown  nothing was done, for certain: no connection, the circuit is open, or a plain refusal to work
    AnswerLost    it may have been done: the payment becomes `unknown` and is looked up until the provider says
    any other     a bug; it counts as AnswerLost, because nobody knows what was done
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from internal.platform.faults import Fault, Kind, Unavailable

__all__ = [
    "AnswerLost",
    "BadWebhook",
    "Card",
    "Entry",
    "KeepsBooks",
    "Outcome",
    "PaymentOrder",
    "PaymentRef",
    "Provider",
    "ProviderDown",
    "RefundOrder",
    "State",
    "Webhook",
]

# Of a payment: all but `pending`. Of a refund: `pending`, `succeeded`, `declined`, `missing`.
# `canceled`: voided or given up at the provider; `missing`: the provider never heard of this id.
State = Literal[
    "requires_action", "processing", "authorized", "succeeded", "declined", "canceled", "pending", "missing"
]


class ProviderDown(Unavailable, kind=Kind.UNAVAILABLE):
    """The payment provider is not reachable just now; nothing was charged, try again shortly."""


class AnswerLost(Unavailable, kind=Kind.UNAVAILABLE):
    """The payment provider did not answer; it is asked again until it says what was done."""


class BadWebhook(Fault, kind=Kind.INVALID):
    """This message is not the provider's, or too old."""


class Card(msgspec.Struct, frozen=True):
    """All that may be kept of a card."""

    brand: str = ""
    last4: str = ""


class PaymentOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be authorised and captured. `method` is the provider's own affair and is never stored or logged."""

    payment_id: str
    order_id: str
    user_id: str
    amount: int  # minor units
    currency: str  # ISO 4217, upper case
    method: dict[str, Any]
    buyer_email: str = ""
    buyer_name: str = ""
    return_url: str = ""  # where the buyer's browser goes after 3-D Secure
    buyer_ip: str = ""  # the address from which the buyer asked, if that is known; no more stored than `method`
    webhook_url: str = ""  # where this provider reports to us, if it wants to be told in the call
    begun_at: datetime  # before the first call, for providers that forget keys


class PaymentRef(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that was begun. `reference` is the provider's own id of it, empty if we never got one."""

    payment_id: str
    order_id: str
    amount: int
    currency: str
    reference: str = ""
    begun_at: datetime  # before the first call, for providers that forget keys or close their pages


class RefundOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Money to be given back. `refund_id` is the key; `reference` the provider's own id of the refund, if known.

    `asked_before`: an earlier call may have reached the provider, which must not be asked twice if it keeps no keys.
    """

    refund_id: str
    payment: PaymentRef
    amount: int
    reason: str = ""
    reference: str = ""
    asked_before: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's word on one payment or refund, as it stands now.

    `code` (snake_case, such as card_declined, insufficient_funds) and `message` are for the buyer: never the provider's
    internals. `amount` is what was captured or given back, where the provider says it; 0 means as ordered.
    """

    state: State
    reference: str = ""
    action_url: str = ""
    code: str = ""
    message: str = ""
    amount: int = 0
    card: Card = Card()


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified message is about. It is a hint to look, never the truth itself: the state is fetched.

    One of `payment_id` (ours) and `reference` (the provider's) is set. `refund_failed`: the money of a refund that may
    have been through came back, as some banks do with it days later. `outcome` is given only by a provider that cannot
    be asked (its signed message is then all there is).
    """

    event_id: str
    kind: str
    payment_id: str = ""
    reference: str = ""
    refund_id: str = ""
    refund_failed: bool = False
    outcome: Outcome | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A charge or a refund in a provider's books, by the key that it was asked for with: our own id."""

    kind: Literal["charge", "refund"]
    key: str
    amount: int
    currency: str  # empty where the books do not say
    state: str  # in the provider's words, for a person to read


@runtime_checkable
class KeepsBooks(Protocol):
    """What a provider can do beside all else, if it can: show everything that it was ever asked for."""

    async def books(self, since: datetime | None) -> Sequence[Entry]:
        """All charges and refunds that were begun since then; None means ever."""
        ...


class Provider(Protocol):
    """One way to be paid. Its calls go through `providers.calling.Calling`, which has the timeouts and the breaker."""

    @property
    def name(self) -> str:
        """As in `Pay.provider`, `/webhooks/{provider}` and the ledger's account `provider:<name>`."""
        ...

    @property
    def webhook_answer(self) -> str:
        """The body that the provider wants to read after a webhook was stored; empty for most."""
        ...

    async def authorize(self, order: PaymentOrder) -> Outcome:
        """Authorise under the key `payment_id`; may capture at once (`succeeded`) where the provider knows no other."""
        ...

    async def capture(self, payment: PaymentRef) -> Outcome:
        """Take what was authorised; of what is captured already, `succeeded`."""
        ...

    async def void(self, payment: PaymentRef) -> Outcome:
        """Give up what is not captured: `canceled`. `succeeded` if it is captured after all: a refund is needed then.

        Of an id never heard of `missing`, or `canceled` if the provider then refuses a later authorize of it.
        """
        ...

    async def refund(self, refund: RefundOrder) -> Outcome:
        """Give back so much under the key `refund_id`."""
        ...

    async def look_up(self, payment: PaymentRef) -> Outcome:
        """How does it stand? Changes nothing."""
        ...

    async def look_up_refund(self, refund: RefundOrder) -> Outcome:
        """How does the refund stand? Changes nothing."""
        ...

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Webhook | None:
        """What the raw body says if its signature is good, else `BadWebhook`; None for a kind that tells us nothing.

        Header names are lower case.
        """
        ...
