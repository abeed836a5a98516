"""What the ledger listens to: sales, what it takes to understand them, and, in batches, everything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec

import proto
from internal.ledger.handlers import Reservations, Together, Trail
from internal.platform.bus import BatchConsumer, Consumer, Delivery, Meta
from internal.platform.bus.streams import WORK_QUEUES, stream_of
from internal.platform.faults import Drop
from proto.catalog import ShowtimeCreated, ShowtimePublished, ShowtimeUpdated
from proto.inventory import SeatsPurchased, SeatsReleased
from proto.orders import OrderCompleted

__all__ = ["consumers"]

E = TypeVar("E", bound=proto.Event)

_OWN = {"LEDGER"}  # the trail's anchors: written into it, each would make the next one necessary


def consumers(reservations: Reservations, trail: Trail) -> list[Consumer[Any] | BatchConsumer]:
    """All of them. A sale does not wait behind the holds of an on-sale: it has a durable of its own."""
    keep = Together(trail.keep).keep
    return [
        _in_batches("ledger-sold", SeatsPurchased, reservations.sold, linger=0.2),
        Consumer("ledger-given-back", SeatsReleased, reservations.given_back),
        _in_batches("ledger-orders", OrderCompleted, reservations.learn_orders, linger=0.05),  # before they are sold
        Consumer(
            "ledger-showtimes", (ShowtimeCreated, ShowtimeUpdated, ShowtimePublished), reservations.learn_showtime
        ),
        *(BatchConsumer(f"ledger-audit-{stream.lower()}", stream, keep) for stream in _streams()),
    ]


def _in_batches(
    durable: str, kind: type[E], keep: Callable[[Sequence[tuple[E, Meta]]], Awaitable[None]], *, linger: float
) -> BatchConsumer:
    """A transaction for all that has come: one for each was half of what the ledger did in a rush."""
    decode = msgspec.json.Decoder(kind).decode

    async def handle(deliveries: Sequence[Delivery]) -> None:
        try:
            told = [(decode(one.body), one.meta) for one in deliveries]
        except msgspec.DecodeError as error:
            raise Drop(f"is not what its subject carries: {error}") from error
        await keep(told)

    return BatchConsumer(durable, stream_of(kind.subject), handle, subjects=(kind.subject,), linger=linger)


def _streams() -> list[str]:
    """Those of every publisher that the contracts know."""
    proto.everything()
    return sorted({stream_of(subject) for subject in proto.EVENTS} - WORK_QUEUES - _OWN)
