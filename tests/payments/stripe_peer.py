"""A Stripe to talk to: localstripe in a process of its own, a transport that loses answers, an ear for webhooks."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from aiohttp import web

from internal.platform.plain_http import trusted
from tests.waiting import until

__all__ = ["KEY", "SECRET", "Ear", "Losing", "Peer", "ear", "localstripe"]

KEY = "sk_test_aisle"
SECRET = "whsec_aisle"


class Peer:
    """What a test asks localstripe for behind the provider's back."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {KEY}"}, verify=trusted())

    async def get(self, path: str, **query: Any) -> Any:
        return (await self._http.get(path, params=query)).raise_for_status().json()

    async def post(self, path: str, **form: Any) -> Any:
        return (await self._http.post(path, data=form)).raise_for_status().json()

    async def card(self, number: str) -> str:
        """A payment method, as Stripe.js makes one in the buyer's browser."""
        card = {"card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2030", "card[cvc]": "123"}
        return str((await self.post("/v1/payment_methods", type="card", **card))["id"])

    async def authenticate(self, intent_id: str, *, success: bool) -> None:
        """The buyer at the bank's page; a card that declines even then answers 402."""
        secret = (await self.get(f"/v1/payment_intents/{intent_id}"))["client_secret"]
        form = {"client_secret": secret, "success": str(success).lower()}
        await self._http.post(f"/v1/payment_intents/{intent_id}/_authenticate", data=form)

    async def intents(self, payment_id: str) -> list[Any]:
        """Every intent that was made for this payment."""
        listed = (await self.get("/v1/payment_intents", limit=10_000))["data"]
        return [intent for intent in listed if intent["metadata"].get("payment_id") == payment_id]

    async def refunds(self, intent_id: str) -> list[Any]:
        return list((await self.get("/v1/refunds", payment_intent=intent_id, limit=100))["data"])

    async def report_to(self, url: str) -> None:
        hook = {"url": url, "secret": SECRET}
        (await self._http.post("/_config/webhooks/aisle", json=hook)).raise_for_status()

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def localstripe() -> AsyncIterator[Peer]:
    """It, on a port of its own, killed at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.payments.localstripe_process", str(listening.fileno())),
            pass_fds=[listening.fileno()],
        )
        peer = Peer(f"http://127.0.0.1:{listening.getsockname()[1]}")
    try:
        await until(lambda: _answers(peer), 30)
        yield peer
    finally:
        await peer.close()
        process.kill()
        await process.wait()


async def _answers(peer: Peer) -> bool:
    with suppress(httpx.TransportError):
        await peer.get("/v1/payment_intents")
        return True
    return False


class Losing(httpx.AsyncBaseTransport):
    """Passes every request on, and loses the answers to those whose path matches `lost`: the server has done them."""

    def __init__(self) -> None:
        self._through = httpx.AsyncHTTPTransport()
        self.lost = ""
        self.times = 0
        self.seen: list[httpx.Request] = []
        self.down = False  # from the first lost answer on nobody can be reached to be asked how it stands

    def lose(self, path: str, times: int = 1_000) -> None:
        self.lost, self.times = path, times

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if self.down and request.method == "GET" and self.lost and not self.times:
            raise httpx.ConnectError("refused", request=request)
        response = await self._through.handle_async_request(request)
        if self.lost and self.times and request.method == "POST" and re.fullmatch(self.lost, request.url.path):
            self.times -= 1
            await response.aread()
            await response.aclose()
            raise httpx.ReadTimeout("lost on the way", request=request)
        return response

    async def aclose(self) -> None:
        await self._through.aclose()


class Ear:
    """What was reported to us, as it came in."""

    def __init__(self, answer: Callable[[dict[str, str], bytes], str]) -> None:
        self.url = ""
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self._answer = answer

    async def hear(self, request: web.Request) -> web.Response:
        message = ({name.lower(): value for name, value in request.headers.items()}, await request.read())
        self.heard.append(message)
        return web.Response(text=self._answer(*message))


@asynccontextmanager
async def ear(answer: Callable[[dict[str, str], bytes], str] = lambda *_: "") -> AsyncIterator[Ear]:
    """A server for webhooks on a port of its own."""
    listening = Ear(answer)
    app = web.Application()
    app.router.add_post("/", listening.hear)
    async with serving(app) as listening.url:
        yield listening


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """The address of this application, while it is served."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    free = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{free.getsockname()[1]}"
    try:
        await web.SockSite(runner, free).start()  # closes the socket in the end
        yield address
    finally:
        await runner.cleanup()
