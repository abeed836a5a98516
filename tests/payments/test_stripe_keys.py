from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import structlog

from internal.payments.providers.interface import AnswerLost, PaymentOrder, PaymentRef
from internal.payments.providers.stripe.provider import Stripe, calling
from internal.platform.ids import new_id
from tests.payments.stripe_peer import KEY, SECRET

LOG = structlog.get_logger()
HOURS = 3600

Answer = Callable[[httpx.Request], httpx.Response]


class Account:
    """What Stripe itself does and localstripe does not: keys, answers told again, the search, the newest first."""

    def __init__(self) -> None:
        self.intents: list[dict[str, Any]] = []
        self.searchable = True
        self.keys: dict[str, tuple[bytes, dict[str, Any]]] = {}
        self.asked: list[str] = []

    def begin(self, payment_id: str, status: str, ago: float = 0.0) -> dict[str, Any]:
        metadata = {"payment_id": payment_id}
        made = {"id": f"pi_{len(self.intents)}", "status": status, "metadata": metadata, "currency": "eur"}
        self.intents.append(made | {"created": int(time.time() - ago), "client_secret": "x"})
        return self.intents[-1]

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v1/")
        self.asked.append(f"{request.method} {path}")
        if request.method == "GET":
            return self._read(path, request.url.params)
        key = request.headers["idempotency-key"]
        if key in self.keys:
            body, said = self.keys[key]
            if body != request.content:
                return httpx.Response(400, json={"error": {"type": "idempotency_error"}})
            return httpx.Response(200, json=said, headers={"idempotent-replayed": "true"})
        if path == "payment_intents":
            form = parse_qs(request.content.decode())
            intent = self.begin(form["metadata[payment_id]"][0], "requires_confirmation")
        else:
            intent = next(one for one in self.intents if one["id"] == path.split("/")[1])
            intent["status"] = "requires_capture"
        self.keys[key] = (request.content, dict(intent))
        return httpx.Response(200, json=intent)

    def _read(self, path: str, query: httpx.QueryParams) -> httpx.Response:
        if path == "payment_intents/search":
            found = [one for one in self.intents if one["metadata"]["payment_id"] in query["query"]]
            return httpx.Response(200, json={"data": found if self.searchable else []})
        if path != "payment_intents":
            return httpx.Response(200, json=next(one for one in self.intents if one["id"] == path.split("/")[1]))
        newest = self.intents[::-1]
        start = next((at + 1 for at, one in enumerate(newest) if one["id"] == query.get("starting_after")), 0)
        page = newest[start : start + int(query["limit"])]
        return httpx.Response(200, json={"data": page, "has_more": start + len(page) < len(newest)})

    def stripe(self) -> Stripe:
        calls = calling("https://stripe.test", KEY, LOG, httpx.MockTransport(self.answer), 0.5)
        return Stripe(calls, LOG, webhook_secret=SECRET)


def order(payment_id: str, method: str = "pm_card_visa", ago: float = 0.0) -> PaymentOrder:
    return PaymentOrder(
        payment_id=payment_id,
        order_id="order_1",
        user_id="user_1",
        amount=4_500,
        currency="EUR",
        method={"paymentMethod": method},
        begun_at=datetime.now(UTC) - timedelta(seconds=ago),
    )


def ref(payment_id: str, ago: float = 0.0) -> PaymentRef:
    begun_at = datetime.now(UTC) - timedelta(seconds=ago)
    return PaymentRef(payment_id=payment_id, order_id="order_1", amount=4_500, currency="EUR", begun_at=begun_at)


async def test_fresh_payment_is_not_looked_for() -> None:
    """Stripe knows its keys again: a sale costs two calls, and no search."""
    account = Account()
    assert (await account.stripe().authorize(order(new_id("pay")))).state == "authorized"
    assert account.asked == ["POST payment_intents", "POST payment_intents/pi_0/confirm"]


async def test_answer_told_again_is_not_believed() -> None:
    """What Stripe answered the first time may be long past: how it stands now is asked."""
    account, of = Account(), order(new_id("pay"))
    await account.stripe().authorize(of)
    account.intents[0]["status"] = "canceled"
    assert (await account.stripe().authorize(of)).state == "canceled"
    assert len(account.intents) == 1


async def test_same_payment_with_another_card() -> None:
    """A key that was used with another card is the payment that was begun first."""
    account, of = Account(), order(new_id("pay"))
    await account.stripe().authorize(of)
    assert (await account.stripe().authorize(order(of.payment_id, "pm_card_other"))).state == "authorized"
    assert len(account.intents) == 1


async def test_forgotten_key() -> None:
    """After a day Stripe has forgotten the key: the payment is found by our id, and not charged anew."""
    account, payment_id = Account(), new_id("pay")
    account.begin(payment_id, "succeeded", 30 * HOURS)
    assert (await account.stripe().authorize(order(payment_id, ago=30 * HOURS))).state == "succeeded"
    assert len(account.intents) == 1


async def test_declined_long_ago() -> None:
    """What was declined is not confirmed again: that would be another try with the same card."""
    account, payment_id = Account(), new_id("pay")
    declined = account.begin(payment_id, "requires_payment_method", 30 * HOURS)
    declined["last_payment_error"] = {"code": "card_declined"}
    assert (await account.stripe().authorize(order(payment_id, ago=30 * HOURS))).state == "declined"
    assert not [asked for asked in account.asked if asked.startswith("POST")]


async def test_found_before_the_search_knows() -> None:
    """What the search does not know yet is in the list, be it on a later page."""
    account, payment_id = Account(), new_id("pay")
    account.searchable = False
    account.begin(payment_id, "requires_capture")
    for _ in range(150):
        account.begin(new_id("pay"), "succeeded")
    assert (await account.stripe().look_up(ref(payment_id))).state == "authorized"


@pytest.mark.parametrize("payment_id", [f"pay_b00c{28 * '0'}", f"pay_{32 * '0'}"])
async def test_an_id_says_nothing_of_its_time(payment_id: str) -> None:
    """A booking's number, or one that is made of a key, is no moment: the payment is as old as it is."""
    account = Account()
    account.searchable = False
    account.begin(payment_id, "requires_capture")
    account.begin(new_id("pay"), "succeeded")
    assert (await account.stripe().look_up(ref(payment_id))).state == "authorized"


async def test_missing_for_certain() -> None:
    """Read back to before its time, the list says that there is none, without reading all there ever was."""
    account = Account()
    for _ in range(500):
        account.begin(new_id("pay"), "succeeded", 2 * HOURS)
    assert (await account.stripe().look_up(ref(new_id("pay")))).state == "missing"
    assert len(account.asked) == 2


async def test_old_and_missing() -> None:
    """Of an old payment the search alone is believed."""
    account = Account()
    assert (await account.stripe().look_up(ref(new_id("pay"), HOURS))).state == "missing"
    assert account.asked == ["GET payment_intents/search"]


async def test_too_many_to_say() -> None:
    """When more was sold in a minute than can be read, nothing is concluded."""
    account = Account()
    account.searchable = False
    for _ in range(2_200):
        account.begin(new_id("pay"), "succeeded")
    with pytest.raises(AnswerLost):
        await account.stripe().look_up(ref(new_id("pay")))
