from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import pytest_asyncio
import structlog
from hypothesis import given
from hypothesis import strategies as st

from internal.payments.providers.interface import (
    AnswerLost,
    BadWebhook,
    PaymentOrder,
    PaymentRef,
    Provider,
    ProviderDown,
    RefundOrder,
)
from internal.payments.providers.stripe import offered, words
from internal.payments.providers.stripe.form import flat
from internal.payments.providers.stripe.provider import Stripe, calling
from internal.payments.providers.stripe.signature import TOLERANCE, is_signed, signature
from internal.platform.config import BadConfig
from internal.platform.ids import new_id
from tests.payments.stripe_peer import KEY, SECRET, Losing, Peer, ear, localstripe
from tests.waiting import until

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LOG = structlog.get_logger()
GOOD, DECLINED = "pm_card_visa", "pm_card_chargeCustomerFail"
BANK_ASKS, BANK_ASKS_THEN_DECLINES = "4000002500003155", "4000008260003178"


@pytest_asyncio.fixture(scope="session")
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
    )


def ref(of: PaymentOrder, reference: str = "") -> PaymentRef:
    return PaymentRef(
        payment_id=of.payment_id, order_id=of.order_id, amount=of.amount, currency=of.currency, reference=reference
    )


def refund_of(payment: PaymentRef, amount: int) -> RefundOrder:
    return RefundOrder(refund_id=new_id("refund"), payment=payment, amount=amount)


async def paid(provider: Stripe, amount: int = 4_500) -> PaymentRef:
    of = order(GOOD, amount)
    outcome = await provider.authorize(of)
    payment = ref(of, outcome.reference)
    assert (await provider.capture(payment)).state == "succeeded"
    return payment


# The calls, against localstripe


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
    provider = Stripe(calling("http://127.0.0.1:1", KEY, LOG, budget=0.3), LOG, webhook_secret=SECRET)
    with pytest.raises(ProviderDown):
        await provider.authorize(order(GOOD))


async def test_webhook(peer: Peer) -> None:
    """What localstripe signs and sends is read, and names our payment."""
    provider = stripe(peer)
    async with ear() as listening:
        await peer.report_to(listening.url)
        payment = await paid(provider)
        await until(lambda: any(payment.payment_id.encode() in body for _, body in listening.heard), 20)
    headers, body = next(message for message in listening.heard if payment.payment_id.encode() in message[1])
    told = provider.read_webhook(headers, body, datetime.now(UTC))
    assert told is not None
    assert (told.kind, told.payment_id, told.outcome) == ("payment_intent.succeeded", payment.payment_id, None)
    assert told.event_id.startswith("evt_")
    with pytest.raises(BadWebhook):
        provider.read_webhook(headers, body.replace(b"4500", b"4501"), datetime.now(UTC))
    with pytest.raises(BadWebhook):
        provider.read_webhook(headers, body, datetime.now(UTC) + timedelta(seconds=TOLERANCE + 30))


# Webhooks and words, without a peer


def told(body: bytes, now: datetime = NOW) -> Any:
    provider = Stripe(calling("http://127.0.0.1:1", KEY, LOG), LOG, webhook_secret=SECRET)
    seconds = str(int(NOW.timestamp()))
    return provider.read_webhook({"stripe-signature": f"t={seconds},v1={signature(SECRET, seconds, body)}"}, body, now)


def event(kind: str, thing: object) -> bytes:
    return msgspec.json.encode({"id": "evt_1", "type": kind, "data": {"object": thing}})


def test_webhook_of_a_refund() -> None:
    """A refund's message names the refund and its payment."""
    read = told(event("refund.updated", {"id": "re_1", "metadata": {"payment_id": "pay_1", "refund_id": "refund_1"}}))
    assert (read.payment_id, read.refund_id) == ("pay_1", "refund_1")


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("payment_intent.succeeded", {"id": "pi_1", "metadata": {}}),
        ("payment_intent.succeeded", {"id": "pi_1", "metadata": None}),
        ("customer.created", {"id": "cus_1", "metadata": {"payment_id": "pay_1"}}),
    ],
)
def test_webhook_of_others(kind: str, thing: object) -> None:
    """What is not about a payment of ours is passed over."""
    assert told(event(kind, thing)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        event("payment_intent.succeeded", []),
        event("payment_intent.succeeded", {"metadata": {"payment_id": 7}}),
        event("refund.updated", {"metadata": {"payment_id": "pay_1"}}),
    ],
)
def test_webhook_of_nonsense(body: bytes) -> None:
    """Even what is signed is refused, and breaks nothing, when it is no event."""
    with pytest.raises(BadWebhook):
        told(body)


SIGNED = st.tuples(st.binary(max_size=200), st.integers(1_000_000_000, 4_000_000_000))


def header(body: bytes, seconds: int) -> str:
    return f"t={seconds},v1={signature(SECRET, str(seconds), body)}"


@given(SIGNED, st.integers(-TOLERANCE, TOLERANCE))
def test_signature_is_good(signed: tuple[bytes, int], late: int) -> None:
    """What is signed with the secret is good within the tolerance, among other signatures, too."""
    body, seconds = signed
    now = datetime.fromtimestamp(seconds + late, UTC)
    assert is_signed(SECRET, header(body, seconds), body, now)
    assert is_signed(SECRET, f"v0=00, v1={'0' * 64}, {header(body, seconds)} ,v1=", body, now)


@given(SIGNED, st.integers(TOLERANCE + 1, 10**8), st.sampled_from([-1, 1]))
def test_old_signature(signed: tuple[bytes, int], late: int, side: int) -> None:
    """A signature that is too old, or of the future, is refused."""
    body, seconds = signed
    assert not is_signed(SECRET, header(body, seconds), body, datetime.fromtimestamp(seconds + side * late, UTC))


@given(SIGNED, st.data())
def test_changed_byte(signed: tuple[bytes, int], data: st.DataObject) -> None:
    """Whichever byte of the body, the time or the signature is changed, it is refused."""
    body, seconds = signed
    now = datetime.fromtimestamp(seconds, UTC)
    message = header(body, seconds).encode("latin-1") + b"\n" + body
    at = data.draw(st.integers(0, len(message) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != message[at]))
    changed = message[:at] + bytes([other]) + message[at + 1 :]
    head, _, rest = changed.partition(b"\n")
    assert not is_signed(SECRET, head.decode("latin-1"), rest, now)


@given(st.text(max_size=80), st.binary(max_size=20))
def test_any_header(head: str, body: bytes) -> None:
    """Whatever stands in the header, the answer is no, not an error."""
    assert not is_signed(SECRET, head, body, NOW)


@pytest.mark.parametrize("seconds", ["", "+1795255200", "1_795_255_200", "１７９５２５５２００", "-1", "9" * 40])  # noqa: RUF001
def test_time_is_digits(seconds: str) -> None:
    """A time in any other spelling is refused, though it be signed."""
    head = f"t={seconds},v1={signature(SECRET, seconds, b'')}"
    assert not is_signed(SECRET, head, b"", NOW)


def test_two_times() -> None:
    """A header with two times is refused: which of them was signed is not for us to guess."""
    seconds = int(NOW.timestamp())
    assert not is_signed(SECRET, f"t={seconds - 9000},{header(b'', seconds)}", b"", NOW)


def test_form() -> None:
    """Nested fields are spelt in brackets, and what is None is left out."""
    nested = {"a": 1, "b": {"c": "x", "d": {"e": True}}, "f": ["g", {"h": False}], "i": None, "j": {"k": None}}
    assert flat(nested) == {"a": "1", "b[c]": "x", "b[d][e]": "true", "f[0]": "g", "f[1][h]": "false"}


@given(st.integers(1, 10**9), st.sampled_from(["TRY", "EUR", "JPY", "ISK", "UGX"]))
def test_money_there_and_back(amount: int, currency: str) -> None:
    """Money that Stripe counts otherwise comes back as it went."""
    assert words.from_stripe(words.to_stripe(amount, currency), currency) == amount
    assert words.to_stripe(1, currency) == (100 if currency in {"ISK", "UGX"} else 1)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "insufficient_funds"),
        ({"code": "card_declined", "decline_code": "stolen_card"}, "card_declined"),
        ({"code": "expired_card", "decline_code": "expired_card"}, "expired_card"),
        ({"code": "authentication_required"}, "authentication_failed"),
        ({"code": "something_new"}, "payment_refused"),
        (None, "payment_refused"),
    ],
)
def test_reasons(error: dict[str, Any] | None, code: str) -> None:
    """The buyer is told what helps the buyer, and never that a card is stolen."""
    outcome = words.declined(error, "pi_1", "payment_refused")
    assert (outcome.code, bool(outcome.message)) == (code, True)


def test_bank_page_comes_first() -> None:
    """Where Stripe names the bank's page, the buyer is sent there, and the card is shown."""
    charge = {"payment_method_details": {"card": {"brand": "visa", "last4": "4242", "country": "TR"}}}
    outcome = words.payment(
        {
            "id": "pi_1",
            "status": "requires_action",
            "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/3ds"}},
            "metadata": {"return_url": "https://tickets.example"},
            "latest_charge": charge,
        }
    )
    assert (outcome.action_url, outcome.card.last4) == ("https://bank.example/3ds", "4242")


def test_offered() -> None:
    """Stripe is offered to who has a key, and the secret that its webhooks need."""
    assert offered({}, LOG) is None
    with pytest.raises(BadConfig, match="WEBHOOK_SECRET"):
        offered({"AISLE_PAYMENTS_STRIPE_KEY": KEY}, LOG)
    both = {"AISLE_PAYMENTS_STRIPE_KEY": KEY, "AISLE_PAYMENTS_STRIPE_WEBHOOK_SECRET": SECRET}
    assert offered(both, LOG) is not None
