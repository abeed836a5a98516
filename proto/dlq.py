"""Dead letters: `dlq.<stream>.<durable>`, the message's own bytes as they came, and why they lie there in one header;
and how the durable that parked one is asked to try it again.

The body is kept as it was, not wrapped, because it may be no JSON at all and must not grow past NATS's limit.
"""

from __future__ import annotations

from typing import Literal

from proto import Answer, Moment, Part, Request, rpc

__all__ = ["DeadLetter", "Replay", "Replayed"]


class DeadLetter(Part, frozen=True, kw_only=True):
    """All that a person needs to judge a parked message, and `aisle dlq replay` to send it again."""

    stream: str
    durable: str
    subject: str
    sequence: int
    deliveries: int
    reason: str
    error: str
    parked_at: Moment
    stored_at: Moment
    headers: dict[str, str] = {}
    body_left_out: bool = False
    replays: int = 0


class Replayed(Answer, frozen=True, kw_only=True):
    """What became of it. `handled`: it is gone from the dead letters. `failed`: it lies there again, counted, as
    `number`. `gone`: it is no dead letter of this durable any more. `left`: it could not be tried, and lies as it lay.
    """

    outcome: Literal["handled", "failed", "gone", "left"]
    reason: str = ""
    number: int | None = None


@rpc("rpc.dlq.replay", address=("stream", "durable"))
class Replay(Request[Replayed], frozen=True, kw_only=True):
    """Handle this dead letter of yours now, and nobody else does; `number` is its place on the stream DLQ."""

    stream: str
    durable: str
    number: int
