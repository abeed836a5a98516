"""PayTR's four calls: a page to pay on, the status, a refund, and the callback that it makes to us."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from time import time
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
from structlog.typing import FilteringBoundLogger

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
from internal.payments.providers.paytr import fields, words
from internal.payments.providers.paytr.signature import is_signed, token

__all__ = ["Merchant", "PayTR", "calling"]

_NOT_PAID = "004"  # the status inquiry's error: no successful payment under this number
_GRACE = 120  # seconds after the page closes until a payment is called expired: a bank's answer may be on its way
_AMOUNT = re.compile(r"[0-9]{1,12}")
_LONGEST = 10_000  # bytes of a callback, which has some hundreds


class Merchant(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are at PayTR, and how its page behaves for our buyers."""

    id: str
    key: str
    salt: str
    minutes: int
    instalments: int
    language: str
    test: bool
    page_url: str


def calling(
    url: str, log: FilteringBoundLogger, transport: httpx.AsyncBaseTransport | None = None, budget: float = BUDGET
) -> Calling:
    """The way to PayTR's server; every request is signed by itself."""
    return Calling("paytr", url, log, transport=transport, budget=budget)


class PayTR:
    """See the interface."""

    name = "paytr"
    webhook_answer = "OK"  # this and nothing else, or the callback comes again in a minute

    def __init__(
        self, calls: Calling, log: FilteringBoundLogger, merchant: Merchant, clock: Callable[[], float] = time
    ) -> None:
        self._calls = calls
        self._log = log.bind(provider=self.name)
        self._we = merchant
        self._clock = clock

    async def authorize(self, order: PaymentOrder) -> Outcome:
        """A page for the buyer to pay on. Who pays is charged at once; a number that is paid gets no new page."""
        if order.currency not in fields.CURRENCIES:
            return words.declined("currency_not_supported")
        if not order.buyer_email:
            return words.declined("email_required")
        said = await self._ask("/odeme/api/get-token", self._wanted(order))
        if said.get("status") == "success":
            return Outcome(state="requires_action", reference=said["token"], action_url=self._page(said["token"]))
        self._log.info("provider refused", status=said.get("status"), message=said.get("reason"))
        paid = await afterwards(self._status(fields.merchant_oid(order)))
        return words.of_status(paid, order.amount) if paid else words.declined("payment_refused")

    async def capture(self, payment: PaymentRef) -> Outcome:
        """It captures by itself: how does it stand?"""
        return await self.look_up(payment)

    async def void(self, payment: PaymentRef) -> Outcome:
        """A page cannot be taken back: it closes by itself. Who pays on it all the same is given the money back."""
        stands = await self.look_up(payment)
        return Outcome(state="canceled", reference=payment.reference) if stands.state == "requires_action" else stands

    async def refund(self, refund: RefundOrder) -> Outcome:
        """Give back so much, unless the status lists it already.

        One that may have been asked for is not asked for again: that the same reference is taken once only, or listed
        at once, is promised nowhere.
        """
        try:
            known = await self.look_up_refund(refund)
        except AnswerLost:  # only the question was: nothing is given back yet
            raise ProviderDown(provider=self.name) from None
        if known.state != "missing":
            return known
        if refund.asked_before:
            return words.unsure()
        oid, amount = fields.merchant_oid(refund.payment), fields.to_text(refund.amount)
        said = await self._ask(
            "/odeme/iade",
            {
                "merchant_id": self._we.id,
                "merchant_oid": oid,
                "return_amount": amount,
                "reference_no": fields.plain(refund.refund_id),
                "paytr_token": token(self._we.key, self._we.salt, self._we.id, oid, amount),
            },
            repeatable=False,
        )
        if said.get("status") == "success":
            return Outcome(state="succeeded", reference=fields.plain(refund.refund_id), amount=refund.amount)
        self._log.warning("provider refused", code=said.get("err_no"), message=said.get("err_msg"))
        return words.declined("refund_refused")

    async def look_up(self, payment: PaymentRef) -> Outcome:
        """Paid, or still on the page while that is open. A page that nobody was sent to (no reference) is `missing`."""
        paid = await self._status(fields.merchant_oid(payment))
        if paid:
            return words.of_status(paid, payment.amount)
        if not payment.reference:
            return Outcome(state="missing")
        if self._clock() > payment.begun_at.timestamp() + self._we.minutes * 60 + _GRACE:
            return words.declined("expired", payment.reference)
        return Outcome(state="requires_action", reference=payment.reference, action_url=self._page(payment.reference))

    async def look_up_refund(self, refund: RefundOrder) -> Outcome:
        """Among the refunds that the status lists."""
        paid = await self._status(fields.merchant_oid(refund.payment))
        reference = fields.plain(refund.refund_id)
        if paid is None or words.refund_in(paid, reference) is None:
            return Outcome(state="missing")
        return Outcome(state="succeeded", reference=reference, amount=refund.amount)

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Webhook | None:  # noqa: ARG002
        """The callback, which is all there is: a failure cannot be asked about, and a success only after our OK.

        It has no time, so it cannot be too old; the same callback has the same id, so that the second is nothing new.
        """
        said = _form(body)
        try:
            oid, status, total = said["merchant_oid"], said["status"], said["total_amount"]
            good = is_signed(self._we.key, self._we.salt, oid, status, total, said["hash"])
        except (KeyError, UnicodeError):
            raise BadWebhook from None
        # Nothing parts what the hash joins: success|3456 and success3|456 have the same. Only the exact words are good.
        if not good or status not in ("success", "failed") or not _AMOUNT.fullmatch(total):
            raise BadWebhook
        ours = fields.parsed_oid(oid)
        if ours is None:
            return None
        payment_id, asked = ours
        try:
            outcome = words.of_callback(said, asked)
        except words.PaidTooLittle as short:
            self._log.error("a callback of less than was asked for", payment=payment_id, **short.extra)
            raise BadWebhook from None
        return Webhook(event_id=f"{oid}.{status}.{total}", kind=status, payment_id=payment_id, outcome=outcome)

    def _wanted(self, order: PaymentOrder) -> dict[str, str]:
        """The form of a page, as documented."""
        signed = {
            "merchant_id": self._we.id,
            "user_ip": fields.user_ip(order),
            "merchant_oid": fields.merchant_oid(order),
            "email": order.buyer_email,
            "payment_amount": str(order.amount),
            "user_basket": fields.basket(order),
            "no_installment": "1" if self._we.instalments == 1 else "0",
            "max_installment": "0" if self._we.instalments == 1 else str(self._we.instalments),
            "currency": fields.CURRENCIES[order.currency],
            "test_mode": "1" if self._we.test else "0",
        }
        return signed | {
            "paytr_token": token(self._we.key, self._we.salt, *signed.values()),
            "user_name": order.buyer_name[:60] or order.buyer_email[:60],
            "user_address": fields.text_of(order.method, "address", 400, "-"),
            "user_phone": fields.text_of(order.method, "phone", 20, "-"),
            "merchant_ok_url": order.return_url,
            "merchant_fail_url": order.return_url,
            "timeout_limit": str(self._we.minutes),
            "lang": self._we.language,
            "debug_on": "0",
        }

    async def _status(self, oid: str) -> dict[str, Any] | None:
        """What the status inquiry says of a payment that succeeded; None of any other."""
        signed = token(self._we.key, self._we.salt, self._we.id, oid)
        said = await self._ask(
            "/odeme/durum-sorgu", {"merchant_id": self._we.id, "merchant_oid": oid, "paytr_token": signed}
        )
        if said.get("status") == "success":
            return said
        if said.get("err_no") == _NOT_PAID:
            return None
        self._log.warning("provider refused", code=said.get("err_no"), message=said.get("err_msg"))
        raise AnswerLost(provider=self.name)

    async def _ask(self, path: str, form: dict[str, str], *, repeatable: bool = True) -> dict[str, Any]:
        response = await self._calls.send("POST", path, form=form, repeatable=repeatable)
        try:
            said = response.json()
        except ValueError:
            said = None
        if not isinstance(said, dict):  # a page of HTML in front of the server: it may have worked behind it
            raise AnswerLost(provider=self.name)
        return said

    def _page(self, page_token: str) -> str:
        return f"{self._we.page_url}{page_token}"


def _form(body: bytes) -> dict[str, str]:
    """The fields of a callback; a name that is there twice is nobody's honest message."""
    if len(body) > _LONGEST:
        raise BadWebhook
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadWebhook from None
    if len(dict(pairs)) != len(pairs):
        raise BadWebhook
    return dict(pairs)
