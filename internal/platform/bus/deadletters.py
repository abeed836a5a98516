"""Where a message goes that cannot be handled: `dlq.<stream>.<durable>`, with all that a replay will need.

JetStream's own advisories of them are best effort, so the consumer parks a message itself before it lets go.
A parked message is known by its number, its place on the stream DLQ, until somebody handles or forgets it. Reading
changes nothing, not even a stream that differs from its declaration: the operator's command may have other settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import nats.errors
from nats.js import api
from nats.js.errors import APIError, NotFoundError

from internal.platform.bus.connection import Bus
from internal.platform.bus.envelope import DEAD_LETTER, MESSAGE_ID, Message, Meta
from internal.platform.bus.faults import MessageTooLarge
from internal.platform.bus.streams import DLQ
from internal.platform.faults import Unavailable
from proto.dlq import DeadLetter

__all__ = ["Parked", "counted", "find", "forget", "letters", "original", "park"]

_LONGEST_ERROR = 2_000  # characters: a cause and its place, within what NATS allows for headers
_BATCH = 500  # headers of one fetch: at most 2 MB
_PATIENCE = 2.0  # seconds for one fetch; a fetch that a dying server swallowed is asked again after that
_FORGOTTEN_AFTER = 30.0  # seconds until NATS drops the reader of a process that died
_SIZE = "Nats-Msg-Size"


class Parked(NamedTuple):
    """A dead letter as it lies: `size` is its body's, which only `find` brings along."""

    number: int
    letter: DeadLetter
    size: int
    body: bytes = b""


async def park(bus: Bus, body: bytes, meta: Meta, *, reason: str, error: str, replays: int = 0) -> None:
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
        replays=replays,
    )
    try:
        await bus.publish_batch([_parcel(letter, meta, body)])
    except MessageTooLarge:  # the stream still has the body, under the letter's sequence
        await bus.publish_batch([_parcel(msgspec.structs.replace(letter, body_left_out=True), meta, b"")])
    bus.log.warning("message parked", stream=meta.stream, durable=meta.durable, message=meta.id, reason=reason)


async def letters(bus: Bus, stream: str = "*", durable: str = "*") -> list[Parked]:
    """All that lie there now, the oldest first, without their bodies."""
    js = bus.client().jetstream()
    try:
        reader = await js.add_consumer(
            DLQ,
            api.ConsumerConfig(
                ack_policy=api.AckPolicy.NONE,
                filter_subject=f"dlq.{stream}.{durable}",
                headers_only=True,
                inactive_threshold=_FORGOTTEN_AFTER,
                mem_storage=True,
            ),
        )
        found: list[Parked] = []
        left = reader.num_pending or 0
        subscription = await js.pull_subscribe_bind(reader.name, DLQ)
        while left > 0:
            for message in await subscription.fetch(min(left, _BATCH), timeout=_PATIENCE):
                left -= 1
                headers = message.headers or {}
                meta = Meta.of(message)
                letter = _letter(message.subject, headers, meta.stored_at)
                found.append(Parked(meta.sequence, letter, int(headers.get(_SIZE, 0))))
        await subscription.unsubscribe()
        await js.delete_consumer(DLQ, reader.name)  # a page that looks every few seconds would leave a crowd of them
    except NotFoundError:  # nothing was ever parked, so nobody made the stream
        return []
    except nats.errors.Error as error:
        raise Unavailable("The dead letters cannot be read from NATS just now.") from error
    return found


async def counted(bus: Bus) -> int:
    """How many lie there now."""
    try:
        return (await bus.client().jetstream().stream_info(DLQ)).state.messages
    except NotFoundError:
        return 0
    except nats.errors.Error as error:
        raise Unavailable("The dead letters cannot be counted in NATS just now.") from error


async def find(bus: Bus, number: int) -> Parked | None:
    """One of them, with its body as it was parked."""
    if number < 1:
        return None  # what NATS calls a bad request
    try:
        stored = await bus.client().jetstream().get_msg(DLQ, number)
    except NotFoundError:
        return None
    except nats.errors.Error as error:
        raise Unavailable("The dead letters cannot be read from NATS just now.") from error
    body = stored.data or b""
    letter = _letter(stored.subject or "", stored.headers or {}, stored.time or datetime.now(UTC))
    return Parked(number, letter, len(body), body)


async def original(bus: Bus, parked: Parked) -> bytes | None:
    """The body as it came. One that was left out is in its own stream still, unless that forgot it or began anew."""
    letter = parked.letter
    if not letter.body_left_out:
        return parked.body
    try:
        stored = await bus.client().jetstream().get_msg(letter.stream, letter.sequence)
    except NotFoundError:
        return None
    except nats.errors.Error as error:
        raise Unavailable("The message cannot be read from its stream just now.") from error
    same = stored.subject == letter.subject and (stored.headers or {}).get(MESSAGE_ID) == letter.headers.get(MESSAGE_ID)
    return stored.data or b"" if same else None


async def forget(bus: Bus, number: int) -> None:
    """It is handled. Forgotten twice is forgotten once."""
    try:
        await bus.client().jetstream().delete_msg(DLQ, number)
    except APIError as error:
        if await find(bus, number) is not None:
            raise Unavailable(f"NATS keeps a dead letter that was handled: {error.description}") from error
    except nats.errors.Error as error:
        raise Unavailable("A dead letter that was handled cannot be taken out of NATS just now.") from error


def _parcel(letter: DeadLetter, meta: Meta, body: bytes) -> Message:
    own = {name: value for name, value in letter.headers.items() if not name.startswith("Nats-")}
    again = f".{letter.replays}" if letter.replays else ""  # or NATS would drop what comes back within two minutes
    return Message(
        subject=f"dlq.{meta.stream}.{meta.durable}",
        id=f"{meta.stream}.{meta.durable}.{meta.sequence}.{meta.id}{again}",
        body=body,
        headers={
            **own,
            DEAD_LETTER: json.dumps(msgspec.to_builtins(letter)),
        },  # in ASCII, as every reader of headers takes it,
    )


def _letter(subject: str, headers: Mapping[str, str], stored_at: datetime) -> DeadLetter:
    try:
        return msgspec.json.decode(headers[DEAD_LETTER], type=DeadLetter)
    except (KeyError, msgspec.DecodeError) as error:  # somebody else's, but it lies here and must be seen
        _, stream, durable = (*subject.split(".", maxsplit=2), "", "")[:3]
        return DeadLetter(
            stream=stream,
            durable=durable,
            subject="",
            sequence=0,
            deliveries=0,
            reason="lies here without a word why",
            error=str(error),
            parked_at=stored_at,
            stored_at=stored_at,
            headers=dict(headers),
        )
