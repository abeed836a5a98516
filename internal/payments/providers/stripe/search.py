"""Where is the intent of this payment, when its id never reached us?

Stripe's search knows everything up to a minute ago; the list knows everything, newest first. Together they are sure; a
peer without the search (404) is asked for its list alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from httpx import codes

from internal.payments.providers.calling import Calling
from internal.payments.providers.interface import AnswerLost, PaymentOrder, PaymentRef
from internal.payments.providers.stripe.form import Fields, flat

__all__ = ["age_of", "intent_of", "refund_of"]

_PAGE = 100  # as many as Stripe gives at once
_PAGES = 20  # 2,000 payments: at forty a second, the minute that the search does not know yet
_SEARCHED = timedelta(minutes=10)  # after so long the search alone is believed: ten times what Stripe promises
_CLOCKS = timedelta(minutes=1)  # by which our clock and Stripe's may differ


def age_of(payment: PaymentOrder | PaymentRef) -> timedelta:
    """The time since this payment was begun."""
    return datetime.now(UTC) - payment.begun_at


async def intent_of(calling: Calling, payment: PaymentOrder | PaymentRef) -> dict[str, Any] | None:
    """The intent with our id in its metadata; None if there is none for certain, AnswerLost if that cannot be known."""
    query = {"query": f"metadata['payment_id']:'{payment.payment_id}'"}
    found = await calling.send("GET", "/v1/payment_intents/search", query=query)
    if found.is_success:
        if data := found.json()["data"]:
            return dict(data[0])
        if age_of(payment) > _SEARCHED:
            return None
    newest_first = found.status_code != codes.NOT_FOUND  # a peer without the search may list from the oldest on
    async for intent in _listed(calling, "/v1/payment_intents", {}, complete=not newest_first):
        if (intent.get("metadata") or {}).get("payment_id") == payment.payment_id:
            return intent
        if newest_first and intent["created"] < (payment.begun_at - _CLOCKS).timestamp():
            return None
    return None


async def refund_of(calling: Calling, intent_id: str, refund_id: str) -> dict[str, Any] | None:
    """The refund with our id in its metadata, among those of this intent; the list is never behind."""
    async for refund in _listed(calling, "/v1/refunds", {"payment_intent": intent_id}, complete=True):
        if (refund.get("metadata") or {}).get("refund_id") == refund_id:
            return refund
    return None


async def _listed(calling: Calling, path: str, fields: Fields, *, complete: bool) -> AsyncIterator[dict[str, Any]]:
    """One after the other, page by page; AnswerLost when there are more than it is sensible to read."""
    after: str | None = None
    pages = 0
    while complete or pages < _PAGES:
        query = flat({**fields, "limit": _PAGE, "starting_after": after})
        response = await calling.send("GET", path, query=query)
        if not response.is_success:
            raise AnswerLost(provider=calling.name)
        page = response.json()
        for item in page["data"]:
            yield item
        if not page["has_more"]:
            return
        after = page["data"][-1]["id"]
        pages += 1
    raise AnswerLost(provider=calling.name)
