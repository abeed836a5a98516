"""A relay in a process of its own that stops between the acknowledgement and the deletion, there to be killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import structlog

from internal.platform import outbox
from internal.platform.bus import Bus, BusSettings, Message
from tests.databases import opened


async def main(database_url: str, nats_url: str) -> None:
    bus = Bus(BusSettings(url=nats_url), name="relay", log=structlog.get_logger(), lost=lambda: None)
    bus.start()
    await bus.connected()

    async def publish_and_hang(messages: Sequence[Message]) -> None:
        await bus.publish_batch(messages)
        print("stored", len(messages), flush=True)  # noqa: T201 - the test waits for this line
        await asyncio.Event().wait()

    async with opened(database_url) as database:
        await outbox.relay(database, publish_and_hang).run_once()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
