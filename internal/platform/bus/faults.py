"""What can go wrong between services, beside the faults that they tell each other."""

from __future__ import annotations

from internal.platform.faults import Fault, Kind, Unavailable

__all__ = ["MessageTooLarge", "NoAnswer"]


class NoAnswer(Unavailable, kind=Kind.UNAVAILABLE):
    """No answer came in time; what was asked may or may not have been done, and asking again is safe."""


class MessageTooLarge(Fault, kind=Kind.TOO_LARGE):
    """The message is larger than NATS takes; it would cost the connection, so it is not sent."""
