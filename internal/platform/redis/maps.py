"""The maps of seats that inventory writes in Redis (see `proto.seatkeys`), for whoever shows them: read only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from internal.platform.redis.lane import Lane
from internal.platform.redis.scripts import BatchScript
from proto.seatkeys import map_key, show_key, version_key

__all__ = ["MAPS", "Maps"]

MAPS = BatchScript(Path(__file__).with_name("maps.lua"))


Told = Callable[[Any], None]


class Maps:
    """Looks at showtimes; all who look at one within the same tick of the loop share one look."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._loop = asyncio.get_running_loop()
        self._looks: dict[str, list[Told]] = {}

    def look(self, showtime_id: str, known: int, told: Told) -> None:
        """Call back with `[version]` if that is the one known, `[version, layout, map]` if it is newer, `[0]` if it is
        not open; or with an exception.
        """
        waiting = self._looks.get(showtime_id)
        if waiting is not None:
            waiting.append(told)
            return
        waiting = self._looks[showtime_id] = [told]
        # Who comes after this tick asks anew, for by then the lane has written.
        self._loop.call_soon(self._looks.pop, showtime_id, None)

        def share(reply: Any) -> None:
            for one in waiting:
                one(reply)

        keys = (show_key(showtime_id), map_key(showtime_id), version_key(showtime_id))
        self._lane.post(MAPS, (*keys, known), share)
