"""Somebody who watches, as a page does: keeps a picture, asks again on a gap, comes back when the connection breaks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from internal.inventory.locks import Locks
from internal.platform.redis import Lane
from tests.inventory.house import House
from tests.inventory.stage import Stage
from tests.waiting import until

__all__ = ["Returning", "Watcher", "address", "in_redis", "watching"]

_BYTES = {"h": "held", "c": "held", "s": "sold", "b": "blocked"}


def address(house: House, process: int = 0) -> str:
    """Where sockets are opened."""
    return str(house.clients[process].base_url).replace("http", "ws").rstrip("/") + "/ws"


class Watcher:
    """One connection, and what was seen over it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self.versions: dict[str, int] = {}
        self.pictures: dict[str, dict[str, str]] = {}
        self.gaps = 0
        self.closed = 0
        self.answers = True
        self._reading = asyncio.create_task(self._read())

    async def say(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def watch(self, showtime: Stage | str, since: int | None = None) -> None:
        """Subscribe, and wait until there is a picture."""
        showtime_id = showtime if isinstance(showtime, str) else showtime.id
        fields = {} if since is None else {"sinceVersion": since}
        await self.say("SUBSCRIBE", showtimeId=showtime_id, **fields)
        await self.heard("SNAPSHOT", "SEATS", showtimeId=showtime_id)

    async def heard(self, *kinds: str, count: int = 1, seconds: float = 10.0, **fields: Any) -> list[dict[str, Any]]:
        """Wait for so many frames of these kinds that hold this."""

        def found() -> list[dict[str, Any]]:
            return [
                frame
                for frame in self.frames
                if frame["type"] in kinds and all(frame.get(name) == value for name, value in fields.items())
            ]

        await until(lambda: len(found()) >= count, seconds)
        return found()

    async def ended(self, seconds: float = 10.0) -> int:
        """The code that it was closed with."""
        await until(lambda: self.closed != 0, seconds)
        return self.closed

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                frame = json.loads(message)
                self.frames.append(frame)
                await self._learn(frame)
        except ConnectionClosed:
            pass
        self.closed = self.socket.close_code or 1006

    async def _learn(self, frame: dict[str, Any]) -> None:
        showtime = frame.get("showtimeId", "")
        if frame["type"] == "PING" and self.answers:
            await self.say("PONG")
        elif frame["type"] == "SNAPSHOT":
            self.versions[showtime] = frame["version"]
            self.pictures[showtime] = {seat: word for word in ("held", "sold", "blocked") for seat in frame[word]}
        elif frame["type"] == "SEATS":
            await self._follow(showtime, frame)

    async def _follow(self, showtime: str, frame: dict[str, Any]) -> None:
        if frame["fromVersion"] > self.versions.get(showtime, 0) and showtime in self.versions:
            self.gaps += 1
            await self.say("SUBSCRIBE", showtimeId=showtime)
        elif frame["version"] > self.versions.get(showtime, 0):
            picture = self.pictures.setdefault(showtime, {})
            for seat in frame["released"]:
                picture.pop(seat, None)
            picture |= {seat: word for word in ("held", "sold", "blocked") for seat in frame[word]}
            self.versions[showtime] = frame["version"]

    async def close(self) -> None:
        await self.socket.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


@asynccontextmanager
async def watching(url: str, **more: Any) -> AsyncIterator[Watcher]:
    """A connection, ended with the test."""
    watcher = Watcher(await connect(url, compression=None, max_size=None, ping_interval=None, **more))
    try:
        yield watcher
    finally:
        await watcher.close()


async def in_redis(lane: Lane, stage: Stage) -> dict[str, str]:
    """What is not free, by the map itself."""
    states = await Locks(lane).map(stage.id)
    assert states is not None
    return {seat: _BYTES[chr(byte)] for seat, byte in zip(stage.seats, states, strict=True) if chr(byte) != "."}


class Returning:
    """Somebody who stays: comes back when the connection ends, and resumes from the version they have."""

    def __init__(self, url: str, stage: Stage) -> None:
        self._url = url
        self._stage = stage
        self.picture: dict[str, str] = {}
        self.version: int | None = None
        self.came = 0
        self.gaps = 0

    async def stay(self) -> None:
        """Until cancelled."""
        while True:
            try:
                async with watching(self._url) as watcher:
                    await self._watch(watcher)
            except OSError:
                await asyncio.sleep(0.05)  # nobody there yet

    async def _watch(self, watcher: Watcher) -> None:
        watcher.pictures[self._stage.id] = dict(self.picture)
        if self.version is not None:
            watcher.versions[self._stage.id] = self.version
        fields = {} if self.version is None else {"sinceVersion": self.version}
        await watcher.say("SUBSCRIBE", showtimeId=self._stage.id, **fields)
        self.came += 1
        while not watcher.closed:
            if self._stage.id in watcher.versions:
                self.version = watcher.versions[self._stage.id]
                self.picture = dict(watcher.pictures[self._stage.id])
            await asyncio.sleep(0.01)
        self.gaps += watcher.gaps
