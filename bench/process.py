"""Another program's output, within a time, and not a process left when we are told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

__all__ = ["output_of"]


async def output_of(command: Sequence[str], within: float) -> str:
    """What it prints; it is killed when it takes longer, or when this task is cancelled."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C reaches us alone, and we stop everything in order
    )
    try:
        async with asyncio.timeout(within):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return printed.decode(errors="replace")
