"""Where a message goes that cannot be handled: `dlq.<stream>.<durable>`, with all that a replay will need.

JetStream's own advisories of them are best effort, so the consumer parks a message itself before it lets go.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
from nats.aio.msg import Msg

from internal.platform.bus.connection import Bus
from internal.platform.bus.envelope import DEAD_LETTER, Message, Meta
from internal.platform.bus.faults import MessageTooLarge
from proto.dlq import DeadLetter

__all__ = ["park"]

_LONGEST_ERROR = 2_000  # characters: a cause and its place, within what NATS allows for headers


async def park(bus: Bus, message: Msg, meta: Meta, *, reason: str, error: str) -> None:
    """Returns when it is stored. Parked twice it lies there once."""
    letter = DeadLetter(
        stream=meta.stream,
        durable=meta.durable,
        subject=meta.subject,
        sequence=meta.sequence,
        deliveries=meta.deliveries,
        reason=reason[:_LONGEST_ERROR],
        error=error[:_LONGEST_ERROR],
        parked_at=datetime.now(UTC),
        stored_at=meta.stored_at,
        headers=dict(meta.headers),
    )
    try:
        await bus.publish_batch([_parcel(letter, meta, message.data)])
    except MessageTooLarge:  # the stream still has the body, under the letter's sequence
        await bus.publish_batch([_parcel(msgspec.structs.replace(letter, body_left_out=True), meta, b"")])
    bus.log.warning("message parked", stream=meta.stream, durable=meta.durable, message=meta.id, reason=reason)


def _parcel(letter: DeadLetter, meta: Meta, body: bytes) -> Message:
    own = {name: value for name, value in letter.headers.items() if not name.startswith("Nats-")}
    return Message(
        subject=f"dlq.{meta.stream}.{meta.durable}",
        id=f"{meta.stream}.{meta.durable}.{meta.sequence}.{meta.id}",
        body=body,
        headers={
            **own,
            DEAD_LETTER: json.dumps(msgspec.to_builtins(letter)),
        },  # in ASCII, as every reader of headers takes it,
    )
