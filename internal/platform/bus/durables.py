"""How far behind each durable is: what has been told and is not handled yet."""

from __future__ import annotations

from typing import NamedTuple

import nats.errors

from internal.platform.bus.connection import Bus
from internal.platform.faults import Unavailable

__all__ = ["Behind", "behind"]


class Behind(NamedTuple):
    """A durable, what waits for it, and what it was given and has not acknowledged."""

    stream: str
    durable: str
    waiting: int
    unacknowledged: int


async def behind(bus: Bus) -> list[Behind]:
    """The durables that have something left to do."""
    js = bus.client().jetstream()
    found = []
    try:
        for stream in await js.streams_info():
            for one in await js.consumers_info(stream.config.name or ""):
                left = one.num_pending or 0, one.num_ack_pending or 0
                if one.config.durable_name and any(left):
                    found.append(Behind(one.stream_name, one.name, *left))
    except nats.errors.Error as error:
        raise Unavailable("The durables cannot be looked at in NATS just now.") from error
    return found
