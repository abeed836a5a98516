"""The built-in provider: the virtual point of sale (`internal.pos`), spoken to by HTTP as any other.

`method` is {"card": {"number": "4242424242424242", "expMonth": 12, "expYear": 2030, "cvc": "123"}}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import quote, urljoin

import httpx
import msgspec
from structlog.typing import FilteringBoundLogger

from internal.payments.providers import signatures
from internal.payments.providers.calling import Calling
from internal.payments.providers.interface import (
    AnswerLost,
    BadWebhook,
    Card,
    Entry,
    Outcome,
    PaymentOrder,
    PaymentRef,
    Provider,
    RefundOrder,
    State,
    Webhook,
)
from internal.platform.config import Front, Settings, read

__all__ = ["Mock", "offered"]

_SIGNATURE = "pos-signature"


class MockSettings(Settings, frozen=True, kw_only=True):
    """Without a key this provider is not offered: nobody sells real seats for play money by accident."""

    prefix: ClassVar[str] = "AISLE_PAYMENTS_MOCK_"

    url: str = ""  # of the point of sale; this process's own front if it is not said
    public_url: str = ""  # where the buyer's browser finds it; the same if it is not said
    key: str = ""
    webhook_secret: str = ""


class _Charge(msgspec.Struct, frozen=True, rename="camel"):
    key: str
    id: str
    state: Literal["requires_action", "processing", "authorized", "captured", "declined", "voided"]
    action_path: str = ""
    code: str = ""
    message: str = ""
    brand: str = ""
    last4: str = ""


class _Refund(msgspec.Struct, frozen=True, rename="camel"):
    key: str
    id: str
    state: Literal["pending", "succeeded", "failed"]
    code: str = ""
    message: str = ""


class _Booked(msgspec.Struct, frozen=True):
    key: str
    amount: int
    state: str


class _BookedCharge(_Booked, frozen=True):
    currency: str


class _BookedRefund(_Booked, frozen=True):
    charge: str


class _Books(msgspec.Struct, frozen=True):
    charges: list[_BookedCharge]
    refunds: list[_BookedRefund]


class _Told(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    type: str
    charge: str
    refund: str = ""


_STATES: dict[str, State] = {"captured": "succeeded", "voided": "canceled", "failed": "declined"}


def offered(environment: Mapping[str, str], log: FilteringBoundLogger) -> Provider | None:
    """It, if it has a key."""
    settings = read(MockSettings, environment)
    if not settings.key or not settings.webhook_secret:
        return None
    url = settings.url or read(Front, environment).url
    calling = Calling("mock", url, log, headers={"x-pos-key": settings.key})
    return Mock(calling, settings.webhook_secret, settings.public_url or url)


class Mock:
    """Speaks /pos/v1."""

    name = "mock"
    webhook_answer = ""

    def __init__(self, calling: Calling, secret: str, public_url: str) -> None:
        self.calling = calling
        self._secret = secret
        self._public_url = public_url

    async def authorize(self, order: PaymentOrder) -> Outcome:
        """Under the payment's id; a card that is none is declined there."""
        body = {
            "order": order.order_id,
            "amount": order.amount,
            "currency": order.currency,
            "card": order.method.get("card"),
            "returnUrl": order.return_url,
            "webhookUrl": order.webhook_url,
            "capture": True,
        }
        response = await self.calling.send("POST", "/pos/v1/charges", json=body, headers=_key(order.payment_id))
        if response.status_code == httpx.codes.BAD_REQUEST:
            return Outcome(state="declined", code="invalid_card", message="The card's details are not complete.")
        return self._outcome(response)

    async def capture(self, payment: PaymentRef) -> Outcome:
        return self._outcome(await self.calling.send("POST", f"{_charge(payment)}/capture"))

    async def void(self, payment: PaymentRef) -> Outcome:
        return self._outcome(await self.calling.send("POST", f"{_charge(payment)}/void"))

    async def refund(self, refund: RefundOrder) -> Outcome:
        path, key = f"{_charge(refund.payment)}/refunds", _key(refund.refund_id)
        return _refund_outcome(await self.calling.send("POST", path, json={"amount": refund.amount}, headers=key))

    async def look_up(self, payment: PaymentRef) -> Outcome:
        return self._outcome(await self.calling.send("GET", _charge(payment)))

    async def look_up_refund(self, refund: RefundOrder) -> Outcome:
        return _refund_outcome(await self.calling.send("GET", f"/pos/v1/refunds/{quote(refund.refund_id, safe='')}"))

    async def books(self, since: datetime | None) -> Sequence[Entry]:
        """All of them in one answer."""
        query = {} if since is None else {"since": since.isoformat()}
        books: _Books = _read(await self.calling.send("GET", "/pos/v1/books", query=query), _Books)
        currencies = {one.key: one.currency for one in books.charges}
        return [
            *(_entry("charge", one, one.currency) for one in books.charges),
            *(_entry("refund", one, currencies.get(one.charge, "")) for one in books.refunds),
        ]

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Webhook | None:
        signatures.check(headers.get(_SIGNATURE, ""), body, self._secret, now)
        try:
            told = msgspec.json.decode(body, type=_Told)
        except msgspec.DecodeError as error:
            raise BadWebhook(str(error)) from None
        failed = told.type == "refund.failed"
        return Webhook(
            event_id=told.id, kind=told.type, payment_id=told.charge, refund_id=told.refund, refund_failed=failed
        )

    def _outcome(self, response: httpx.Response) -> Outcome:
        if response.status_code == httpx.codes.NOT_FOUND:
            return Outcome(state="missing")
        charge = _read(response, _Charge)
        return Outcome(
            state=_STATES.get(charge.state, charge.state),  # the rest are the same words
            reference=charge.id,
            action_url=urljoin(self._public_url, charge.action_path) if charge.action_path else "",
            code=charge.code,
            message=charge.message,
            card=Card(charge.brand, charge.last4),
        )


def _entry(kind: Literal["charge", "refund"], one: _Booked, currency: str) -> Entry:
    return Entry(kind=kind, key=one.key, amount=one.amount, currency=currency, state=one.state)


def _key(our_id: str) -> dict[str, str]:
    return {"idempotency-key": our_id}


def _charge(payment: PaymentRef) -> str:
    return f"/pos/v1/charges/{quote(payment.payment_id, safe='')}"


def _refund_outcome(response: httpx.Response) -> Outcome:
    if response.status_code == httpx.codes.NOT_FOUND:
        return Outcome(state="missing")
    if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        return Outcome(state="declined", code="refund_refused", message="The provider refuses this refund.")
    refund = _read(response, _Refund)
    state = _STATES.get(refund.state, refund.state)
    return Outcome(state=state, reference=refund.id, code=refund.code, message=refund.message)


def _read(response: httpx.Response, kind: type[Any]) -> Any:
    if not response.is_success:
        raise AnswerLost(f"The point of sale said {response.status_code}.", provider="mock")
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.DecodeError:
        raise AnswerLost("The point of sale said something else.", provider="mock") from None
