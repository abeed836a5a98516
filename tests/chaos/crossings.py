"""Where a process can die so that something is done and something is not: counted, and one of them deadly.

A crossing is the moment before or after
    a commit that changed something           (`Database.transaction`, `.statement`)
    a question to another service             (`Bus.request`)
    a call to the point of sale               (`Calling._once`)
    a note of where a saga stands             (`PostgresLedger.note`, `.end`)
and has a name: the moment, what is crossed, and for the how many-th time. `patched` wraps those four in this process
and nowhere else; the product knows nothing of it.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

import httpx

from internal.payments.providers.calling import Calling
from internal.platform.bus import Bus
from internal.platform.postgres import Database, Tx
from internal.platform.saga.store import PostgresLedger

__all__ = ["Crossings", "patched"]

_ID = re.compile(r"[a-z]+_[0-9a-f]{32}")
_BY_THE_WAY = ("rpc.auth.", "rpc.directory.")  # asked by the clock, and not by who buys


class Crossings:
    """Counts while it is armed; at the one that is deadly the process kills itself with -9."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._seen: Counter[str] = Counter()
        self._deadly: str | None = None

    @property
    def armed(self) -> bool:
        return self._deadly is not None

    def arm(self, deadly: str | None) -> None:
        """From now on; an empty name is nobody's, so that all are only counted. None: no more."""
        self._seen.clear()
        self._deadly = deadly

    def at(self, what: str) -> None:
        """Here is one."""
        if self._deadly is None:
            return
        self._seen[what] += 1
        name = f"{what} #{self._seen[what]}"
        self._tell(name)
        if name == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def patched(crossings: Crossings) -> None:
    """Wrap them, for the life of this process."""
    _commits(crossings)
    _calls(crossings, Bus, "request", lambda request: f"question {request.subject}", _BY_THE_WAY)
    _calls(crossings, Calling, "_once", _provider)
    _calls(crossings, PostgresLedger, "note", lambda _, saga, *__: f"note {saga.name} {saga.step.name}")
    _calls(crossings, PostgresLedger, "end", lambda _, __, saga, *___: f"end {saga.name}")


def _commits(crossings: Crossings) -> None:
    """A change of one statement is one transaction here, too, so that there is a moment before its commit."""
    original = Database.transaction

    @asynccontextmanager
    async def transaction(self: Database) -> AsyncIterator[Tx]:
        whose = f"{self.name} {_whose(sys._getframe(1))}"
        changed = False
        async with original(self) as tx:
            yield tx
            if crossings.armed:
                changed = await _changed(tx)
            if changed:
                crossings.at(f"before commit {whose}")
        if changed:
            crossings.at(f"after commit {whose}")

    Database.transaction = Database.statement = transaction  # type: ignore[method-assign]


async def _changed(tx: Tx) -> bool:
    """Only what writes has a number; the loops that found nothing to do are no crossings."""
    row = await (await tx.execute("select pg_current_xact_id_if_assigned() is not null")).fetchone()
    return row is not None and bool(row[0])


def _whose(frame: FrameType | None) -> str:
    """The function of the product that opened the transaction."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("internal.") and not module.endswith(".postgres"):
            return f"{module.removeprefix('internal.')}.{frame.f_code.co_qualname.replace('.<locals>', '')}"
        frame = frame.f_back
    return "unknown"


def _calls(
    crossings: Crossings, owner: type[Any], method: str, named: Callable[..., str], but: tuple[str, ...] = ()
) -> None:
    original: Callable[..., Awaitable[Any]] = getattr(owner, method)

    async def call(self: Any, *arguments: Any, **more: Any) -> Any:
        what = named(*arguments)
        if any(f" {one}" in what for one in but):
            return await original(self, *arguments, **more)
        crossings.at(f"before {what}")
        try:
            return await original(self, *arguments, **more)
        finally:
            crossings.at(f"after {what}")

    setattr(owner, method, call)


def _provider(request: httpx.Request, _: float) -> str:
    return f"call {request.method} {_ID.sub('{id}', request.url.path)}"
