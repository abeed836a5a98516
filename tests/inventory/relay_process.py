"""A relay in a process of its own that stops between JetStream's word and the deletion, there to be killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import structlog

from internal.inventory.config import Config
from internal.inventory.loops import Relay
from internal.inventory.outbox import Outbox
from internal.inventory.scripts import SCRIPTS
from internal.platform.redis import Lane, Shares
from tests.inventory.stage import connected


class _Stopping(Outbox):
    async def forget(self, shard: int, last: bytes) -> None:  # noqa: ARG002 - it deletes nothing
        print("stored", flush=True)  # noqa: T201 - the test waits for this line
        await asyncio.Event().wait()


async def main(redis_url: str, nats_url: str, shards: Sequence[int]) -> None:
    lane = Lane(redis_url, SCRIPTS, structlog.get_logger())
    running = asyncio.create_task(lane.run())
    await lane.until_ready()
    mine = cast("Shares", SimpleNamespace(mine=tuple(shards)))
    async with connected(nats_url) as bus:
        await Relay(_Stopping(lane), bus, mine, Config()).run_once()
    running.cancel()


if __name__ == "__main__":
    arguments: list[Any] = sys.argv[1:]
    asyncio.run(main(arguments[0], arguments[1], [int(arguments[2])]))
