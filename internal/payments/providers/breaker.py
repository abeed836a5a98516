"""A circuit breaker: who is down is not asked for a while, so that buyers are told at once and it can recover.

closed --(FAILURES calls in a row fail)--> open --(PAUSE is over)--> half open: one call is let through
  ^                                          ^                           |
  +------------- it succeeded ---------------+------- it failed ---------+
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Breaker"]

FAILURES = 5  # calls, each already repeated for seconds: one lost packet must not close the box office
PAUSE = 5.0  # seconds: about one buyer's patience, and a server that restarts is found soon after
_TRIAL = 10.0  # seconds after which a trial whose caller vanished is no longer waited for; above a call's budget


class Breaker:
    """Counts what failed in a row."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._opened: float | None = None
        self._trial: float | None = None

    @property
    def state(self) -> str:
        """`closed`, `open` or `half open`, for the log and the metrics."""
        if self._opened is None:
            return "closed"
        return "open" if self._clock() < self._opened + PAUSE else "half open"

    def allows(self) -> bool:
        """Whether to call now; when half open, the first who asks is the trial."""
        now = self._clock()
        if self._opened is None:
            return True
        if now < self._opened + PAUSE:
            return False
        if self._trial is not None and now < self._trial + _TRIAL:
            return False
        self._trial = now
        return True

    def succeeded(self) -> None:
        """It answers: everything is as before."""
        self._failures, self._opened, self._trial = 0, None, None

    def failed(self) -> None:
        """One more that did not answer."""
        self._failures += 1
        self._trial = None
        if self._failures >= FAILURES:
            self._opened = self._clock()
