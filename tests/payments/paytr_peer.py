"""A virtual point of sale as PayTR documents it, with hashes of its own making.

It gives pages to pay on, takes the buyer's money when the test says so, and reports that when and as often as the test
wants: each callback is repeated until it is answered with a plain OK.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

from internal.platform.plain_http import trusted
from tests.payments.stripe_peer import serving

__all__ = ["ID", "KEY", "SALT", "Desk", "paytr"]

ID, KEY, SALT = "123456", "merchant key of the tests", "merchant salt of the tests"


def mac(text: str) -> str:
    return base64.b64encode(hmac.new(KEY.encode(), text.encode(), hashlib.sha256).digest()).decode()


@dataclass
class Sale:
    """One order's number."""

    form: dict[str, str]
    total: int = 0  # hundredths that the buyer paid
    returns: list[dict[str, str]] = field(default_factory=list)


class Desk:
    """The server, and the test's hand on it."""

    def __init__(self) -> None:
        self.url = ""
        self.sales: dict[str, Sale] = {}
        self.asked: list[str] = []
        self.slow: set[str] = set()  # orders of which a refund is done, and neither answered nor listed
        self.html = False  # it shows an error page of HTML to everybody

    def app(self) -> web.Application:
        made = web.Application()
        made.router.add_post("/odeme/api/get-token", self._get_token)
        made.router.add_post("/odeme/durum-sorgu", self._status)
        made.router.add_post("/odeme/iade", self._return)
        return made

    def of(self, payment_id: str) -> str:
        """The order's number that was made of this payment."""
        return next(oid for oid in self.sales if oid.startswith(payment_id.replace("_", "")))

    def callback(self, oid: str, *, total: int | None = None, reason: str = "") -> dict[str, str]:
        """The buyer has paid, or could not: what is reported of it."""
        sale = self.sales[oid]
        asked = sale.form["payment_amount"]
        status, paid = ("failed", "0") if reason else ("success", str(total or asked))
        if not reason:
            sale.total = int(paid)
        said = {"merchant_oid": oid, "status": status, "total_amount": paid, "hash": mac(oid + SALT + status + paid)}
        said |= {"test_mode": "1", "payment_type": "card", "currency": sale.form["currency"], "payment_amount": asked}
        return said | ({"failed_reason_code": reason, "failed_reason_msg": "Kart limiti yetersiz"} if reason else {})

    async def deliver(self, url: str, said: dict[str, str], most: int = 5) -> int:
        """Report it until the answer is OK, and nothing but OK; how often that took."""
        async with httpx.AsyncClient(verify=trusted()) as http:
            for times in range(1, most + 1):
                answer = await http.post(url, data=said)
                if answer.is_success and answer.text == "OK":
                    return times
        raise AssertionError(f"never answered with OK: {answer.status_code} {answer.text}")

    async def _get_token(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        names = ["merchant_id", "user_ip", "merchant_oid", "email", "payment_amount", "user_basket"]
        names += ["no_installment", "max_installment", "currency", "test_mode"]
        oid = form["merchant_oid"]
        if form["paytr_token"] != mac("".join(form[name] for name in names) + SALT):
            return self._said(status="failed", reason="paytr_token gecersiz")
        if not (oid.isascii() and oid.isalnum() and len(oid) <= 64):
            return self._said(status="failed", reason="merchant_oid alfanumerik olmalidir")
        needed = ("user_name", "user_address", "user_phone", "merchant_ok_url", "merchant_fail_url", "timeout_limit")
        if empty := [name for name in needed if not form.get(name)]:
            return self._said(status="failed", reason=f"{empty[0]} zorunludur")
        if oid in self.sales and self.sales[oid].total:
            return self._said(status="failed", reason="merchant_oid daha once kullanilmis")
        self.sales.setdefault(oid, Sale(form))
        return self._said(status="success", token=hashlib.sha256(f"{oid}{len(self.asked)}".encode()).hexdigest())

    async def _status(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        oid = form["merchant_oid"]
        if form["paytr_token"] != mac(ID + oid + SALT):
            return self._said(status="error", err_no="001", err_msg="paytr_token gecersiz")
        sale = self.sales.get(oid)
        if sale is None or not sale.total:
            return self._said(status="error", err_no="004", err_msg="merchant_oid ile basarili odeme bulunamadi")
        asked, paid = int(sale.form["payment_amount"]), sale.total
        amounts = {"payment_amount": f"{asked / 100:g}".replace(".", ","), "payment_total": f"{paid / 100:.2f}"}
        listed = [] if oid in self.slow else sale.returns
        return self._said(status="success", currency=sale.form["currency"], returns=listed, **amounts)

    async def _return(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        oid, amount = form["merchant_oid"], form["return_amount"]
        if form["paytr_token"] != mac(ID + oid + amount + SALT):
            return self._said(status="error", err_no="001", err_msg="paytr_token gecersiz")
        sale = self.sales.get(oid)
        if sale is None or not sale.total:
            return self._said(status="error", err_no="006", err_msg="merchant_oid ile basarili odeme bulunamadi")
        given = sum(round(float(one["return_amount"]) * 100) for one in sale.returns)
        if given + round(float(amount) * 100) > sale.total:
            return self._said(status="error", err_no="009", err_msg="Iade tutari kalan tutardan buyuk olamaz")
        reference = form.get("reference_no", "")
        sale.returns.append({"return_amount": amount, "reference_no": reference, "return_date": "2026-11-21 10:00:00"})
        if oid in self.slow:
            return web.Response(status=502)
        return self._said(status="success", is_test="1", merchant_oid=oid, return_amount=amount, reference_no=reference)

    async def _form(self, request: web.Request) -> dict[str, str]:
        self.asked.append(request.path)
        return {name: str(value) for name, value in (await request.post()).items()}

    def _said(self, **said: Any) -> web.Response:
        if self.html:
            return web.Response(text="<h1>Bakim calismasi</h1>", content_type="text/html")
        return web.Response(text=json.dumps(said), content_type="text/html")  # so does the real one


@asynccontextmanager
async def paytr() -> AsyncIterator[Desk]:
    """It, on a port of its own."""
    desk = Desk()
    async with serving(desk.app()) as desk.url:
        yield desk
