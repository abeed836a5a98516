"""SIGTERM to a process that people watch by: each of them is told, and sent elsewhere."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import httpx
from websockets.asyncio.client import connect

from internal.embedded.server import free_port
from tests.broadcaster.conftest import played
from tests.broadcaster.process import broadcaster
from tests.conftest import Addresses
from tests.inventory.stage import Stage
from tests.waiting import until

_READERS = 10


class Reading:
    """A stream, read to its end."""

    def __init__(self, client: httpx.AsyncClient, stage: Stage) -> None:
        self._client = client
        self._path = f"/api/showtimes/{stage.id}/live"
        self.text = ""

    async def to_the_end(self) -> None:
        """Fails where the connection breaks in the middle of the answer."""
        async with self._client.stream("GET", self._path, headers={"accept": "text/event-stream"}) as answer:
            async for piece in answer.aiter_text():
                self.text += piece


async def test_streams_and_sockets_are_told_that_the_process_ends(servers: Addresses, tmp_path: Path) -> None:
    """A stream ends behind a whole last event, a socket with 1012; then the process has ended, and not in failure."""
    async with played(servers, tmp_path, 1) as made:
        stage, port = await made.house.stage(), free_port()
        settings = {
            "AISLE_NATS_URL": made.nats.url,
            "AISLE_REDIS_URL": made.valkey.url,
            "AISLE_HTTP_PORT": str(port),
            "AISLE_SOCKETS_FAREWELL": "0.5",
        }
        async with (
            broadcaster(settings, tmp_path / "log") as process,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=None) as client,
        ):
            streams = [Reading(client, stage) for _ in range(_READERS)]
            reading = [asyncio.create_task(one.to_the_end()) for one in streams]
            sockets = [await connect(f"ws://127.0.0.1:{port}/ws", compression=None) for _ in range(_READERS)]
            await until(lambda: all("event: SNAPSHOT" in one.text for one in streams))
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                await asyncio.gather(*reading)
                await asyncio.gather(*(one.wait_closed() for one in sockets))
                assert await process.wait() == 0
        assert {one.close_code for one in sockets} == {1012}
        for one in streams:
            assert one.text.startswith("retry: ")
            *_, last, nothing = one.text.split("\n\n")
            name, data = last.split("\n")
            assert (name, nothing) == ("event: CLOSED", "")
            assert json.loads(data.removeprefix("data: ")) == {"type": "CLOSED", "code": 1012}
