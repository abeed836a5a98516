"""What Redis says of locks, maps and holds: plain reads that change nothing and run no script."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from internal.inventory.domain import shard_of_hold
from internal.inventory.faults import HoldEnded
from internal.platform.redis import Lane
from proto.seatkeys import map_key, shard_of, show_key, tag_of

__all__ = ["Looking", "tag_of_showtime"]

_KEYS = 1_000  # read at once: half a millisecond of the server's time


@lru_cache(maxsize=8192)  # more showtimes than are on sale at once
def tag_of_showtime(showtime_id: str) -> str:
    """Which slot of a cluster its keys are in."""
    return tag_of(shard_of(showtime_id))


class Looking:
    """The inventory's Redis, as it stands."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def read(self, hold_id: str) -> list[str] | None:
        """A hold's record: expires, refreshes, state, user, showtime, seats, when it was made."""
        tag = tag_of(shard_of_hold(hold_id))
        record = await self._lane.command("HGET", f"{tag}:holds", hold_id)
        return None if record is None else record.decode().split("|")

    async def made_ms(self, hold_id: str) -> int:
        """When a hold was made."""
        record = await self.read(hold_id)
        if record is None:
            raise HoldEnded
        return int(record[6])

    async def is_open(self, showtime_id: str) -> bool:
        """Whether seats of it can be held now."""
        return bool(await self._lane.command("EXISTS", show_key(showtime_id)))

    async def layout_of(self, showtime_id: str) -> str | None:
        """The hash of the layout that an open showtime is sold in."""
        record = await self._lane.command("GET", show_key(showtime_id))
        return None if record is None else record.decode().partition("|")[0]

    async def map(self, showtime_id: str) -> bytes | None:
        """One byte for each seat, in the layout's order; None if the showtime is not open."""
        reply: bytes | None = await self._lane.command("GET", map_key(showtime_id))
        return reply

    async def now_ms(self) -> int:
        """The time by which holds expire: Redis', for all replicas."""
        return await self._lane.now_ms()

    async def seats_of_buyer(self, showtime_id: str, user_id: str) -> int:
        """How many seats of a showtime are this buyer's."""
        buyer = await self._lane.command("HGET", f"{tag_of_showtime(showtime_id)}:buyers:{showtime_id}", user_id)
        return 0 if buyer is None else int(buyer.partition(b"|")[0])

    async def owners(self, showtime_id: str, seat_ids: Sequence[str]) -> set[str]:
        """Who has the locks of these seats."""
        tag = tag_of(shard_of(showtime_id))
        found: set[str] = set()
        for start in range(0, len(seat_ids), _KEYS):
            keys = [f"{tag}:seat:{showtime_id}:{seat}" for seat in seat_ids[start : start + _KEYS]]
            found |= {owner.decode() for owner in await self._lane.command("MGET", *keys) if owner}
        return found
