"""Buyers who check out: a generator of our own, as wrk cannot hold and then pay for just that, and k6 takes a core.

One connection a buyer, one request after another, over plain streams: about 60 us of CPU each.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from time import monotonic
from typing import Any
from uuid import uuid4

import msgspec

from bench.figures import Run
from bench.holding import CREATED

__all__ = ["Buyer", "Checkout", "checkouts"]

_GOES_ON = 202
_LOOK_EVERY = 0.1  # seconds
_STATUSES = {"completed": CREATED, "failed": 409}
_CARD = {"number": "4242424242424242", "expMonth": 12, "expYear": 2035, "cvc": "123"}


class Checkout(msgspec.Struct, frozen=True):
    """How one checkout was answered."""

    status: int
    seconds: float
    body: dict[str, Any]


class Buyer:
    """Somebody with a token and a connection."""

    def __init__(self, url: str, token: str) -> None:
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port = int(port)
        self._token = token
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def comes(self) -> None:
        """Opens the connection."""
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)

    def goes(self) -> None:
        """Closes it."""
        self._writer.close()

    async def asks(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> tuple[int, dict[str, Any]]:
        """One POST, or without a body one GET, and its answer."""
        method, content = ("GET", b"") if body is None else ("POST", msgspec.json.encode(body))
        keyed = f"idempotency-key: {key}\r\n" if key else ""
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {self._host}\r\nauthorization: Bearer {self._token}\r\n{keyed}"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(answer[9:12]), msgspec.json.decode(await self._reader.readexactly(length))

    async def holds(self, showtime: str, seat: str) -> str:
        """The id of a new hold of this seat."""
        status, told = await self.asks(f"/api/showtimes/{showtime}/holds", {"seatIds": [seat]})
        if status != CREATED:
            raise RuntimeError(f"a hold was answered {status}: {told}")
        return str(told["holdId"])

    async def pays(self, hold_id: str) -> Checkout:
        """The whole way from the hold to the order; one that is answered 202, which goes on, is waited for."""
        body = {
            "holdId": hold_id,
            "payment": {"provider": "mock", "method": {"card": _CARD}},
            "buyer": {"name": "Ada Lovelace", "email": "ada@example.org"},
        }
        began = monotonic()
        status, told = await self.asks("/api/checkouts", body, key=uuid4().hex)
        while status == _GOES_ON:
            await asyncio.sleep(_LOOK_EVERY)
            _, told = await self.asks(f"/api/checkouts/{told['checkoutId']}")
            status = _STATUSES.get(told["status"], status)
        return Checkout(status, monotonic() - began, told)


async def checkouts(
    buyers: Sequence[Buyer], holds: Sequence[Sequence[str]], pace: float = 0.0
) -> tuple[Run, list[Checkout]]:
    """Every buyer pays for these holds of theirs, one after another; with a `pace`, no more than so many a second."""
    began = monotonic()
    done: list[Checkout] = []

    async def one(number: int, buyer: Buyer, own: Sequence[str]) -> None:
        for turn, hold_id in enumerate(own):
            if pace:
                due = began + (turn * len(buyers) + number) / pace
                await asyncio.sleep(max(0.0, due - monotonic()))
            done.append(await buyer.pays(hold_id))

    await asyncio.gather(
        *(one(number, buyer, own) for number, (buyer, own) in enumerate(zip(buyers, holds, strict=True)))
    )
    return _run(done, monotonic() - began), done


def _run(done: Sequence[Checkout], seconds: float) -> Run:
    times = sorted(one.seconds * 1000 for one in done)

    def at(share: float) -> float:
        return times[min(len(times) - 1, int(len(times) * share))]

    return Run(
        tool="own",
        requests=len(done),
        seconds=seconds,
        statuses=dict(Counter(one.status for one in done)),
        p50=at(0.50),
        p95=at(0.95),
        p99=at(0.99),
    )
