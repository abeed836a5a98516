"""Rate limits by GCRA (one time per key, no windows to game), in one script for all requests of a tick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from internal.platform.faults import Limited
from internal.platform.redis import BatchScript, Lane

__all__ = ["GCRA", "Limit", "Limiter", "Verdict"]

GCRA = BatchScript(Path(__file__).with_name("gcra.lua"))


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, evenly refilled; all of them may come at once."""

    requests: int
    seconds: float

    @property
    def interval_us(self) -> int:
        """The time after which one more request is allowed."""
        return max(1, int(self.seconds * 1_000_000 / self.requests))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limiter said, as the RateLimit headers tell it."""

    limit: Limit
    remaining: int
    reset: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit-*`, of the IETF draft that clients know."""
        return [
            (b"ratelimit-limit", b"%d" % self.limit.requests),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset),
        ]


class Limiter:
    """Asks Redis, so that a limit holds across all replicas. If Redis is away, so is what is limited: `Unavailable`."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def take(self, key: str, limit: Limit) -> Verdict:
        """One request's place under the limit, or `Limited`."""
        reply = await self._lane.batch(GCRA, (f"rate:{{{key}}}", limit.interval_us, limit.requests))
        allowed, remaining, wait_ms, reset_ms = reply
        if not allowed:
            raise Limited(retryAfter=-(-wait_ms // 1000), limit=limit.requests)
        return Verdict(limit, remaining, -(-reset_ms // 1000))
