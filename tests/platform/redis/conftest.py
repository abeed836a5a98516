from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from internal.embedded import Valkey
from internal.embedded import running as started
from internal.platform.redis import Lane, Script


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[Valkey]:
    """One to stop, kill and flush."""
    valkey = Valkey(tmp_path, structlog.get_logger())
    async with started(valkey):
        yield valkey


@asynccontextmanager
async def connected(url: str, scripts: Sequence[Script]) -> AsyncIterator[Lane]:
    """A lane that runs."""
    lane = Lane(url, scripts, structlog.get_logger())
    running = asyncio.create_task(lane.run())
    try:
        async with asyncio.timeout(30):
            await lane.until_ready()
        yield lane
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
