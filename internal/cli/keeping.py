"""What brings back a server or a worker that died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from internal.embedded import ServerFailed

__all__ = ["Kept", "keep"]

_LOOK_EVERY = 0.05  # seconds: a death costs its clients that much more
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0  # seconds: at once after an accident, seldom when it cannot live
_STEADY = 30.0  # seconds of life after which the next death counts as a first one


class Kept(Protocol):
    @property
    def name(self) -> str: ...
    def alive(self) -> bool: ...
    async def start(self) -> None: ...


async def keep(things: Iterable[Kept], say: Callable[[str], None]) -> None:
    """Until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        for thing in things:
            tasks.create_task(_keep(thing, say))


async def _keep(thing: Kept, say: Callable[[str], None]) -> None:
    pause = _FIRST_PAUSE
    while True:
        began = time.monotonic()
        while thing.alive():  # noqa: ASYNC110 - a process has no event to wait for on every system
            await asyncio.sleep(_LOOK_EVERY)
        if time.monotonic() - began > _STEADY:
            pause = _FIRST_PAUSE
        say(f"{thing.name} died; starting it again in {pause:.1f} s")
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
        try:
            await thing.start()
        except (ServerFailed, OSError) as error:
            say(str(error))
        else:
            say(f"{thing.name} is back")
