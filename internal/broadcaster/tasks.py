"""Short work that nobody waits for: kept until it is done, and its failures told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from structlog.typing import FilteringBoundLogger

__all__ = ["Tasks"]


class Tasks:
    """What is under way."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._under_way: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this, beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("a live picture could not be kept", exc_info=error)
