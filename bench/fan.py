"""One frame to many readers, as fast as a core can: `python -m bench.fan ours|plain <readers> <seconds>`.

Says on which port it listens, waits for its readers, and says how many frames it wrote in how much CPU. `plain` is the
`websockets` library's own `broadcast`, which encodes once, too.
"""
# ruff: noqa: ASYNC110 - what is waited for here happens in other processes, which have no event of ours to set

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from time import monotonic, process_time
from typing import Any

import uvloop
from websockets.asyncio.server import broadcast
from websockets.asyncio.server import serve as serve_plain

from internal.broadcaster.frames import Audience, Frame
from internal.platform.files import allow_many_files
from internal.platform.http import Door, Socket, SocketRoute, SocketSettings
from internal.platform.http.fast import Roads
from internal.platform.http.server import serve
from proto.sockets import SeatsChanged

__all__ = ["FRAME"]

_SHOWTIME = "showtime_" + "0" * 32
# What one hold of two seats makes: 190 bytes.
FRAME = SeatsChanged(
    showtime_id=_SHOWTIME, version=1_800_000_000_000_001, from_version=1_800_000_000_000_000, held=["A-1", "A-2"]
)


class _Reader:
    """In the place of the broadcaster's own."""

    streams = False
    unanswered = 0

    def __init__(self, outlet: Socket, audience: Audience) -> None:
        self.outlet = outlet
        self._audience = audience

    def show(self, frame: Frame) -> None:
        self.outlet.send(frame.socket)

    def refused(self, _: str) -> None:
        return

    def heard(self, _: bytes) -> None:
        """They subscribe, and are shown a snapshot, so that they know that they are here."""
        self.outlet.send(_SNAPSHOT.socket)
        self._audience.join(self)

    def left(self) -> None:
        self._audience.leave(self)


class _Snapshot(SeatsChanged, frozen=True, kw_only=True, tag="SNAPSHOT"):
    """Looks like one to the crowd."""


_SNAPSHOT = Frame(_Snapshot(showtime_id=_SHOWTIME, version=1, from_version=1))


async def _nobody(_: Any, __: Any, ___: Any) -> None:
    return


async def _ours(readers: int, seconds: float) -> None:
    audience, frame, sockets = Audience(), Frame(FRAME), []

    def opened(one: Socket) -> _Reader:
        sockets.append(one)
        return _Reader(one, audience)

    door = Door(SocketSettings(per_address=1_000_000), 0)
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        listening.setblocking(False)
        roads = Roads(sockets={b"/ws": SocketRoute("/ws", door, opened)})
        serving = asyncio.create_task(serve(_nobody, listening, roads))
        _say(listening.getsockname()[1])
        await _until_there(lambda: len(audience) == readers)
        await _shown(lambda: audience.show(frame), lambda: max(map(_left_of_ours, sockets)), readers, seconds)
        serving.cancel()


def _left_of_ours(one: Socket) -> int:
    return one._transport.get_write_buffer_size()  # noqa: SLF001 - the bench looks where nobody else has to


async def _plain(readers: int, seconds: float) -> None:
    text = Frame(FRAME).socket.partition(b"{")[2]
    text = b"{" + text
    there: set[Any] = set()

    async def come(connection: Any) -> None:
        async for _ in connection:
            there.add(connection)
            await connection.send(_SNAPSHOT.socket[_SNAPSHOT.socket.index(b"{") :], text=True)

    async with serve_plain(come, "127.0.0.1", 0, compression=None, ping_interval=None, backlog=4096) as server:
        _say(next(iter(server.sockets)).getsockname()[1])
        await _until_there(lambda: len(there) == readers)
        message = text.decode()
        left = [connection.transport.get_write_buffer_size for connection in there]
        await _shown(lambda: broadcast(there, message), lambda: max(one() for one in left), readers, seconds)


async def _shown(show: Callable[[], None], left: Callable[[], int], readers: int, seconds: float) -> None:
    """Frame after frame to all, each in a write of its own."""
    await asyncio.sleep(0.5)  # the last snapshots are on their way
    until, spent, frames = monotonic() + seconds, process_time(), 0
    began = monotonic()
    while monotonic() < until:
        show()
        frames += readers
        await asyncio.sleep(0)
        while left():  # frames that wait for a slow reader go in one write, which is not what is measured
            await asyncio.sleep(0.001)
    took, cpu = monotonic() - began, process_time() - spent
    _say(json.dumps({"frames": frames, "seconds": took, "cpu": cpu}))


async def _until_there(there: Callable[[], bool]) -> None:
    while not there():
        await asyncio.sleep(0.02)


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


_KINDS: dict[str, Callable[[int, float], Awaitable[None]]] = {"ours": _ours, "plain": _plain}

if __name__ == "__main__":
    allow_many_files()
    _kind, _readers, _seconds = sys.argv[1:]
    uvloop.run(_KINDS[_kind](int(_readers), float(_seconds)))  # type: ignore[arg-type]  # a coroutine of ours
