from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import pytest_asyncio
import structlog

from internal.payments.providers.interface import (
    AnswerLost,
    BadWebhook,
    PaymentOrder,
    PaymentRef,
    Provider,
    ProviderDown,
    RefundOrder,
)
from internal.payments.providers.signatures import TOLERANCE
from internal.payments.providers.stripe.provider import Stripe, calling
from internal.platform.ids import new_id
from tests.payments.stripe_peer import KEY, SECRET, Losing, Peer, ear, localstripe
from tests.waiting import until

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LOG = structlog.get_logger()
GOOD, DECLINED = "pm_card_visa", "pm_card_chargeCustomerFail"
BANK_ASKS, BANK_ASKS_THEN_DECLINES = "4000002500003155", "4000008260003178"


@pytest_asyncio.fixture(scope="module")
async def peer() -> AsyncIterator[Peer]:
    async with localstripe() as running:
        yield running


def stripe(peer: Peer, way: Losing | None = None, budget: float = 5.0, **how: Any) -> Stripe:
    how = {"redirects": False, "keeps_keys": False} | how
    return Stripe(calling(peer.url, KEY, LOG, way, budget), LOG, webhook_secret=SECRET, **how)


def order(method: object, amount: int = 4_500, currency: str = "EUR") -> PaymentOrder:
    return PaymentOrder(
        payment_id=new_id("pay"),
        order_id=new_id("order"),
        user_id=new_id("user"),
        amount=amount,
        currency=currency,
        method={"paymentMethod": method},
        return_url="https://tickets.example/orders/1?lang=tr#pay",
        begun_at=datetime.now(UTC),
    )


def ref(of: PaymentOrder, reference: str = "") -> PaymentRef:
    return PaymentRef(
        payment_id=of.payment_id,
        order_id=of.order_id,
        amount=of.amount,
        currency=of.currency,
        reference=reference,
        begun_at=of.begun_at,
    )


def refund_of(payment: PaymentRef, amount: int) -> RefundOrder:
    return RefundOrder(refund_id=new_id("refund"), payment=payment, amount=amount)


async def paid(provider: Stripe, amount: int = 4_500) -> PaymentRef:
    of = order(GOOD, amount)
    outcome = await provider.authorize(of)
    payment = ref(of, outcome.reference)
    assert (await provider.capture(payment)).state == "succeeded"
    return payment


async def test_it_is_a_provider(peer: Peer) -> None:
    """Stripe is what payments calls a provider."""
    provider: Provider = stripe(peer)
    assert (provider.name, provider.webhook_answer) == ("stripe", "")


async def test_authorised_then_captured(peer: Peer) -> None:
    """A good card is authorised, and its money taken when it is captured, once however often that is said."""
    provider, of = stripe(peer), order(GOOD)
    outcome = await provider.authorize(of)
    assert outcome.state == "authorized"
    payment = ref(of, outcome.reference)
    assert (await peer.intents(of.payment_id))[0]["status"] == "requires_capture"
    assert [(await provider.capture(payment)).state for _ in range(2)] == ["succeeded", "succeeded"]
    assert (await provider.look_up(payment)).state == "succeeded"


async def test_captured_at_once(peer: Peer) -> None:
    """Where the operator wants it so, authorising takes the money."""
    assert (await stripe(peer, capture="automatic").authorize(order(GOOD))).state == "succeeded"


async def test_what_is_sent(peer: Peer) -> None:
    """Each call carries our id as its key, and the intent our ids as its metadata."""
    way = Losing()
    of = order(GOOD)
    await stripe(peer, way).authorize(of)
    posts = [request for request in way.seen if request.method == "POST"]
    assert [post.headers["idempotency-key"] for post in posts] == [of.payment_id, f"{of.payment_id}-confirm"]
    (intent,) = await peer.intents(of.payment_id)
    assert intent["metadata"]["order_id"] == of.order_id
    assert (intent["amount"], intent["currency"]) == (4_500, "eur")


async def test_declined(peer: Peer) -> None:
    """A declined card is an answer, in words for the buyer, and stays one."""
    provider, of = stripe(peer), order(DECLINED)
    outcome = await provider.authorize(of)
    assert (outcome.state, outcome.code) == ("declined", "card_declined")
    assert outcome.message == "The card was declined."
    again = await provider.authorize(of)
    assert (again.state, len(await peer.intents(of.payment_id))) == ("declined", 1)
    assert (await provider.look_up(ref(of, outcome.reference))).state == "declined"


@pytest.mark.parametrize("method", [None, 7, "", "4242424242424242", "pm_x/../../refunds", "pm_é", "pm_card_nobody"])
async def test_unusable_method(peer: Peer, method: object) -> None:
    """What is no payment method of Stripe's is declined, and charges nobody."""
    outcome = await stripe(peer).authorize(order(method))
    assert (outcome.state, outcome.code) == ("declined", "method_invalid")


async def test_bank_asks_and_is_satisfied(peer: Peer) -> None:
    """With 3-D Secure the buyer is sent on, and the money can be taken once the bank has agreed."""
    provider, of = stripe(peer), order(await peer.card(BANK_ASKS))
    outcome = await provider.authorize(of)
    assert outcome.state == "requires_action"
    there = urlsplit(outcome.action_url)
    assert (there.netloc, there.path, there.fragment) == ("tickets.example", "/orders/1", "pay")
    assert parse_qs(there.query)["payment_intent"] == [outcome.reference]
    await peer.authenticate(outcome.reference, success=True)
    payment = ref(of, outcome.reference)
    assert (await provider.look_up(payment)).state == "authorized"
    assert (await provider.capture(payment)).state == "succeeded"


@pytest.mark.parametrize(
    ("card", "success", "code"),
    [(BANK_ASKS, False, "authentication_failed"), (BANK_ASKS_THEN_DECLINES, True, "card_declined")],
)
async def test_bank_asks_and_refuses(peer: Peer, card: str, success: bool, code: str) -> None:
    """Who fails at the bank, or is declined after it, is declined."""
    provider, of = stripe(peer), order(await peer.card(card))
    outcome = await provider.authorize(of)
    await peer.authenticate(outcome.reference, success=success)
    stands = await provider.look_up(ref(of, outcome.reference))
    assert (stands.state, stands.code) == ("declined", code)


async def test_return_page_is_named(peer: Peer) -> None:
    """Stripe is told where the bank sends the buyer back to; a peer that refuses the field says no, not maybe."""
    way = Losing()
    outcome = await stripe(peer, way, redirects=True).authorize(order(GOOD))
    (confirmation,) = [request for request in way.seen if request.url.path.endswith("/confirm")]
    assert parse_qs(confirmation.content.decode())["return_url"] == ["https://tickets.example/orders/1?lang=tr#pay"]
    assert (outcome.state, outcome.code) == ("declined", "payment_refused")


async def test_voided(peer: Peer) -> None:
    """What is only authorised, or waits for the bank, can be given up; what is captured says that it is."""
    provider = stripe(peer)
    for method in (GOOD, await peer.card(BANK_ASKS)):
        of = order(method)
        payment = ref(of, (await provider.authorize(of)).reference)
        assert [(await provider.void(payment)).state for _ in range(2)] == ["canceled", "canceled"]
        assert (await provider.authorize(of)).state == "canceled"
    assert (await provider.void(await paid(provider))).state == "succeeded"


async def test_never_heard_of(peer: Peer) -> None:
    """Of a payment that Stripe never heard of nothing is taken, voided, found or given back."""
    provider, payment = stripe(peer), ref(order(GOOD))
    assert {(await call(payment)).state for call in (provider.capture, provider.void, provider.look_up)} == {"missing"}
    assert (await provider.refund(refund_of(payment, 1))).state == "declined"
    assert (await provider.look_up(msgspec.structs.replace(payment, reference="pi_nothing"))).state == "missing"


@pytest.mark.parametrize("path", ["/v1/payment_intents", "/v1/payment_intents/[^/]+/confirm"])
async def test_lost_answer_is_repeated(peer: Peer, path: str) -> None:
    """An answer lost once is asked for again, and the buyer charged once, by a peer that ignores our keys."""
    way, of = Losing(), order(GOOD)
    way.lose(path, times=1)
    assert (await stripe(peer, way).authorize(of)).state == "authorized"
    assert [intent["status"] for intent in await peer.intents(of.payment_id)].count("requires_capture") == 1


@pytest.mark.parametrize(
    ("path", "stands"),
    [("/v1/payment_intents", "missing"), ("/v1/payment_intents/[^/]+/confirm", "authorized")],
)
async def test_lost_answer_is_looked_up(peer: Peer, path: str, stands: str) -> None:
    """When no answer comes at all, looking up says what was done, and authorising again charges no second time."""
    way, of = Losing(), order(GOOD)
    way.lose(path)
    with pytest.raises(AnswerLost):
        await stripe(peer, way, budget=0.3).authorize(of)
    provider = stripe(peer)
    assert (await provider.look_up(ref(of))).state == stands
    again = await provider.authorize(of)
    assert again.state == "authorized"
    charged = [intent["id"] for intent in await peer.intents(of.payment_id) if intent["status"] == "requires_capture"]
    assert charged == [again.reference]


async def test_lost_answer_then_nobody_there(peer: Peer) -> None:
    """When an answer is lost and then nobody can be asked, it is not said that nothing was done."""
    way, of = Losing(), order(GOOD)
    provider = stripe(peer, way, budget=0.5)
    way.lose("/v1/payment_intents/[^/]+/confirm", times=1)
    way.down = True
    with pytest.raises(AnswerLost):
        await provider.authorize(of)
    assert (await stripe(peer).look_up(ref(of))).state == "authorized"


async def test_lost_capture(peer: Peer) -> None:
    """A capture whose answer is lost is repeated, and found done."""
    way, of = Losing(), order(GOOD)
    provider = stripe(peer, way)
    payment = ref(of, (await provider.authorize(of)).reference)
    way.lose("/v1/payment_intents/[^/]+/capture", times=1)
    assert (await provider.capture(payment)).state == "succeeded"


async def test_refunded_whole(peer: Peer) -> None:
    """All of it goes back once, although the peer would give it back twice."""
    provider = stripe(peer)
    payment = await paid(provider)
    refund = refund_of(payment, 4_500)
    assert (await provider.look_up_refund(refund)).state == "missing"
    outcomes = [await provider.refund(refund) for _ in range(3)]
    assert {(outcome.state, outcome.amount) for outcome in outcomes} == {("succeeded", 4_500)}
    assert [given["amount"] for given in await peer.refunds(payment.reference)] == [4_500]
    known = msgspec.structs.replace(refund, reference=outcomes[0].reference)
    assert (await provider.look_up_refund(known)).state == "succeeded"


async def test_refunded_in_parts(peer: Peer) -> None:
    """Two refunds of the same amount are two."""
    provider = stripe(peer)
    payment = await paid(provider)
    for part in (refund_of(payment, 1_000), refund_of(payment, 1_000)):
        assert (await provider.refund(part)).amount == 1_000
    assert [given["amount"] for given in await peer.refunds(payment.reference)] == [1_000, 1_000]


async def test_lost_refund(peer: Peer) -> None:
    """A refund whose answer is lost is not asked for again before it was looked for."""
    way = Losing()
    provider = stripe(peer, way, budget=1.0)
    payment = await paid(provider)
    refund = refund_of(payment, 700)
    way.lose("/v1/refunds")
    with pytest.raises(AnswerLost):
        await provider.refund(refund)
    assert (await provider.look_up_refund(refund)).state == "succeeded"
    assert (await provider.refund(refund)).state == "succeeded"
    assert len(await peer.refunds(payment.reference)) == 1


async def test_wrong_key(peer: Peer) -> None:
    """With a wrong key nothing is done, and no card is blamed for it."""
    provider = Stripe(calling(peer.url, "pk_test_public", LOG), LOG, webhook_secret=SECRET)
    with pytest.raises(ProviderDown):
        await provider.authorize(order(GOOD))


async def test_nobody_there() -> None:
    """Where nobody answers, nothing was done."""
    provider = Stripe(calling("http://127.0.0.1:1", KEY, LOG, budget=1.5), LOG, webhook_secret=SECRET)
    with pytest.raises(ProviderDown):
        await provider.authorize(order(GOOD))


async def test_webhook(peer: Peer) -> None:
    """What localstripe signs and sends is read, and names our payment."""
    provider = stripe(peer)
    async with ear() as listening:
        await peer.report_to(listening.url)
        payment = await paid(provider)
        await until(lambda: any(payment.payment_id.encode() in body for _, body in listening.heard))
    headers, body = next(message for message in listening.heard if payment.payment_id.encode() in message[1])
    told = provider.read_webhook(headers, body, datetime.now(UTC))
    assert told is not None
    assert (told.kind, told.payment_id, told.outcome) == ("payment_intent.succeeded", payment.payment_id, None)
    assert told.event_id.startswith("evt_")
    with pytest.raises(BadWebhook):
        provider.read_webhook(headers, body.replace(b"4500", b"4501"), datetime.now(UTC))
    with pytest.raises(BadWebhook):
        provider.read_webhook(headers, body, datetime.now(UTC) + timedelta(seconds=TOLERANCE + 30))
