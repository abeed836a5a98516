"""`cmd/broadcaster` in a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.waiting import until

__all__ = ["broadcaster"]

_ROOT = Path(__file__).parent.parent.parent


@asynccontextmanager
async def broadcaster(settings: Mapping[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Serving; killed at the end if it still is there."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(_ROOT / "cmd" / "broadcaster"),
            env={**os.environ, "PYTHONPATH": str(_ROOT), **settings},
            stdout=output,
            stderr=output,
        )
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings['AISLE_HTTP_PORT']}") as client:

                async def ready() -> bool:
                    assert process.returncode is None, log
                    try:
                        return (await client.get("/health")).status_code == 200
                    except httpx.TransportError:
                        return False

                await until(ready, seconds=30)
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.wait()
