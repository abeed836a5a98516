"""What Redis knows of the seats: read only."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from internal.platform.redis import BatchScript, Lane
from proto.seatkeys import map_key, show_key, version_key

__all__ = ["SNAPSHOT", "Maps"]

SNAPSHOT = BatchScript(Path(__file__).with_name("snapshot.lua"))


class Maps:
    """Looks at showtimes; all who look at one within the same tick of the loop share one look."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._loop = asyncio.get_running_loop()
        self._looks: dict[str, list[asyncio.Future[Any]]] = {}

    def look(self, showtime_id: str, known: int) -> asyncio.Future[list[Any]]:
        """`[version]` if that is the one known, `[version, layout, map]` if it is newer, `[0]` if it is not open."""
        waiter = self._loop.create_future()
        waiters = self._looks.get(showtime_id)
        if waiters is not None:
            waiters.append(waiter)
            return waiter
        waiters = self._looks[showtime_id] = [waiter]
        keys = (show_key(showtime_id), map_key(showtime_id), version_key(showtime_id))
        reply = self._lane.batch(SNAPSHOT, (*keys, known))
        # Who comes after this tick asks anew, for by then the lane has written.
        self._loop.call_soon(self._looks.pop, showtime_id, None)
        reply.add_done_callback(lambda done: _share(done, waiters))
        return waiter


def _share(done: asyncio.Future[Any], waiters: list[asyncio.Future[Any]]) -> None:
    error = done.exception()
    for waiter in waiters:
        if waiter.done():
            continue
        if error is not None:
            waiter.set_exception(error)
        else:
            waiter.set_result(done.result())
