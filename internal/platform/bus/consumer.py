"""What a service wants to hear, and how hard it tries: a durable of JetStream, declared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import msgspec
import nats.errors
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError
from structlog.typing import FilteringBoundLogger

from internal.platform.bus.envelope import Meta
from internal.platform.bus.streams import stream_of
from proto import Event

__all__ = ["PAUSES", "Consumer", "Durable", "ensure_durable"]

E = TypeVar("E", bound=Event)

# Seconds until a message that failed comes again: at once for a clash, then long enough for somebody to repair it.
PAUSES = (0.2, 1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
_ACK_PENDING = 1_000  # JetStream's own default, for all replicas together


class Durable(Protocol):
    """What every way to consume has in common: where it stands in the stream, how hard it tries, what it has done."""

    durable: str
    stream: str
    tries: int
    handled: int
    retried: int
    parked: int

    @property
    def ack_wait(self) -> float | None:
        """Seconds without a sign of life until another replica gets a message; None: as long as the bus says."""

    def pause(self, deliveries: int) -> float:
        """How long after so many tries."""

    def declared(self, ack_wait: float) -> api.ConsumerConfig:
        """The durable as it should be."""


@dataclass
class Consumer(Generic[E]):
    """`Consumer("ledger", SeatsPurchased, handle)`; several events of one stream may share a durable.

    `ordered` gives one message at a time over all replicas, and a failing one holds up those behind it.
    """

    durable: str
    event: type[E] | tuple[type[E], ...]
    handle: Callable[[E, Meta], Awaitable[None]]
    ordered: bool = False
    concurrency: int = 16  # as many as Postgres connections of a service's pool
    tries: int = len(PAUSES) + 1
    ack_wait: float | None = None  # AISLE_NATS_ACK_WAIT
    patience: float = 60.0  # seconds for one try of the handler
    pauses: tuple[float, ...] = PAUSES
    handled: int = 0
    retried: int = 0
    parked: int = 0
    stream: str = field(init=False)
    decoders: dict[str, Callable[[bytes], E]] = field(init=False)

    def __post_init__(self) -> None:
        events = self.event if isinstance(self.event, tuple) else (self.event,)
        (self.stream,) = {stream_of(event.subject) for event in events}
        self.decoders = {event.subject: msgspec.json.Decoder(event).decode for event in events}
        if self.ordered:
            self.concurrency = 1

    def pause(self, deliveries: int) -> float:
        """How long after so many tries."""
        return self.pauses[min(deliveries, len(self.pauses)) - 1]

    def declared(self, ack_wait: float) -> api.ConsumerConfig:
        """The durable as it should be.

        `max_deliver` has no end: NATS forgets a message in silence after its last delivery, so it is the consumer that
        counts, and parks the message after its last try. No `backoff` either: with it nats-server 2.15 adds the step's
        length to the delay of every nak after the first (0.3 s became 4.3 s, then 8.3 s), and a message that failed has
        its pause from us.
        """
        return api.ConsumerConfig(
            durable_name=self.durable,
            deliver_policy=api.DeliverPolicy.ALL,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ack_wait,
            max_deliver=-1,
            max_ack_pending=1 if self.ordered else _ACK_PENDING,
            filter_subjects=sorted(self.decoders),
        )


_COMPARED = ("ack_wait", "backoff", "max_deliver", "max_ack_pending", "filter_subjects")


async def ensure_durable(js: JetStreamContext, consumer: Durable, ack_wait: float, log: FilteringBoundLogger) -> None:
    """Made, or put right where it differs: binding to a durable that exists ignores what is asked for."""
    wanted = consumer.declared(ack_wait)
    try:
        found = (await js.consumer_info(consumer.stream, consumer.durable)).config
    except NotFoundError:
        await js.add_consumer(consumer.stream, wanted)
        log.info("durable created", stream=consumer.stream, durable=consumer.durable)
        return
    drift = {
        field: (getattr(found, field), getattr(wanted, field))
        for field in _COMPARED
        if getattr(found, field) != getattr(wanted, field)
    }
    if not drift:
        return
    try:
        await js.add_consumer(
            consumer.stream, found.evolve(filter_subject=None, **{f: to for f, (_, to) in drift.items()})
        )
        log.info("durable put right", stream=consumer.stream, durable=consumer.durable, drift=drift)
    except (APIError, nats.errors.Error) as error:  # it still delivers as it was
        log.error("durable differs from its declaration", durable=consumer.durable, drift=drift, error=repr(error))
