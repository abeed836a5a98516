"""How providers are called: bounded, repeated with care, and not at all while they are down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
import structlog

from internal.embedded.server import free_port
from internal.payments.providers.breaker import FAILURES, PAUSE, Breaker
from internal.payments.providers.calling import Calling
from internal.payments.providers.interface import AnswerLost, ProviderDown

Handler = Callable[[httpx.Request], httpx.Response]


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def calling(handler: Handler, budget: float = 0.3) -> Calling:
    return Calling("test", "http://bank", structlog.get_logger(), transport=httpx.MockTransport(handler), budget=budget)


def test_the_breaker_opens_and_closes_again() -> None:
    """After so many failures in a row nobody calls; after the pause one may, and its success lets everybody."""
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.allows()
        breaker.failed()
    assert (breaker.allows(), breaker.state) == (False, "open")
    clock.now += PAUSE
    assert (breaker.allows(), breaker.allows()) == (True, False)
    breaker.failed()
    assert not breaker.allows()
    clock.now += PAUSE
    assert breaker.allows()
    breaker.succeeded()
    assert (breaker.allows(), breaker.allows(), breaker.state) == (True, True, "closed")


def test_a_trial_that_vanished_is_not_waited_for() -> None:
    """A caller who was cancelled in its trial does not keep the circuit open for ever."""
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.failed()
    clock.now += PAUSE
    assert breaker.allows()
    clock.now += 60.0
    assert breaker.allows()


async def test_a_passing_trouble_is_repeated_away() -> None:
    """Two failures and an answer are an answer, and the circuit stays closed."""
    statuses = iter([503, 409, 200])
    said = await calling(lambda _: httpx.Response(next(statuses)), 5.0).send("POST", "/x")
    assert said.status_code == 200


@pytest.mark.parametrize("status", [400, 402, 404])
async def test_a_refusal_is_an_answer(status: int) -> None:
    """What the provider says no to is not repeated."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status)

    assert (await calling(handle).send("POST", "/x")).status_code == status
    assert len(seen) == 1


def _not_there(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _silent(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("silent", request=request)


async def test_nobody_there_means_nothing_done() -> None:
    """No connection in the whole budget: certainly nothing was done."""
    with pytest.raises(ProviderDown):
        await calling(_not_there).send("POST", "/x")


async def test_one_lost_answer_leaves_doubt() -> None:
    """Sent once without an answer, then not reachable: it may have been done."""
    kinds = iter([_silent])

    def handle(request: httpx.Request) -> httpx.Response:
        return next(kinds, _not_there)(request)

    with pytest.raises(AnswerLost):
        await calling(handle).send("POST", "/x")


async def test_what_may_not_be_repeated_is_sent_once() -> None:
    """Without an idempotency key a lost answer is not asked for again."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return _silent(request)

    with pytest.raises(AnswerLost):
        await calling(handle).send("POST", "/x", repeatable=False)
    assert len(seen) == 1


async def test_an_open_circuit_asks_nobody() -> None:
    """Once it is open, callers hear so at once and the server is left alone."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return _not_there(request)

    bank = calling(handle, 0.05)
    for _ in range(FAILURES):
        with pytest.raises(ProviderDown):
            await bank.send("POST", "/x")
    before = len(seen)
    with pytest.raises(ProviderDown):
        await bank.send("POST", "/x")
    assert len(seen) == before


async def test_a_budget_that_ends_in_the_handshake_has_sent_nothing() -> None:
    """Of a bank that is down nothing is uncertain, however little time the last try has left."""
    for budget in [0.0001, 0.0003, 0.001, 0.003] * 20:
        down = Calling("test", f"http://127.0.0.1:{free_port()}", structlog.get_logger(), budget=budget)
        with pytest.raises(ProviderDown):
            await down.send("POST", "/x")
        await down.close()


async def test_a_bank_that_heard_and_says_nothing() -> None:
    """The budget ends after the request was sent: it may have been done."""
    heard = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        heard.set()
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    mute = Calling("test", f"http://127.0.0.1:{port}", structlog.get_logger(), budget=0.5)
    async with listening:
        with pytest.raises(AnswerLost):
            await mute.send("POST", "/x")
        await mute.close()
    assert heard.is_set()
