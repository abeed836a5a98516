from __future__ import annotations

import string
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

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
    RefundOrder,
    Webhook,
)
from internal.payments.providers.paytr import fields, offered
from internal.payments.providers.paytr.provider import Merchant, PayTR, calling
from internal.payments.providers.paytr.signature import callback_hash
from internal.platform.config import BadConfig
from internal.platform.ids import new_id
from tests.payments.paytr_peer import ID, KEY, SALT, Desk, paytr
from tests.payments.stripe_peer import Losing, ear

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LOG = structlog.get_logger()
PAGE = "https://tickets.example/pay?token="
WE = Merchant(id=ID, key=KEY, salt=SALT, minutes=10, instalments=1, language="tr", test=True, page_url=PAGE)


@pytest_asyncio.fixture(scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with paytr() as running:
        yield running


def provider(desk: Desk, way: Losing | None = None, budget: float = 5.0, **how: Any) -> PayTR:
    return PayTR(calling(desk.url, LOG, way, budget), LOG, WE, **how)


def order(amount: int = 3_456, **more: Any) -> PaymentOrder:
    made = PaymentOrder(
        payment_id=new_id("pay"),
        order_id=new_id("order"),
        user_id=new_id("user"),
        amount=amount,
        currency="TRY",
        method={"ip": "203.0.113.7", "phone": "05320000000"},
        buyer_email="ayse@example.com",
        buyer_name="Ayşe Yılmaz",
        return_url="https://tickets.example/orders/1",
        begun_at=datetime.now(UTC),
    )
    return msgspec.structs.replace(made, **more)


def ref(of: PaymentOrder, reference: str = "") -> PaymentRef:
    return PaymentRef(
        payment_id=of.payment_id,
        order_id=of.order_id,
        amount=of.amount,
        currency=of.currency,
        reference=reference,
        begun_at=of.begun_at,
    )


async def begun(desk: Desk, amount: int = 3_456) -> tuple[PaymentRef, str]:
    """A buyer who is on the page, and the order's number there."""
    of = order(amount)
    outcome = await provider(desk).authorize(of)
    assert outcome.state == "requires_action", outcome
    return ref(of, outcome.reference), desk.of(of.payment_id)


def refund_of(payment: PaymentRef, amount: int) -> RefundOrder:
    return RefundOrder(refund_id=new_id("refund"), payment=payment, amount=amount)


# The calls


async def test_page_to_pay_on(desk: Desk) -> None:
    """The buyer is sent to the page that frames PayTR's, which was asked for as documented."""
    of = order()
    here: Provider = provider(desk)
    outcome = await here.authorize(of)
    assert outcome.state == "requires_action"
    assert outcome.action_url == PAGE + outcome.reference
    form = desk.sales[desk.of(of.payment_id)].form
    assert (form["payment_amount"], form["currency"], form["user_ip"]) == ("3456", "TL", "203.0.113.7")
    assert (form["no_installment"], form["timeout_limit"], form["user_name"]) == ("1", "10", "Ayşe Yılmaz")


async def test_page_asked_for_again(desk: Desk) -> None:
    """A page may be asked for again, and it is the same payment: one number, paid once."""
    of = order()
    here = provider(desk)
    first, second = await here.authorize(of), await here.authorize(of)
    assert {first.state, second.state} == {"requires_action"}
    desk.callback(desk.of(of.payment_id))
    assert (await here.authorize(of)).state == "succeeded"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"currency": "JPY"}, "currency_not_supported"),
        ({"buyer_email": ""}, "email_required"),
        ({"return_url": ""}, "payment_refused"),
    ],
)
async def test_no_page(desk: Desk, more: dict[str, Any], code: str) -> None:
    """What PayTR cannot take is declined, in words for the buyer."""
    outcome = await provider(desk).authorize(order(**more))
    assert (outcome.state, outcome.code, bool(outcome.message)) == ("declined", code, True)


async def test_how_it_stands(desk: Desk) -> None:
    """While the page is open the buyer may pay; what is paid is captured; what was never begun is missing."""
    here = provider(desk)
    assert (await here.look_up(ref(order()))).state == "missing"
    payment, oid = await begun(desk)
    waiting = await here.look_up(payment)
    assert (waiting.state, waiting.action_url) == ("requires_action", PAGE + payment.reference)
    desk.callback(oid)
    outcomes = [await call(payment) for call in (here.look_up, here.capture, here.void)]
    assert {(outcome.state, outcome.amount) for outcome in outcomes} == {("succeeded", 3_456)}


async def test_page_closes(desk: Desk) -> None:
    """Who has not paid when the page is closed and some time is over will not pay."""
    payment, oid = await begun(desk)
    late = provider(desk, clock=lambda: datetime.now(UTC).timestamp() + 13 * 60)
    outcome = await late.look_up(payment)
    assert (outcome.state, outcome.code) == ("declined", "expired")
    desk.callback(oid)
    assert (await late.look_up(payment)).state == "succeeded"


@pytest.mark.parametrize("begins", ["b00c", 12 * "0"])
async def test_a_page_closes_by_the_clock_and_not_by_its_number(desk: Desk, begins: str) -> None:
    """A booking's number, or one that is made of a key, is no moment."""
    of = order(payment_id=f"pay_{begins}{new_id('pay')[4 + len(begins) :]}")
    payment = ref(of, (await provider(desk).authorize(of)).reference)
    assert (await provider(desk).look_up(payment)).state == "requires_action"
    late = provider(desk, clock=lambda: datetime.now(UTC).timestamp() + 13 * 60)
    assert (await late.look_up(payment)).code == "expired"


async def test_given_up(desk: Desk) -> None:
    """A page cannot be taken back, so giving up is only said; who pays on it later is found."""
    payment, oid = await begun(desk)
    here = provider(desk)
    assert (await here.void(payment)).state == "canceled"
    desk.callback(oid)
    assert (await here.void(payment)).state == "succeeded"
    assert (await here.void(ref(order()))).state == "missing"


async def test_more_is_paid_than_asked(desk: Desk) -> None:
    """The commission of instalments is not ours: captured is what was asked for."""
    payment, oid = await begun(desk)
    said = desk.callback(oid, total=3_900)
    told = provider(desk).read_webhook({}, urlencode(said).encode(), NOW)
    assert told is not None
    assert told.outcome is not None
    assert (told.outcome.state, told.outcome.amount) == ("succeeded", 3_456)
    assert (await provider(desk).look_up(payment)).amount == 3_456


async def test_less_is_paid_than_asked(desk: Desk) -> None:
    """Less is not believed, whoever signed it."""
    payment, oid = await begun(desk)
    said = desk.callback(oid, total=3_455)
    with pytest.raises(BadWebhook):
        provider(desk).read_webhook({}, urlencode(said).encode(), NOW)
    with pytest.raises(AnswerLost):
        await provider(desk).look_up(payment)


async def test_refunds(desk: Desk) -> None:
    """Parts and the rest go back, each once however often it is asked for, and never more than was paid."""
    here = provider(desk)
    payment, oid = await begun(desk)
    first, rest, more = refund_of(payment, 1_005), refund_of(payment, 2_451), refund_of(payment, 1)
    assert (await here.refund(first)).state == "declined"  # nothing is paid yet
    desk.callback(oid)
    assert (await here.look_up_refund(first)).state == "missing"
    for refund in (first, first, rest, first):
        outcome = await here.refund(refund)
        assert (outcome.state, outcome.amount) == ("succeeded", refund.amount)
    assert [one["return_amount"] for one in desk.sales[oid].returns] == ["10.05", "24.51"]
    assert (await here.look_up_refund(rest)).state == "succeeded"
    refused = await here.refund(more)
    assert (refused.state, refused.code) == ("declined", "refund_refused")


async def test_lost_refund(desk: Desk) -> None:
    """A refund whose answer is lost is asked for once, and found."""
    way = Losing()
    here = provider(desk, way, budget=1.0)
    payment, oid = await begun(desk)
    desk.callback(oid)
    refund = refund_of(payment, 500)
    way.lose("/odeme/iade")
    with pytest.raises(AnswerLost):
        await here.refund(refund)
    assert len(desk.sales[oid].returns) == 1
    assert (await here.refund(refund)).state == "succeeded"
    assert len(desk.sales[oid].returns) == 1


async def test_lost_page(desk: Desk) -> None:
    """A page whose address is lost is asked for again within the same call; nobody was charged meanwhile."""
    way = Losing()
    way.lose("/odeme/api/get-token", times=1)
    assert (await provider(desk, way).authorize(order())).state == "requires_action"


async def test_wrong_salt(desk: Desk) -> None:
    """Who cannot sign is told nothing, and nothing is concluded from it."""
    stranger = PayTR(calling(desk.url, LOG), LOG, msgspec.structs.replace(WE, salt="another"))
    with pytest.raises(AnswerLost):
        await stranger.look_up(ref(order(), "token"))


async def test_page_of_html() -> None:
    """A page of HTML is no answer."""
    async with paytr() as broken:
        broken.html = True
        with pytest.raises(AnswerLost):
            await provider(broken).authorize(order())


# Callbacks


async def test_callback_until_ok(desk: Desk) -> None:
    """A callback is repeated until it is answered with OK, and however often it comes, it is the same one."""
    here, heard = provider(desk), []
    payment, oid = await begun(desk)

    def answer(headers: dict[str, str], body: bytes) -> str:
        told = here.read_webhook(headers, body, datetime.now(UTC))
        heard.append(told)
        return here.webhook_answer if len(heard) >= 3 else "<html>OK</html>"

    async with ear(answer) as listening:
        said = desk.callback(oid)
        assert await desk.deliver(listening.url, said) == 3
        assert await desk.deliver(listening.url, said) == 1  # and late, once more
    assert len({told.event_id for told in heard if told}) == 1
    assert isinstance(heard[0], Webhook)
    assert heard[0].payment_id == payment.payment_id
    assert heard[0].outcome is not None
    assert heard[0].outcome.state == "succeeded"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("0", "card_declined"),
        ("2", "authentication_failed"),
        ("6", "left"),
        ("3", "card_declined"),
        ("77", "card_declined"),
    ],
)
async def test_callback_of_a_failure(desk: Desk, reason: str, code: str) -> None:
    """A failure is told in words for the buyer, never in the bank's."""
    _, oid = await begun(desk)
    told = provider(desk).read_webhook({}, urlencode(desk.callback(oid, reason=reason)).encode(), NOW)
    assert told is not None
    assert told.outcome is not None
    assert (told.outcome.state, told.outcome.code) == ("declined", code)
    assert "Kart" not in told.outcome.message


@cache
def here() -> PayTR:
    return PayTR(calling("http://127.0.0.1:1", LOG), LOG, WE)


def read(said: dict[str, str] | bytes) -> Webhook | None:
    return here().read_webhook({}, said if isinstance(said, bytes) else urlencode(said).encode(), NOW)


def signed(oid: str, status: str, total: str) -> dict[str, str]:
    good = callback_hash(KEY, SALT, oid, status, total)
    return {"merchant_oid": oid, "status": status, "total_amount": total, "hash": good}


OID = fields.merchant_oid(
    PaymentRef(payment_id=new_id("pay"), order_id="order_1", amount=3_456, currency="TRY", begun_at=NOW)
)


def test_callback_of_others() -> None:
    """A number that is not ours, from another shop of the same merchant, is passed over, and answered."""
    assert read(signed("SIPARIS42", "success", "3456")) is None


@pytest.mark.parametrize(("status", "total"), [("success3", "456"), ("succes", "s3456"), ("success34", "56")])
def test_callback_parted_anew(status: str, total: str) -> None:
    """A good hash does not make other words of the same letters good: a success stays one."""
    said = signed(OID, "success", "3456")
    assert read(said | {"status": "success"}) is not None
    with pytest.raises(BadWebhook):
        read(said | {"status": status, "total_amount": total})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff=1",
        b"merchant_oid=%FF",
        b"merchant_oid=a&status=success&total_amount=1",
        urlencode(signed(OID, "success", "3456")).encode() + b"&status=failed",
        urlencode(signed(OID, "success", "3456")).encode() + b"&status=success",
        urlencode(signed(OID, "success", "3456") | {"more": "x" * 10_000}).encode(),
        urlencode(signed(OID, "success", "-1")).encode(),
        urlencode(signed(OID, "success", "9" * 5_000)).encode(),
        urlencode(signed(OID, "success", "٣٤٥٦")).encode(),
    ],
)
def test_callback_of_nonsense(body: bytes) -> None:
    """What is no callback is refused, and breaks nothing."""
    with pytest.raises(BadWebhook):
        read(body)


@given(st.sampled_from(["merchant_oid", "status", "total_amount", "hash"]), st.data())
def test_changed_character(name: str, data: st.DataObject) -> None:
    """Whichever character of what is signed is changed, or of the hash, it is refused."""
    said = signed(OID, "success", "3456")
    value = said[name]
    at = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(st.sampled_from(string.printable).filter(lambda character: character != value[at]))
    with pytest.raises(BadWebhook):
        read(said | {name: value[:at] + other + value[at + 1 :]})


@given(st.binary(max_size=300))
def test_any_body(body: bytes) -> None:
    """Whatever comes, the answer is no, not an error."""
    with pytest.raises(BadWebhook):
        read(body)


# Spelling


@given(st.integers(0, 10**11))
def test_money_there_and_back(amount: int) -> None:
    """Money as text comes back as it went, with a comma as with a point."""
    assert fields.from_text(fields.to_text(amount)) == amount
    assert fields.from_text(fields.to_text(amount).replace(".", ",")) == amount


@pytest.mark.parametrize(
    ("text", "amount"), [("10,8", 1_080), ("10", 1_000), ("1.234,50", 123_450), ("1,234.5", 123_450), (" 0.05 ", 5)]
)
def test_money_as_written(text: str, amount: int) -> None:
    """Money is read as PayTR writes it."""
    assert fields.from_text(text) == amount


@given(st.integers(1, 10**12 - 1))
def test_number_there_and_back(amount: int) -> None:
    """The order's number has only letters and digits, at most 64, and says whose it is and what was asked."""
    payment = PaymentRef(payment_id=new_id("pay"), order_id="order_1", amount=amount, currency="TRY", begun_at=NOW)
    oid = fields.merchant_oid(payment)
    assert oid.isalnum()
    assert len(oid) <= 64
    assert fields.parsed_oid(oid) == (payment.payment_id, amount)


@pytest.mark.parametrize("ip", [None, "", "somewhere", -7, ["203.0.113.7"]])
def test_address_of_nowhere(ip: object) -> None:
    """What is no address is none."""
    assert fields.user_ip(order(method={"ip": ip}, buyer_ip="unknown")) == "127.0.0.1"


def test_address_that_was_seen() -> None:
    """What the gate saw goes before what the page says, of either kind of address."""
    assert fields.user_ip(order(buyer_ip="198.51.100.4")) == "198.51.100.4"
    assert fields.user_ip(order(buyer_ip="2001:db8::1", method={})) == "2001:db8::1"
    assert fields.user_ip(order()) == "203.0.113.7"


def test_offered() -> None:
    """PayTR is offered to its merchants, who have a key and a salt."""
    assert offered({}, LOG) is None
    with pytest.raises(BadConfig, match=r"MERCHANT_KEY[\s\S]*MERCHANT_SECRET_SALT"):
        offered({"AISLE_PAYMENTS_PAYTR_MERCHANT_ID": ID}, LOG)
    names = {"MERCHANT_ID": ID, "MERCHANT_KEY": KEY, "MERCHANT_SECRET_SALT": SALT}
    assert offered({f"AISLE_PAYMENTS_PAYTR_{name}": value for name, value in names.items()}, LOG) is not None
