"""Stripe's calls, each under our own id as its Idempotency-Key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import httpx
import msgspec
from structlog.typing import FilteringBoundLogger

from internal.payments.providers import signatures
from internal.payments.providers.afterwards import afterwards
from internal.payments.providers.calling import BUDGET, Calling
from internal.payments.providers.interface import (
    AnswerLost,
    BadWebhook,
    Outcome,
    PaymentOrder,
    PaymentRef,
    ProviderDown,
    RefundOrder,
    Webhook,
)
from internal.payments.providers.stripe import words
from internal.payments.providers.stripe.form import Fields, flat
from internal.payments.providers.stripe.search import age_of, intent_of, refund_of

__all__ = ["Stripe", "calling"]

_VERSION = "2024-06-20"  # of the API: what is read here has these names in it, whatever the account's default is
_KEYS_KEPT = timedelta(hours=20)  # Stripe forgets a key after 24 hours at the earliest
_METADATA = 500  # characters that Stripe takes in one value
_METHOD = re.compile(r"(pm|card|src)_\w{1,250}", re.ASCII)
_WITH_CARD: Fields = {"expand": ["latest_charge"]}
_OURS_TO_MEND = {401, 403}  # the key is wrong: nothing was done, and a buyer's other card would not help

_PAYMENT_EVENTS = {
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
}
_REFUND_EVENTS = {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}


def calling(
    url: str,
    key: str,
    log: FilteringBoundLogger,
    transport: httpx.AsyncBaseTransport | None = None,
    budget: float = BUDGET,
) -> Calling:
    """The way to Stripe's server."""
    headers = {"authorization": f"Bearer {key}", "stripe-version": _VERSION}
    return Calling("stripe", url, log, headers=headers, transport=transport, budget=budget)


class Stripe:
    """See the interface. `keeps_keys`: the other side is Stripe, which knows an Idempotency-Key again for a day."""

    name = "stripe"
    webhook_answer = ""

    def __init__(
        self,
        calls: Calling,
        log: FilteringBoundLogger,
        *,
        webhook_secret: str,
        capture: Literal["manual", "automatic"] = "manual",
        redirects: bool = True,
        keeps_keys: bool = True,
    ) -> None:
        self._calls = calls
        self._log = log.bind(provider=self.name)
        self._secret = webhook_secret
        self._capture = capture
        self._redirects = redirects
        self._keeps_keys = keeps_keys

    async def authorize(self, order: PaymentOrder) -> Outcome:
        """Create the intent, or find the one of an earlier try, and confirm it."""
        method = order.method.get("paymentMethod")
        if not isinstance(method, str) or not _METHOD.fullmatch(method):
            return words.declined(None, "", "method_invalid")
        intent = None
        if not self._keeps_keys or age_of(order) > _KEYS_KEPT:
            intent = await intent_of(self._calls, order)
        if intent is None:
            made = await self._create(order, method)
            if isinstance(made, Outcome):
                return made
            intent = made
        if intent["status"] != "requires_confirmation":
            return words.payment(intent)
        confirmation = {"return_url": (self._redirects and order.return_url) or None, **_WITH_CARD}
        return await self._act(intent["id"], "confirm", order.payment_id, confirmation)

    async def capture(self, payment: PaymentRef) -> Outcome:
        """Take what was authorised, all of it."""
        return await self._act_on(payment, "capture")

    async def void(self, payment: PaymentRef) -> Outcome:
        """Cancel the intent."""
        return await self._act_on(payment, "cancel")

    async def refund(self, refund: RefundOrder) -> Outcome:
        """Give back, once: looked for first, because two refunds cannot be told from one that was meant twice."""
        known = await self.look_up_refund(refund)
        if known.state != "missing":
            return known
        intent_id = await self._reference(refund.payment)
        if intent_id is None:
            return words.declined(None, "", "refund_refused")
        response = await self._post(
            "/v1/refunds",
            refund.refund_id,
            {
                "payment_intent": intent_id,
                "amount": words.to_stripe(refund.amount, refund.payment.currency),
                "metadata": {"refund_id": refund.refund_id, "payment_id": refund.payment.payment_id},
            },
            repeatable=self._keeps_keys,
        )
        if response.is_success:
            return words.refund(response.json())
        return words.declined(self._refusal(response), "", "refund_refused")

    async def look_up(self, payment: PaymentRef) -> Outcome:
        """The intent by its id, or by ours."""
        intent = await self._get(payment.reference) if payment.reference else None
        intent = intent or await intent_of(self._calls, payment)
        return words.payment(intent) if intent else Outcome(state="missing")

    async def look_up_refund(self, refund: RefundOrder) -> Outcome:
        """The refund by its id, or by ours among those of the intent."""
        if refund.reference:
            response = await self._calls.send("GET", f"/v1/refunds/{refund.reference}")
            if response.status_code != httpx.codes.NOT_FOUND:
                return words.refund(self._answered(response).json())
        intent_id = await self._reference(refund.payment)
        found = await refund_of(self._calls, intent_id, refund.refund_id) if intent_id else None
        return words.refund(found) if found else Outcome(state="missing")

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Webhook | None:
        """Which of our payments or refunds it speaks of; of others on the same account nothing is said to us."""
        signatures.check(headers.get("stripe-signature", ""), body, self._secret, now)
        try:
            event = msgspec.json.decode(body)
            kind, thing = event["type"], event["data"]["object"]
            ours = thing.get("metadata") or {}
            if "payment_id" not in ours or kind not in _PAYMENT_EVENTS | _REFUND_EVENTS:
                return None
            told = {"event_id": event["id"], "kind": kind, "payment_id": ours["payment_id"]}
            if kind in _REFUND_EVENTS:
                failed = words.is_no_refund(thing.get("status"))
                told |= {"refund_id": ours["refund_id"], "refund_failed": failed}
            return msgspec.convert(told, Webhook)
        except (msgspec.MsgspecError, KeyError, TypeError, AttributeError):
            raise BadWebhook from None

    async def _create(self, order: PaymentOrder, method: str) -> dict[str, Any] | Outcome:
        """The unconfirmed intent, or Stripe's no."""
        response = await self._post(
            "/v1/payment_intents",
            order.payment_id,
            {
                "amount": words.to_stripe(order.amount, order.currency),
                "currency": order.currency.lower(),
                "capture_method": self._capture,
                "payment_method": method,
                "payment_method_types": ["card"],  # what ends at once; wallets count as cards
                "metadata": {
                    "payment_id": order.payment_id,
                    "order_id": order.order_id,
                    "return_url": order.return_url if len(order.return_url) <= _METADATA else None,
                },
            },
        )
        if response.is_success:
            made = dict(response.json())
            now = await afterwards(self._get(made["id"])) if _replayed(response) else made
            return now or made
        error = self._refusal(response)
        if error.get("type") == "idempotency_error":  # begun before, with another card: that payment is the one
            known = await afterwards(intent_of(self._calls, order))
            return known or Outcome(state="missing")
        otherwise = "method_invalid" if response.status_code == httpx.codes.NOT_FOUND else "payment_refused"
        return words.declined(error, "", otherwise)

    async def _act_on(self, payment: PaymentRef, action: str) -> Outcome:
        intent_id = await self._reference(payment)
        if intent_id is None:
            return Outcome(state="missing")
        return await self._act(intent_id, action, payment.payment_id, _WITH_CARD)

    async def _act(self, intent_id: str, action: str, key: str, fields: Fields) -> Outcome:
        """Do this to the intent; if it may not be done (any more), say how the intent stands."""
        response = await self._post(f"/v1/payment_intents/{intent_id}/{action}", f"{key}-{action}", fields)
        if response.is_success:
            return words.payment(response.json())
        error = self._refusal(response)
        if response.status_code == httpx.codes.PAYMENT_REQUIRED:
            return words.declined(error, intent_id, "card_declined")
        intent = await afterwards(self._get(intent_id))
        outcome = words.payment(intent) if intent else Outcome(state="missing")
        if action == "confirm" and outcome.state == "missing":  # it stands unconfirmed: the answer is no, and stays so
            return words.declined(error, intent_id, "payment_refused")
        return outcome

    async def _reference(self, payment: PaymentRef) -> str | None:
        if payment.reference:
            return payment.reference
        intent = await intent_of(self._calls, payment)
        return intent["id"] if intent else None

    async def _get(self, intent_id: str) -> dict[str, Any] | None:
        response = await self._calls.send("GET", f"/v1/payment_intents/{intent_id}", query=flat(_WITH_CARD))
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return dict(self._answered(response).json())

    async def _post(self, path: str, key: str, fields: Fields, *, repeatable: bool = True) -> httpx.Response:
        headers = {"idempotency-key": key}
        response = await self._calls.send("POST", path, form=flat(fields), headers=headers, repeatable=repeatable)
        if response.status_code in _OURS_TO_MEND:
            self._refusal(response)
            raise ProviderDown(provider=self.name)
        return response

    def _answered(self, response: httpx.Response) -> httpx.Response:
        """The answer to a question. One that is refused says nothing about the money, so it counts as lost."""
        if not response.is_success:
            self._refusal(response)
            raise AnswerLost(provider=self.name)
        return response

    def _refusal(self, response: httpx.Response) -> dict[str, Any]:
        """Stripe's error, written down for the operator: what the buyer reads is in our words."""
        try:
            error = dict(response.json()["error"])
        except (ValueError, KeyError, TypeError):
            error = {}
        said = {name: error.get(name) for name in ("type", "code", "decline_code", "param", "message")}
        self._log.info("provider refused", status=response.status_code, **said)
        return error


def _replayed(response: httpx.Response) -> bool:
    """Whether this is what Stripe answered the first time, which may be long past."""
    return bool(response.headers.get("idempotent-replayed") == "true")
