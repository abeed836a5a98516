"""What surrounds a body on NATS: a message to be sent, what is known of one that came, the names of the headers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from nats.aio.msg import Msg

from internal.platform.bus.propagation import REQUEST_ID
from internal.platform.ids import new_id
from proto import Event

__all__ = ["BUDGET", "DEAD_LETTER", "FAULT", "MESSAGE_ID", "TIME", "Message", "Meta", "encode"]

MESSAGE_ID = "Nats-Msg-Id"
TIME = "Aisle-Time"  # when the fact was committed; the stream's own time may be an outage later
FAULT = "Aisle-Fault"
BUDGET = "Aisle-Budget-Ms"  # a duration and not a moment, because two machines' clocks need not agree
DEAD_LETTER = "Aisle-Dead-Letter"

_NO_HEADERS: Mapping[str, str] = {}
_ACK_TOKENS = (
    9  # $JS.ACK.<stream>.<durable>.<deliveries>.<sequence>.<consumer sequence>.<time>.<pending>; 12 with a domain
)

encode = msgspec.json.Encoder().encode


class Message(NamedTuple):
    """A fact on its way out. The id stays the same however often it is sent: it is what makes twice once."""

    subject: str
    id: str
    body: bytes
    headers: Mapping[str, str] = _NO_HEADERS

    @classmethod
    def of(cls, event: Event, *, id: str | None = None, headers: Mapping[str, str] = _NO_HEADERS) -> Message:
        """The message that tells this event, made now."""
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return cls(event.subject, id or new_id("msg"), encode(event), {TIME: now, **headers})


class Meta(NamedTuple):
    """What a consumer knows of a message beside its body."""

    id: str
    subject: str
    stream: str
    durable: str
    sequence: int
    deliveries: int
    request_id: str
    stored_at: datetime
    headers: Mapping[str, str]

    @property
    def time(self) -> datetime:
        """When the fact was committed, as its publisher says; else when the stream stored it."""
        told = self.headers.get(TIME)
        try:
            return datetime.fromisoformat(told) if told else self.stored_at
        except ValueError:
            return self.stored_at

    @classmethod
    def of(cls, message: Msg) -> Meta:
        """Read from the headers and from the reply subject, where JetStream writes its part."""
        headers = message.headers or _NO_HEADERS
        tokens = message.reply.split(".")
        if len(tokens) > _ACK_TOKENS:
            tokens = ["$JS", "ACK", *tokens[4:]]
        _, _, stream, durable, deliveries, sequence, _, nanoseconds, *_ = tokens
        return cls(  # by their places: their names would cost as much again
            headers.get(MESSAGE_ID) or f"{stream}.{sequence}",
            message.subject,
            stream,
            durable,
            int(sequence),
            int(deliveries),
            headers.get(REQUEST_ID, ""),
            datetime.fromtimestamp(int(nanoseconds) / 1e9, UTC),
            headers,
        )
