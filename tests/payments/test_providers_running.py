"""Stripe and PayTR behind payments as it runs: its rows, its ledger, its webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from internal.payments.service import SERVICE as PAYMENTS
from internal.platform.ids import new_id
from proto.payments import ListOwed, Pay, PaymentActionRequired, PaymentCanceled, PaymentRefunded, PaymentSucceeded
from tests.conftest import Addresses
from tests.payments import paytr_peer, stripe_peer
from tests.payments.paying import Till, till
from tests.waiting import until

RETURN = "https://tickets.example/orders/1"


@dataclass
class Shop:
    till: Till
    peer: stripe_peer.Peer
    desk: paytr_peer.Desk

    @property
    def url(self) -> str:
        return str(self.till.system.client.base_url)

    def by_stripe(self, method: str) -> Pay:
        return self.till.pay(provider="stripe", method={"paymentMethod": method}, return_url=RETURN)

    def by_paytr(self) -> Pay:
        more: dict[str, Any] = {"currency": "TRY", "buyer_email": "ayse@example.com", "return_url": RETURN}
        return self.till.pay(provider="paytr", method={"ip": "203.0.113.7"}, **more)

    async def report(self, said: dict[str, str]) -> int:
        return await self.desk.deliver(f"{self.url}/webhooks/paytr", said)

    async def net(self, paid: Pay, net: int) -> None:
        """The row and the ledger say so."""
        row = await self.till.row(paid.payment_id)
        assert row["captured"] - row["refunded"] == net
        assert await self.till.brought_in(paid.order_id) == net


@pytest.fixture(scope="module")
async def shop(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with stripe_peer.localstripe() as peer, paytr_peer.paytr() as desk:
        environment = {
            "AISLE_PAYMENTS_STRIPE_URL": peer.url,
            "AISLE_PAYMENTS_STRIPE_KEY": stripe_peer.KEY,
            "AISLE_PAYMENTS_STRIPE_WEBHOOK_SECRET": stripe_peer.SECRET,
            "AISLE_PAYMENTS_STRIPE_REDIRECTS": "false",
            "AISLE_PAYMENTS_PAYTR_URL": desk.url,
            "AISLE_PAYMENTS_PAYTR_MERCHANT_ID": paytr_peer.ID,
            "AISLE_PAYMENTS_PAYTR_MERCHANT_KEY": paytr_peer.KEY,
            "AISLE_PAYMENTS_PAYTR_MERCHANT_SECRET_SALT": paytr_peer.SALT,
        }
        folder = tmp_path_factory.mktemp("shop")
        async with till(servers, folder, services=(PAYMENTS,), environment=environment) as opened:
            made = Shop(opened, peer, desk)
            await peer.report_to(f"{made.url}/webhooks/stripe")
            yield made


async def test_stripe_pays_and_gives_back(shop: Shop) -> None:
    """By Stripe the money is taken within the call, and goes back in parts."""
    paid = shop.by_stripe("pm_card_visa")
    assert (await shop.till.ask(paid)).status == "succeeded"
    await shop.net(paid, 5_000)
    assert (await shop.till.refund(paid, 2_000)).status == "succeeded"
    await shop.net(paid, 3_000)
    (intent,) = await shop.peer.intents(paid.payment_id)
    assert [given["amount"] for given in await shop.peer.refunds(intent["id"])] == [2_000]


async def test_stripe_declines(shop: Shop) -> None:
    """A declined card fails the payment at once, and nothing is in the books."""
    paid = shop.by_stripe("pm_card_chargeCustomerFail")
    facts = await shop.till.ask(paid)
    assert (facts.status, facts.code) == ("failed", "card_declined")
    await shop.net(paid, 0)


async def test_stripe_asked_at_once(shop: Shop) -> None:
    """The same payment asked for ten times at once is one intent, by a peer that ignores our keys."""
    paid = shop.by_stripe("pm_card_visa")
    await asyncio.gather(*(shop.till.ask(paid) for _ in range(10)))
    await shop.till.becomes(paid.payment_id, "succeeded")
    assert len(await shop.peer.intents(paid.payment_id)) == 1
    await shop.net(paid, 5_000)


@pytest.mark.parametrize(("success", "status"), [(True, "succeeded"), (False, "failed")])
async def test_stripe_with_the_bank(shop: Shop, success: bool, status: str) -> None:
    """After the bank's page the payment ends by itself."""
    paid = shop.by_stripe(await shop.peer.card("4000002500003155"))
    facts = await shop.till.ask(paid)
    assert facts.status == "requires_action"
    assert (facts.action_url or "").startswith(RETURN)
    (intent,) = await shop.peer.intents(paid.payment_id)
    await shop.peer.authenticate(intent["id"], success=success)
    await shop.till.becomes(paid.payment_id, status)
    await shop.net(paid, 5_000 if success else 0)


async def test_stripe_reports(shop: Shop) -> None:
    """Stripe's webhook is taken in, once."""
    paid = shop.by_stripe("pm_card_visa")
    await shop.till.ask(paid)
    sql = "select * from webhook_events where provider = 'stripe'"

    async def arrived() -> bool:
        return any(paid.payment_id in repr(row) for row in await shop.till.rows(sql))

    await until(arrived)


async def test_paytr_pays(shop: Shop) -> None:
    """By PayTR the buyer is sent to the page; its callback, however often it comes, is one success."""
    paid = shop.by_paytr()
    facts = await shop.till.ask(paid)
    assert facts.status == "requires_action"
    assert (facts.action_url or "").startswith(f"{shop.desk.url}/odeme/guvenli/")
    said = shop.desk.callback(shop.desk.of(paid.payment_id), total=5_500)
    assert [await shop.report(said) for _ in range(3)] == [1, 1, 1]
    await shop.till.becomes(paid.payment_id, "succeeded")
    assert await asyncio.gather(*(shop.report(said) for _ in range(10))) == [1] * 10
    await shop.till.system.heard.told(paid.payment_id, PaymentActionRequired, PaymentSucceeded)
    await shop.net(paid, 5_000)


async def test_paytr_fails(shop: Shop) -> None:
    """A failure that PayTR reports ends the payment."""
    paid = shop.by_paytr()
    await shop.till.ask(paid)
    await shop.report(shop.desk.callback(shop.desk.of(paid.payment_id), reason="2"))
    facts = await shop.till.becomes(paid.payment_id, "failed")
    assert facts.code == "authentication_failed"


async def test_paytr_pays_too_late(shop: Shop) -> None:
    """Who pays on PayTR's page after the payment was given up is given all of it back."""
    paid = shop.by_paytr()
    await shop.till.ask(paid)
    assert (await shop.till.cancel(paid)).status == "canceled"
    oid = shop.desk.of(paid.payment_id)
    await shop.report(shop.desk.callback(oid))
    kinds = (PaymentActionRequired, PaymentCanceled, PaymentSucceeded, PaymentRefunded)
    await shop.till.system.heard.told(paid.payment_id, *kinds)
    assert [one["return_amount"] for one in shop.desk.sales[oid].returns] == ["50.00"]
    await shop.net(paid, 0)


async def test_paytr_is_asked_for_a_refund_once(shop: Shop) -> None:
    """A part went back, its answer was lost and the status does not list it: a person is told, and no second part goes.

    Listed later, it has succeeded.
    """
    paid = shop.by_paytr()
    await shop.till.ask(paid)
    oid, refund_id = shop.desk.of(paid.payment_id), new_id("refund")
    await shop.report(shop.desk.callback(oid))
    await shop.till.becomes(paid.payment_id, "succeeded")
    shop.desk.slow.add(oid)
    assert (await shop.till.refund(paid, 2_000, refund_id)).status == "pending"
    await shop.till.do("update refunds set due_at = now() where id = %s", refund_id)

    async def owed() -> bool:
        asked = await shop.till.system.bus.request(ListOwed(), timeout=10.0)
        return any((one.refund_id, one.code) == (refund_id, "refund_unsure") for one in asked.refunds)

    await until(owed)
    assert [one["return_amount"] for one in shop.desk.sales[oid].returns] == ["20.00"]
    shop.desk.slow.remove(oid)
    await shop.till.do("update refunds set due_at = now() where id = %s", refund_id)
    await shop.till.becomes(paid.payment_id, "succeeded", refunded=2_000)
    assert [one["return_amount"] for one in shop.desk.sales[oid].returns] == ["20.00"]
    assert not await owed()
    await shop.net(paid, 3_000)


async def test_what_paytr_did_not_hear_is_asked_for_again(shop: Shop) -> None:
    """While nobody can be asked how it stands nothing is given back, so it may be asked for later."""
    paid = shop.by_paytr()
    await shop.till.ask(paid)
    oid, refund_id = shop.desk.of(paid.payment_id), new_id("refund")
    await shop.report(shop.desk.callback(oid))
    await shop.till.becomes(paid.payment_id, "succeeded")
    shop.desk.html = True
    try:
        for _ in range(2):
            assert (await shop.till.refund(paid, 2_000, refund_id)).status == "pending"
    finally:
        shop.desk.html = False
    await shop.till.do("update refunds set due_at = now() where id = %s", refund_id)
    await shop.till.becomes(paid.payment_id, "succeeded", refunded=2_000)
    assert [one["return_amount"] for one in shop.desk.sales[oid].returns] == ["20.00"]


async def test_paytr_forged(shop: Shop) -> None:
    """A callback that somebody else made up is refused, and changes nothing."""
    paid = shop.by_paytr()
    await shop.till.ask(paid)
    said = shop.desk.callback(shop.desk.of(paid.payment_id)) | {"hash": "AAAA"}
    answer = await shop.till.system.client.post("/webhooks/paytr", data=said)
    assert answer.status_code == 400
    assert (await shop.till.row(paid.payment_id))["status"] == "requires_action"
