"""Cancellation is the only stop, so it must not get lost."""

from __future__ import annotations

import asyncio

__all__ = ["still_wanted"]


def still_wanted() -> None:
    """Raise the cancellation of this task again if somebody swallowed it.

    Python 3.11's `wait_for`, which nats-py's requests and psycopg's pool wait with, forgets a cancellation that arrives
    in the same moment as the answer; a loop around it would then go on for ever, and a stop would hang.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
