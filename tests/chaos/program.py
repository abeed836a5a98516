"""A program that can be killed with -9 and started again, on the port that it has."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx

from internal.platform.service import Service
from tests.chaos.child import DISARMED, main
from tests.waiting import until

__all__ = ["Life", "Program"]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.chaos.child"])
_STARTED_WITHIN = 60.0  # seconds, on a machine that has other things to do


class Life:
    """From a fork to its end."""

    def __init__(self, names: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self._ours, theirs = _context.Pipe()
        self._process: BaseProcess = _context.Process(target=main, args=(names, environment, log, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.crossings: list[str] = []
        self.ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._ours.fileno(), self._told)

    def _told(self) -> None:
        try:
            while self._ours.poll():
                self.crossings.append(self._ours.recv())
        except (EOFError, OSError):
            asyncio.get_running_loop().remove_reader(self._ours.fileno())
            self.ended.set()

    def arm(self, deadly: str) -> None:
        """Count from now on, and die there."""
        self._ours.send(deadly)

    async def disarm(self) -> bool:
        """Whether it is still alive, and no crossing kills it any more."""
        with suppress(OSError):
            self._ours.send(None)
        await until(lambda: self.ended.is_set() or DISARMED in self.crossings)
        if not self.ended.is_set():
            self.crossings.remove(DISARMED)
        return not self.ended.is_set()

    async def kill(self) -> None:
        """Nothing of it is left when this returns."""
        self._process.kill()
        await self.ended.wait()
        await asyncio.to_thread(self._process.join)
        self._ours.close()


class Program:
    """These services under this environment, alive or dead."""

    def __init__(self, services: Sequence[Service], environment: dict[str, str], log: Path) -> None:
        self._names = [one.name for one in services]
        self._life: Life | None = None
        self._client = httpx.AsyncClient(timeout=5.0)
        self.environment = environment
        self.log = log
        self.url = f"http://127.0.0.1:{environment['AISLE_HTTP_PORT']}"

    async def lives(self, **settings: str) -> Life:
        """It answers, and all it needs is there; started if need be, and anew if it is to have other settings."""
        if self._life is not None and (self._life.ended.is_set() or settings):
            await self.kill()
        if self._life is None:
            self._life = Life(self._names, {**self.environment, **settings}, self.log)
        await until(self._answers, _STARTED_WITHIN)
        return self._life

    async def _answers(self) -> bool:
        assert self._life is not None
        assert not self._life.ended.is_set(), self.last_words()
        try:
            return (await self._client.get(f"{self.url}/health")).status_code == 200
        except httpx.TransportError:
            return False

    async def kill(self) -> None:
        """With -9, if it lives."""
        if self._life is not None:
            life, self._life = self._life, None
            await life.kill()

    def last_words(self) -> str:
        return "\n".join(line for line in self.log.read_text().splitlines() if "not reachable just now" not in line)[
            -4000:
        ]
