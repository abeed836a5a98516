"""From a durable to a handler, and what becomes of each message.

    returns           -> acknowledged
    RetryLater(delay) -> again after the delay, and parked after the last try
    Drop(reason)      -> parked
    Unavailable       -> tried again here, as long as it takes: an outage of Postgres must not use up the tries
    anything else     -> again after a growing pause, and parked after the last try

A message that is being worked on is kept alive with signs of progress; a process that dies gives none, and another
replica gets the message. So a handler may see a message twice, and wants the inbox.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import msgspec
import nats.errors
from nats.aio.msg import Msg

from internal.platform.bus.connection import Bus
from internal.platform.bus.consumer import Consumer, Durable, ensure_durable
from internal.platform.bus.deadletters import park
from internal.platform.bus.envelope import Meta
from internal.platform.bus.pull import Pull
from internal.platform.faults import Drop, RetryLater, Unavailable
from internal.platform.stopping import still_wanted

__all__ = ["Consuming", "Stopped", "consume"]

D = TypeVar("D", bound=Durable)

_MOST_HELD = 100  # messages in this process: enough to hide the round trip to NATS, few to give back at a stop
_PAUSE_AFTER_TROUBLE = 0.5  # seconds, while NATS is away or the durable is being made again
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds between tries while something the handler needs is away
_GIVEN_BACK = 0.1  # seconds until another replica gets what this one gives back; a bare nak spins


async def consume(bus: Bus, consumer: Consumer[Any], *, drain: float = 5.0) -> None:
    """Until cancelled; then take no more, finish within `drain` seconds what is here, and give the rest back."""
    await _OneByOne(bus, consumer).run(drain)


class Consuming(ABC, Generic[D]):
    """One durable in this process; `_work` is what becomes of the messages that arrived."""

    most_held = _MOST_HELD
    workers = 1

    def __init__(self, bus: Bus, consumer: D) -> None:
        self._bus = bus
        self._consumer = consumer
        self._ack_wait = bus.settings.ack_wait if consumer.ack_wait is None else consumer.ack_wait
        self._held: dict[int, Msg] = {}  # from arrival until it is settled
        self._room = asyncio.Event()
        self._stopping = asyncio.Event()
        self._pull: Pull | None = None

    async def run(self, drain: float) -> None:
        """Until cancelled; then as `consume` says."""
        tasks = [asyncio.create_task(self._work()) for _ in range(self.workers)]
        tasks.append(asyncio.create_task(self._keep_alive()))
        try:
            await self._take_in()
        finally:  # in a task of its own: in one that is being cancelled Python 3.11.2 takes a timeout for that
            await asyncio.create_task(self._stop(tasks, drain))

    async def _take_in(self) -> None:
        client = await self._bus.connected()
        self._pull = Pull(client, self._consumer.stream, self._consumer.durable, self._arrived)
        await self._pull.open()
        trouble = "not looked at yet"
        while True:
            try:
                if trouble:
                    await self._look_after()
                    still_wanted()
                trouble = await self._pull.ask(await self._room_for())
            except (nats.errors.Error, Unavailable, OSError, TimeoutError) as error:
                trouble = repr(error)
            if trouble:
                self._bus.log.info("a durable is out of reach", durable=self._consumer.durable, trouble=trouble)
                await asyncio.sleep(_PAUSE_AFTER_TROUBLE)

    async def _look_after(self) -> None:
        """Is it there, and as declared? NATS may have been emptied or restored since."""
        js = (await self._bus.connected()).jetstream()
        await self._bus.streams.ensure(js, self._consumer.stream)
        await ensure_durable(js, self._consumer, self._ack_wait, self._bus.log)

    async def _room_for(self) -> int:
        while len(self._held) > self.most_held // 2:
            self._room.clear()
            await self._room.wait()
        return self.most_held - len(self._held)

    @abstractmethod
    def _arrived(self, message: Msg) -> None:
        """Held from now on, and given to the work."""

    @abstractmethod
    async def _work(self) -> None:
        """Take what arrived, one by one or many together, until cancelled."""

    async def _failed(self, message: Msg, meta: Meta, error: Exception) -> None:
        """What becomes of a message whose handler raised this."""
        if isinstance(error, Drop):
            await self._park(message, meta, error.reason, "")
        elif isinstance(error, Stopped):
            await message.nak(delay=_GIVEN_BACK)
        elif meta.deliveries >= self._consumer.tries:
            await self._park(message, meta, f"failed {meta.deliveries} times", _said(error))
        else:
            delay = error.delay if isinstance(error, RetryLater) else self._consumer.pause(meta.deliveries)
            self._bus.log.info("a message failed", durable=self._consumer.durable, message=meta.id, error=_said(error))
            self._consumer.retried += 1
            await message.nak(delay=max(delay, _GIVEN_BACK))

    async def _park(self, message: Msg, meta: Meta, reason: str, error: str) -> None:
        try:
            await self._patiently(lambda: park(self._bus, message.data, meta, reason=reason, error=error))
        except Stopped:
            await message.nak(delay=_GIVEN_BACK)
            return
        await message.term()
        self._consumer.parked += 1

    async def _patiently(self, attempt: Callable[[], Awaitable[None]]) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                return await attempt()
            except Unavailable as error:
                self._bus.log.info("a handler waits", durable=self._consumer.durable, error=error.detail, seconds=pause)
            try:
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
                raise Stopped
            except TimeoutError:
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _keep_alive(self) -> None:
        """Of those that were here a round ago: what came since is settled before the next one, mostly."""
        before: set[int] = set()
        while True:
            await asyncio.sleep(self._ack_wait / 3)
            held = dict(self._held)
            for number in before & held.keys():
                try:
                    await held[number].in_progress()
                except (nats.errors.Error, OSError):
                    break  # reconnecting: the next round tells it
            before = set(held)

    async def _stop(self, tasks: list[asyncio.Task[None]], drain: float) -> None:
        try:
            if self._pull is not None:
                await self._pull.close()
        except (nats.errors.Error, TimeoutError, OSError) as error:
            self._bus.log.debug("left a durable without draining", error=repr(error))
        self._stopping.set()
        try:
            async with asyncio.timeout(drain):
                while self._held:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            self._bus.log.warning("stopped in the middle", durable=self._consumer.durable, left=len(self._held))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for message in self._held.values():
            try:
                await message.nak(delay=_GIVEN_BACK)
            except (nats.errors.Error, OSError):
                return  # NATS is away, and gives them to somebody when their time is over


class _OneByOne(Consuming[Consumer[Any]]):
    """Each message by itself, several at a time."""

    def __init__(self, bus: Bus, consumer: Consumer[Any]) -> None:
        super().__init__(bus, consumer)
        self.workers = consumer.concurrency
        self._queue: asyncio.Queue[Msg] = asyncio.Queue()

    def _arrived(self, message: Msg) -> None:
        self._held[id(message)] = message
        self._queue.put_nowait(message)

    async def _work(self) -> None:
        while True:
            message = await self._queue.get()
            try:
                await self._settle(message)
            except (nats.errors.Error, OSError) as error:  # the verdict did not reach NATS, so the message comes again
                self._bus.log.info("a verdict was lost", durable=self._consumer.durable, error=repr(error))
            self._held.pop(id(message), None)
            self._room.set()
            still_wanted()

    async def _settle(self, message: Msg) -> None:
        meta, decode = Meta.of(message), self._consumer.decoders.get(message.subject)
        if decode is None:  # the durable listened to more before its filter was changed
            await message.ack()
            return
        try:
            event = decode(message.data)
        except msgspec.DecodeError as error:
            await self._park(message, meta, "is not what its subject carries", str(error))
            return
        await self._try(message, meta, event)

    async def _try(self, message: Msg, meta: Meta, event: Any) -> None:
        try:
            if meta.deliveries > self._consumer.tries:
                raise Drop(f"was given out {meta.deliveries} times and never finished")
            with self._bus.propagation.taken_up(meta.subject, meta.headers):
                await self._patiently(lambda: self._handle(event, meta))
            await message.ack()
            self._consumer.handled += 1
        except Exception as error:
            await self._failed(message, meta, error)

    async def _handle(self, event: Any, meta: Meta) -> None:
        async with asyncio.timeout(self._consumer.patience):
            await self._consumer.handle(event, meta)


class Stopped(Exception):  # noqa: N818 - the end of patience, not an error
    """The process stops while a message waits for something that is away."""


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
