"""Every loop has one anatomy: `run_once() -> count`, and the waiting around it.

A loop that found its fill of work goes round again at once; one that found less waits for its interval or until it is
woken, which a commit does that comes while it works.
A failure is logged and waited out with back-off; only cancellation stops a loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from structlog.typing import FilteringBoundLogger

from internal.platform.stopping import still_wanted

__all__ = ["Loop"]

_FIRST_PAUSE = 0.1  # seconds: most failures are the start of a process, or a server that restarts
_LONGEST_PAUSE = (
    5.0  # seconds between tries while a server is away: soon enough for an operator who just brought it back
)


@dataclass
class Loop:
    """A name, a step, and how long to wait when there was nothing to do."""

    name: str
    run_once: Callable[[], Awaitable[int]]
    interval: float
    full: int = 1  # as many at once mean that there may be more
    rounds: int = 0
    handled: int = 0
    failures: int = 0
    _awake: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There is work now: do not wait for the interval."""
        self._awake.set()

    async def run(self, log: FilteringBoundLogger) -> None:
        """Go round until cancelled."""
        trouble = _FIRST_PAUSE
        while True:
            still_wanted()
            self._awake.clear()
            try:
                count = await self.run_once()
            except Exception as error:
                self.failures += 1
                pause, trouble = trouble, min(trouble * 2, _LONGEST_PAUSE)
                log.warning("loop failed", loop=self.name, error=repr(error), again_in=pause)
                await asyncio.sleep(
                    pause
                )  # not to be woken: while NATS is away, every commit would be one more failure
            else:
                self.rounds += 1
                self.handled += count
                trouble = _FIRST_PAUSE
                await self._wait(0.0 if count >= self.full else self.interval)

    async def _wait(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return
