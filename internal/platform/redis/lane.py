"""The lane: one connection, and one write for everything that was asked within one tick of the event loop.

Written by hand on hiredis, because redis-py's asyncio client costs 45-110 us of this process for each call and the
hold path has 60 us for everything; here a call costs about 5 us.
Calls of a `BatchScript` made in one tick become one EVALSHA.

Redis is never the truth, so a lost connection fails what was in flight with `Unavailable` (it may or may not have been
done: every script is safe to repeat or expires by itself), and the lane connects again with back-off for ever.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, cast

import hiredis
from structlog.typing import FilteringBoundLogger

from internal.platform.faults import Unavailable
from internal.platform.redis.address import Address
from internal.platform.redis.scripts import BatchScript, Script

__all__ = ["Lane"]

Word = bytes | str | int | float
Told = Callable[[Any], None]

_ANSWER_WITHIN = 3.0  # seconds: a hold that took longer is better refused; well above a slow fsync
_CONNECT_WITHIN = 3.0
_LONGEST_PAUSE = 1.0  # seconds between tries to connect: seats can be sold again a second after Redis is back
# Calls after which a batch is sent at once: Redis then works on the first requests of a busy tick while this process
# reads the others. With all of them in one batch the two only ever work in turns.
_ENOUGH = 12
_MOST_WAITING = 20_000  # calls without an answer: about a second's work; more are refused at once


def _packed(words: tuple[Word, ...]) -> bytes:
    return cast("bytes", hiredis.pack_command(words))  # type: ignore[arg-type]  # its stub knows no mixed tuple


def _into(future: asyncio.Future[Any]) -> Told:
    def told(reply: Any) -> None:
        if future.done():  # whoever asked has left
            return
        if isinstance(reply, Exception):
            future.set_exception(reply)
        else:
            future.set_result(reply)

    return told


class Lane(asyncio.Protocol):
    """Calls in, replies out."""

    def __init__(self, url: str, scripts: Sequence[Script], log: FilteringBoundLogger) -> None:
        self._address = Address.of(url)
        self._scripts = list(scripts)
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._transport: asyncio.WriteTransport | None = None
        self._ready = asyncio.Event()
        self._lost = asyncio.Event()
        self._out: list[bytes] = []
        self._batches: dict[BatchScript, list[tuple[Sequence[Word], Told]]] = {}
        self._waiting: deque[tuple[list[Told], bool, float]] = deque()
        self._calls = 0
        self._flushing = False
        self.asked = 0
        self.batches = 0

    # -- asking ------------------------------------------------------------------------------------------------------

    async def command(self, *words: Word) -> Any:
        """One plain command."""
        return await self._ask(_packed(words))

    async def now_ms(self) -> int:
        """Redis' time: one for all replicas."""
        seconds, microseconds = await self.command("TIME")
        return int(seconds) * 1000 + int(microseconds) // 1000

    async def call(self, script: Script, keys: Sequence[str], *arguments: Word) -> Any:
        """One script call of its own."""
        return await self._ask(_packed((b"EVALSHA", script.sha, len(keys), *keys, *arguments)))

    def batch(self, script: BatchScript, arguments: Sequence[Word]) -> asyncio.Future[Any]:
        """One call among all those of this tick."""
        future = self._loop.create_future()
        self.post(script, arguments, _into(future))
        return future

    def post(self, script: BatchScript, arguments: Sequence[Word], told: Told) -> None:
        """The same for the hot path: `told` is called with the reply, or with an exception; it must not raise."""
        if (fault := self._refusal()) is not None:
            told(fault)
            return
        calls = self._batches.get(script)
        if calls is None:
            self._batches[script] = [(arguments, told)]
        else:
            calls.append((arguments, told))
            if len(calls) >= _ENOUGH:
                self._flush()
        self._flush_soon()

    def _ask(self, packed: bytes) -> asyncio.Future[Any]:
        future = self._loop.create_future()
        told = _into(future)
        if (fault := self._refusal()) is not None:
            told(fault)
        else:
            self._out.append(packed)
            self._waiting.append(([told], False, self._loop.time()))
            self._flush_soon()
        return future

    def _refusal(self) -> Unavailable | None:
        """Why a call cannot be taken; if it can, it counts from now on."""
        if self._transport is None or not self._ready.is_set():
            return Unavailable("Redis is not reachable just now.")
        if self._calls >= _MOST_WAITING:
            return Unavailable("Too much is waiting for Redis.")
        self._calls += 1
        self.asked += 1
        return None

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Everything that was asked since the last time, in one write."""
        self._flushing = False
        if self._transport is None or not (self._batches or self._out):
            return
        if self._batches:
            batches, self._batches = self._batches, {}
            for script, calls in batches.items():
                self._pack(script, calls)
        self._transport.write(b"".join(self._out))
        self._out.clear()

    def _pack(self, script: BatchScript, calls: list[tuple[Sequence[Word], Told]]) -> None:
        self.batches += 1
        words: list[Word] = [b"EVALSHA", script.sha, 0, len(calls)]
        for arguments, _ in calls:
            words.extend(arguments)
        self._out.append(_packed(tuple(words)))
        self._waiting.append(([told for _, told in calls], True, self._loop.time()))

    # -- hearing -----------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Answers, in the order of the questions."""
        reader = self._reader
        reader.feed(data)
        while (reply := reader.gets()) is not False:
            waiting, batched, _ = self._waiting.popleft()
            self._calls -= len(waiting)
            if isinstance(reply, hiredis.ReplyError):
                self._fail(waiting, reply)
            elif batched:
                for told, one in zip(waiting, reply, strict=True):
                    told(one)
            else:
                waiting[0](reply)

    def _fail(self, waiting: list[Told], reply: hiredis.ReplyError) -> None:
        text = str(reply)
        if text.startswith("NOSCRIPT") and self._transport is not None:
            self._transport.abort()  # the scripts were flushed: a new connection loads them again
        fault: Exception = reply
        if text.startswith(("NOSCRIPT", "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "OOM", "MISCONF", "BUSY")):
            self._log.warning("redis refuses", error=text)
            fault = Unavailable("Redis cannot serve just now.")
        for told in waiting:
            told(fault)

    # -- staying connected -------------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether calls are answered just now."""
        return self._ready.is_set()

    @property
    def waiting(self) -> int:
        """Calls that have no answer yet."""
        return self._calls

    async def until_ready(self) -> None:
        """Return once calls can be made."""
        await self._ready.wait()

    async def run(self) -> None:
        """Connect, watch, and connect again, until cancelled."""
        pause = 0.02
        try:
            while True:
                try:
                    await self._connect()
                except (OSError, TimeoutError, hiredis.HiredisError, Unavailable) as error:
                    self._log.warning("redis not reachable", error=repr(error), again_in=pause)
                    await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
                    pause = min(pause * 2, _LONGEST_PAUSE)
                    continue
                pause = 0.02
                await self._watch()
        finally:
            if self._transport is not None:
                self._transport.close()

    async def _connect(self) -> None:
        address = self._address
        self._lost.clear()
        self._reader = hiredis.Reader()
        async with asyncio.timeout(_CONNECT_WITHIN):
            if address.path:
                await self._loop.create_unix_connection(lambda: self, address.path)
            else:
                tls = True if address.tls else None
                await self._loop.create_connection(lambda: self, address.host, address.port, ssl=tls)
            await self._greet()
        self._ready.set()

    async def _greet(self) -> None:
        """Sign in, choose the database, load the scripts: in one write."""
        words: list[tuple[Word, ...]] = []
        if self._address.password:
            words.append(("AUTH", self._address.username, self._address.password))
        if self._address.database:
            words.append(("SELECT", self._address.database))
        words += [("SCRIPT", "LOAD", script.source) for script in self._scripts] or [("PING",)]
        futures = [self._loop.create_future() for _ in words]
        now = self._loop.time()
        self._waiting.extend(([_into(future)], False, now) for future in futures)
        self._calls += len(futures)
        assert self._transport is not None
        self._transport.write(b"".join(_packed(word) for word in words))
        await asyncio.gather(*futures)

    async def _watch(self) -> None:
        """Until the connection is lost, see that the oldest question is not too old."""
        while not self._lost.is_set():
            if self._waiting and self._loop.time() - self._waiting[0][2] > _ANSWER_WITHIN and self._transport:
                self._log.warning("redis does not answer", waiting=self._calls)
                self._transport.abort()
            try:
                async with asyncio.timeout(_ANSWER_WITHIN / 4):
                    await self._lost.wait()
            except TimeoutError:
                continue

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        """Called by asyncio: nothing that was in flight will be answered."""
        self._transport = None
        self._ready.clear()
        waiting, self._waiting = self._waiting, deque()
        batches, self._batches = self._batches, {}
        self._out.clear()
        self._calls = 0
        unanswered = [told for group, _, _ in waiting for told in group]
        unanswered += [told for calls in batches.values() for _, told in calls]
        for told in unanswered:
            told(Unavailable("Redis was lost while it was asked."))
        self._lost.set()
