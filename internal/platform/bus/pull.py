"""Messages of a durable as they come.

Written by hand because nats-py has no `consume()`, and its `fetch(100)` holds the first message back until it has seen
what else there is: here every message is handed on when it arrives, and the request behind it lingers on the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import Header

from internal.platform.bus.client import Client

__all__ = ["Pull"]

_EXPIRES = 1.5  # seconds a request lingers: one that was sent before a server died is noticed no later
_GRACE = 0.5  # seconds more for the server to say that it is over
_QUIET = frozenset({"404", "408"})  # nothing there; the time is over


class _Next(msgspec.Struct):
    batch: int
    expires: int


@dataclass
class Pull:
    """Asks for messages, and gives each to `arrived` when it comes."""

    client: Client
    stream: str
    durable: str
    arrived: Callable[[Msg], None]
    _inbox: str = ""
    _subscription: Subscription | None = None
    _missing: int = 0
    _trouble: str = ""
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        """Listen; the client listens again by itself after a reconnect."""
        self._inbox = self.client.new_inbox()
        self._subscription = await self.client.subscribe(self._inbox, cb=self._told)
        self.client.short_way(self._subscription, self._take)

    async def ask(self, batch: int) -> str:
        """One request to its end. Empty when all is well, else what is wrong: then look after the durable."""
        self._missing, self._trouble = batch, ""
        self._over.clear()
        request = msgspec.json.encode(_Next(batch, int(_EXPIRES * 1e9)))
        await self.client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.durable}", request, reply=self._inbox)
        try:
            async with asyncio.timeout(_EXPIRES + _GRACE):
                await self._over.wait()
        except TimeoutError:
            return "no word from NATS"
        return self._trouble

    async def close(self) -> None:
        """No more from now on; whatever NATS had sent before it heard so has arrived when this returns."""
        if self._subscription is not None:
            async with asyncio.timeout(1.0):
                await self._subscription.drain()  # type: ignore[no-untyped-call]
            self.client.long_way(self._subscription)

    def _take(self, message: Msg) -> None:
        self.arrived(message)
        self._missing -= 1
        if self._missing <= 0:
            self._over.set()

    async def _told(self, message: Msg) -> None:
        """What NATS says of the request itself."""
        headers = message.headers or {}
        status = headers.get(Header.STATUS, "")
        if status not in _QUIET:
            self._trouble = f"{status} {headers.get(Header.DESCRIPTION, '')}"
        self._over.set()
