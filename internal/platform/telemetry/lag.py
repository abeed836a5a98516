"""How late the event loop is: the one figure that shows that something computes where it should wait."""

from __future__ import annotations

import asyncio

from internal.platform.telemetry.requests import Times

__all__ = ["Lag"]

_EVERY = 0.25  # seconds: four looks a second see a block of 50 ms in one of five cases, and cost nothing


class Lag:
    """Asks to be woken at a moment, and sees how much later it is."""

    def __init__(self) -> None:
        self.times = Times()

    async def run(self) -> None:
        """Until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + _EVERY
            await asyncio.sleep(_EVERY)
            self.times.add(max(0.0, clock() - due))
