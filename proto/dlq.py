"""Dead letters: `dlq.<stream>.<durable>`, the message's own bytes as they came, and why they lie there in one header.

The body is kept as it was, not wrapped, because it may be no JSON at all and must not grow past NATS's limit.
"""

from __future__ import annotations

from proto import Moment, Part

__all__ = ["DeadLetter"]


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
