"""Shared work: each replica has a fair part of the shares, and takes up those of a replica that died.

A lease, not a lock: a replica that was stopped for longer than its lease works beside its successor for a moment. So
whatever is shared out must do no harm when it is done twice.
"""

from __future__ import annotations

from pathlib import Path

from internal.platform.loops import Loop
from internal.platform.redis.lane import Lane
from internal.platform.redis.scripts import Script

__all__ = ["SHARES", "Shares"]

SHARES = Script(Path(__file__).with_name("shares.lua"))

_LEASE_MS = 1_500  # a dead replica's work lies still for as long; five renewals fit in
_RENEWED_EVERY = 0.3


class Shares:
    """The part of `count` shares of the work of this name that is this replica's just now."""

    def __init__(self, lane: Lane, name: str, count: int, replica: str) -> None:
        self._lane = lane
        self._keys = (f"{{shares:{name}}}:alive", f"{{shares:{name}}}:owners")
        self._count = count
        self._replica = replica
        self.mine: tuple[int, ...] = ()
        self.loop = Loop(f"{name}-shares", self._renew, _RENEWED_EVERY)

    async def _renew(self) -> int:
        try:
            self.mine = tuple(await self._lane.call(SHARES, self._keys, self._replica, _LEASE_MS, self._count))
        except Exception:
            self.mine = ()  # nothing is ours until Redis says so again
            raise
        return 0
