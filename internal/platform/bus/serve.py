"""Questions and commands: the answering side, `rpc.<service>.<verb>`, shared among the replicas by a queue group.

nats-py awaits a subscription's callbacks one after another, so the callback only starts a task. Requests beyond the
concurrency wait; beyond the waiting room they are refused at once, which tells the caller sooner than a timeout does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

import msgspec
import nats.errors
from nats.aio.msg import Msg

from internal.platform.bus.ask import FaultBody
from internal.platform.bus.connection import Bus
from internal.platform.bus.envelope import BUDGET, FAULT, encode
from internal.platform.bus.faults import MessageTooLarge
from internal.platform.faults import Fault, Internal, Malformed, Unavailable
from proto import Answer, Request

__all__ = ["Endpoint", "serve"]

R = TypeVar("R", bound=Request[Any])

_WAITING_ROOM = 32  # times the concurrency: at 2 ms for an answer that is 64 ms of waiting, far below any budget
_DEFAULT_BUDGET = 10.0  # seconds, for a caller who did not say
_HEADERS_AT_MOST = 1_024  # bytes, of our own
_NO_HEADERS: dict[str, str] = {}


@dataclass
class Endpoint(Generic[R]):
    """A request, who answers it, and how many at a time; and what has become of them."""

    request: type[R]
    handle: Callable[[R], Awaitable[Answer]]
    concurrency: int = 64  # four times the largest pool of Postgres connections: more would only wait there
    at: tuple[str, ...] = ()  # which of those who answer this request we are, where it has an address
    each: bool = False  # every replica answers, where one is enough for all else
    answered: int = 0
    faults: int = 0
    dropped: int = 0

    @property
    def subject(self) -> str:
        """Where it listens."""
        return ".".join([self.request.subject, *self.at])


class _Ping(msgspec.Struct, rename="camel"):
    service: str
    endpoints: list[dict[str, int | str]]


async def serve(bus: Bus, endpoints: Sequence[Endpoint[Any]], *, drain: float = 5.0) -> None:
    """Answer until cancelled; then take no more, and finish what was begun within `drain` seconds."""
    counters = [_Counter(bus, endpoint) for endpoint in endpoints]
    subscriptions = []
    try:
        for counter in counters:
            endpoint = counter.endpoint
            queue = "" if endpoint.each else _service(endpoint)
            subscriptions.append(await bus.listen(endpoint.subject, counter.receive, queue=queue))
        for service in {_service(endpoint) for endpoint in endpoints}:
            own = [endpoint for endpoint in endpoints if _service(endpoint) == service]
            subscriptions.append(await bus.listen(f"rpc.{service}.ping", _pong(bus, service, own)))
        await asyncio.Event().wait()
    finally:
        for subscription in subscriptions:
            await _unsubscribe(bus, subscription)
        tasks = [task for counter in counters for task in counter.tasks]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=drain)
            for task in late:
                task.cancel()


def _service(endpoint: Endpoint[Any]) -> str:
    return endpoint.subject.split(".")[1]


def _pong(bus: Bus, service: str, endpoints: Sequence[Endpoint[Any]]) -> Callable[[Msg], Awaitable[None]]:
    """Every replica answers `rpc.<service>.ping` with its own counts, so that one can see which are there."""

    async def pong(message: Msg) -> None:
        counts: list[dict[str, int | str]] = [
            {"subject": e.subject, "answered": e.answered, "faults": e.faults, "dropped": e.dropped} for e in endpoints
        ]
        await _reply(bus, message, encode(_Ping(service, counts)))

    return pong


async def _unsubscribe(bus: Bus, subscription: Any) -> None:
    try:
        async with asyncio.timeout(1.0):
            await subscription.drain()
    except (nats.errors.Error, TimeoutError, OSError) as error:
        bus.log.debug("left a subject without draining", error=repr(error))


class _Counter:
    """Where the requests of one endpoint queue up and are served."""

    def __init__(self, bus: Bus, endpoint: Endpoint[Any]) -> None:
        self.endpoint = endpoint
        self.tasks: set[asyncio.Task[None]] = set()
        self._bus = bus
        self._slots = asyncio.Semaphore(endpoint.concurrency)
        self._decode = msgspec.json.Decoder(endpoint.request).decode

    async def receive(self, message: Msg) -> None:
        if len(self.tasks) >= self.endpoint.concurrency * _WAITING_ROOM:
            self.endpoint.dropped += 1
            await _tell(self._bus, message, Unavailable("Too many ask this at once; try again shortly."))
            return
        task = asyncio.get_running_loop().create_task(self._answer(message, monotonic()))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answer(self, message: Msg, arrived: float) -> None:
        headers = message.headers or _NO_HEADERS
        until = arrived + _budget(headers)
        async with self._slots:
            if until <= monotonic():  # the caller has gone; whoever still waits is served instead
                self.endpoint.dropped += 1
                return
            with self._bus.propagation.taken_up(message.subject, headers):
                try:
                    answer = await self._worked_out(message, until - monotonic())
                except Exception as error:
                    self.endpoint.faults += 1
                    await _tell(self._bus, message, _as_fault(self._bus, message, error))
                    return
            if answer is None:
                self.endpoint.dropped += 1
                return
            self.endpoint.answered += 1
            await _reply(self._bus, message, encode(answer))

    async def _worked_out(self, message: Msg, seconds: float) -> Answer | None:
        """The answer, or none where the caller's time ran out first: commands may come twice, so it asks again."""
        try:
            request = self._decode(message.data)
        except msgspec.DecodeError as error:
            raise Malformed(str(error)) from None
        try:
            async with asyncio.timeout(seconds) as budget:
                return await self.endpoint.handle(request)
        except TimeoutError:
            if budget.expired():
                return None
            raise


def _budget(headers: dict[str, str]) -> float:
    told = headers.get(BUDGET, "")
    return int(told) / 1000 if told.isdecimal() else _DEFAULT_BUDGET


def _as_fault(bus: Bus, message: Msg, error: Exception) -> Fault:
    """What the caller may know of it: a fault as it is, anything else not at all."""
    if isinstance(error, Fault):
        return error
    bus.log.error("a request failed", subject=message.subject, exc_info=error)
    return Internal()


async def _tell(bus: Bus, message: Msg, fault: Fault) -> None:
    body = FaultBody(fault.code, fault.kind.name, fault.detail, fault.extra)
    await _reply(bus, message, msgspec.json.encode(body, enc_hook=str), {FAULT: fault.code})


async def _reply(bus: Bus, message: Msg, data: bytes, headers: dict[str, str] | None = None) -> None:
    if not message.reply:
        return None
    try:
        if len(data) > bus.client().max_payload - _HEADERS_AT_MOST:
            bus.log.error("an answer is larger than NATS takes", subject=message.subject, size=len(data))
            return await _tell(bus, message, MessageTooLarge(subject=message.subject))
        await bus.client().publish(message.reply, data, headers=headers)
    except (nats.errors.Error, Unavailable) as error:  # the caller's time runs out, and it asks again
        bus.log.debug("an answer could not be sent", subject=message.subject, error=repr(error))
