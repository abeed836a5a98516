"""Waits for what must become true, and not a moment longer."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

__all__ = ["until"]

_PATIENCE = 60.0  # seconds: on a machine with ten other things to do, what takes one took more than thirty


async def until(holds: Callable[[], bool | Awaitable[bool]], seconds: float = _PATIENCE) -> None:
    """Return as soon as it holds; fail when it does not within this time."""
    async with asyncio.timeout(seconds):
        while True:
            answer = holds()
            if await answer if inspect.isawaitable(answer) else answer:
                return
            await asyncio.sleep(0.01)
