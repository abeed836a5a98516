"""The point of sale, asked as a merchant and as a buyer's browser ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from internal.platform.ids import new_id
from internal.pos.service import SERVICE as POS
from tests.conftest import Addresses
from tests.running import running

KEY = "key of the tests"


@pytest.fixture(scope="module")
async def bank(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    told = {"AISLE_PAYMENTS_MOCK_KEY": KEY, "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET": "secret"}
    async with running([POS], servers, tmp_path_factory.mktemp("pos"), environment=told) as system:
        system.client.headers["x-pos-key"] = KEY
        yield system.client


def form(number: str = "4242424242424242", **more: Any) -> dict[str, Any]:
    card = {"number": number, "expMonth": 12, "expYear": 2099, "cvc": "123"}
    return {"order": "order_1", "amount": 1_000, "currency": "EUR", "card": card, **more}


async def charge(bank: httpx.AsyncClient, key: str, body: dict[str, Any]) -> httpx.Response:
    return await bank.post("/pos/v1/charges", json=body, headers={"idempotency-key": key})


async def refund(bank: httpx.AsyncClient, key: str, refund_key: str, amount: int) -> httpx.Response:
    headers = {"idempotency-key": refund_key}
    return await bank.post(f"/pos/v1/charges/{key}/refunds", json={"amount": amount}, headers=headers)


async def test_one_key_is_one_charge(bank: httpx.AsyncClient) -> None:
    """Twenty at once with one key are one charge; the key with another amount is refused."""
    key = new_id("pay")
    said = await asyncio.gather(*(charge(bank, key, form()) for _ in range(20)))
    assert {(one.status_code, one.json()["id"]) for one in said} == {(200, said[0].json()["id"])}
    assert (await charge(bank, key, form(amount=999))).json()["code"] == "key_used_otherwise"


async def test_refunds_never_exceed_the_capture(bank: httpx.AsyncClient) -> None:
    """Twenty refunds of a third at once: three go through; before the capture none does."""
    key = new_id("pay")
    await charge(bank, key, form())
    assert (await refund(bank, key, new_id("refund"), 1)).json()["code"] == "charge_not_captured"
    await bank.post(f"/pos/v1/charges/{key}/capture")
    said = await asyncio.gather(*(refund(bank, key, new_id("refund"), 333) for _ in range(20)))
    assert sorted(one.status_code for one in said) == [200] * 3 + [422] * 17
    books = (await bank.get("/pos/v1/books")).json()
    (mine,) = [one for one in books["charges"] if one["key"] == key]
    assert (mine["captured"], mine["refunded"]) == (1_000, 999)
    assert len([one for one in books["refunds"] if one["charge"] == key]) == 3


async def test_a_spent_key_is_not_charged(bank: httpx.AsyncClient) -> None:
    """Voided before it came: the charge that comes late is voided already."""
    key = new_id("pay")
    assert (await bank.post(f"/pos/v1/charges/{key}/void")).json()["state"] == "voided"
    assert (await charge(bank, key, form())).json()["state"] == "voided"
    assert (await bank.post(f"/pos/v1/charges/{key}/capture")).json()["captured"] == 0


@pytest.mark.parametrize(("given", "path"), [(None, "/pos/v1/books"), ("", "/pos/v1/books"), ("x", "/pos/v1/books")])
async def test_without_its_key_nobody_is_served(bank: httpx.AsyncClient, given: str | None, path: str) -> None:
    """No key, an empty one and a wrong one are refused."""
    async with httpx.AsyncClient(base_url=bank.base_url) as client:
        said = await client.get(path, headers={} if given is None else {"x-pos-key": given})
    assert (said.status_code, said.json()["code"]) == (403, "not_the_merchant")


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"amount": "1"}, {"card": None}, {"x": 1}, {"webhookUrl": "ftp://x"}])
async def test_what_is_no_charge(bank: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    """A malformed charge is told so, with the field."""
    said = await charge(bank, new_id("pay"), form(**wrong))
    assert said.status_code == 400
    assert said.json()["path"].startswith("$")


async def test_money_of_many_digits_is_charged(bank: httpx.AsyncClient) -> None:
    """Three seats of 1.5 million rupiah, and one of the dearest price."""
    for amount in (450_000_000, 1_000_000_000):
        key = new_id("pay")
        said = await charge(bank, key, form(amount=amount, currency="IDR"))
        assert (said.status_code, said.json().get("state")) == (200, "authorized")
        await bank.post(f"/pos/v1/charges/{key}/capture")
        assert (await refund(bank, key, new_id("refund"), amount)).json()["state"] == "succeeded"


async def test_expired_cards(bank: httpx.AsyncClient) -> None:
    """A card whose month is over is declined."""
    body = form()
    body["card"]["expYear"] = 2020
    assert (await charge(bank, new_id("pay"), body)).json()["code"] == "expired_card"


@pytest.mark.parametrize(("language", "word"), [("tr-TR,tr;q=0.9", "Onayla"), ("en", "Approve"), ("de", "Approve")])
async def test_the_bank_speaks_both_languages(bank: httpx.AsyncClient, language: str, word: str) -> None:
    """The page is the buyer's language, without script, and may send its form here and back to the shop only."""
    body = form("4000002500003155", returnUrl="https://shop.example/a?b=1")
    path = (await charge(bank, new_id("pay"), body)).json()["actionPath"]
    page = await bank.get(path, headers={"accept-language": language})
    assert word in page.text
    assert "3155" in page.text
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self' https://shop.example;" in policy


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(5_000, "JPY", "5000 JPY"), (12_345, "KWD", "12.345 KWD"), (5, "KWD", "0.005 KWD"), (4_505, "EUR", "45.05 EUR")],
)
async def test_the_bank_counts_as_the_currency_does(
    bank: httpx.AsyncClient, amount: int, currency: str, shown: str
) -> None:
    """Who pays 5,000 yen approves 5,000 yen, and not 50."""
    body = form("4000002500003155", amount=amount, currency=currency)
    path = (await charge(bank, new_id("pay"), body)).json()["actionPath"]
    assert f"payment of {shown} with" in (await bank.get(path)).text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//evil",
        "https://a b",
        'https://x/"><script>\n',
        "https://shop.example/şişli",  # in no header
        "https://şişli.example/",
        "http://[x",  # no page could be made of it
        "http://shop.example/\x01x",  # the connection was cut
        "http://shop.example@evil.example/",
        "http://*",
    ],
)
async def test_no_bad_way_back(bank: httpx.AsyncClient, url: str) -> None:
    """An address that is none is refused when the charge is made."""
    assert (await charge(bank, new_id("pay"), form("4000002500003155", returnUrl=url))).status_code == 400


@pytest.mark.parametrize("url", ["http://localhost:3000?a=b", "https://[::1]:8443/x", "https://x/%C5%9Fi#<'\">"])
async def test_the_way_back_is_the_one_that_was_given(bank: httpx.AsyncClient, url: str) -> None:
    """The page is shown, and who has decided is sent there; nowhere else could be put in between."""
    path = (await charge(bank, new_id("pay"), form("4000002500003155", returnUrl=url))).json()["actionPath"]
    assert (await bank.get(path)).status_code == 200
    said = await bank.post(path, data={"answer": "approve"})
    assert (said.status_code, said.headers["location"]) == (303, url)


async def test_the_buyer_decides_once(bank: httpx.AsyncClient) -> None:
    """Refused stays refused, an approval afterwards changes nothing, and the page says so; nonsense is refused."""
    key = new_id("pay")
    path = (await charge(bank, key, form("4000002500003155"))).json()["actionPath"]
    assert (await bank.post(path, data={"answer": "perhaps"})).status_code == 400
    assert (await bank.post(path, content=b"\xff\xfe")).status_code == 400
    for answer in ("refuse", "approve"):
        said = await bank.post(path, data={"answer": answer})
        assert "decided already" in said.text
    assert (await bank.get(f"/pos/v1/charges/{key}")).json()["state"] == "declined"
    assert (await bank.get("/pos/3ds/ch_none")).status_code == 404


async def test_odd_keys(bank: httpx.AsyncClient) -> None:
    """A path that no key can have is not found, and no trouble of ours."""
    for path in ("/pos/3ds/%00", "/pos/v1/charges/%00", "/pos/v1/refunds/%00", f"/pos/3ds/{'x' * 3000}"):
        assert (await bank.get(path)).status_code == 404
    assert (await bank.post("/pos/v1/charges/%00/void")).status_code == 404
